import type { Locale } from './locale.ts'

export const pt: Locale = {
  lang: 'pt',
  dir: 'ltr',
  second: { one: '# segundo', many: '# de segundos', other: '# segundos' },
  minute: { one: '# minuto', many: '# de minutos', other: '# minutos' },
  hour: { one: '# hora', many: '# de horas', other: '# horas' },
  title: 'A sua sessão está prestes a terminar',
  idle: 'Não há atividade há algum tempo. Para sua segurança, a sessão será terminada dentro de {time}.',
  absolute: 'A sessão termina dentro de {time}, mesmo que continue a trabalhar. Guarde agora o seu trabalho; depois poderá iniciar sessão novamente.',
  stay: 'Continuar a sessão',
  signOut: 'Terminar sessão',
  close: 'Fechar',
  offline: 'De momento, não é possível contactar o servidor. A tentar novamente…',
  hiddenTitle: 'Esta página está oculta para sua segurança',
  hidden: 'Não é possível contactar o servidor e a sua sessão pode ter terminado. A página voltará a aparecer se a sessão ainda estiver ativa.',
  retry: 'Tentar novamente',
  signOutFailed: 'Não foi possível terminar a sessão, que continua ativa. Tente novamente.',
  spoken: 'A sessão será terminada dentro de {time}.',
  tab: 'Termina dentro de {time}',
  draft: 'A sessão terminou enquanto preenchia este formulário. O que escreveu foi conservado.',
  restore: 'Recuperar os dados',
  discard: 'Eliminar',
  restored: 'Os dados foram recuperados. Ainda não foram enviados.',
  discarded: 'Os dados foram eliminados.',
  leave: 'Existem alterações por guardar.',
  notice: 'Para sua segurança, a sessão é terminada após {time} sem atividade.'
}
