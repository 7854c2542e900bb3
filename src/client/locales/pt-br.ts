import type { Locale } from './locale.ts'

export const ptBR: Locale = {
  lang: 'pt-BR',
  dir: 'ltr',
  second: { one: '# segundo', many: '# de segundos', other: '# segundos' },
  minute: { one: '# minuto', many: '# de minutos', other: '# minutos' },
  hour: { one: '# hora', many: '# de horas', other: '# horas' },
  title: 'Sua sessão está prestes a ser encerrada',
  idle: 'Não houve atividade por algum tempo. Para sua segurança, a sessão será encerrada em {time}.',
  absolute: 'A sessão será encerrada em {time}, mesmo que você continue trabalhando. Salve seu trabalho agora; depois você poderá entrar novamente.',
  stay: 'Continuar na sessão',
  signOut: 'Sair',
  close: 'Fechar',
  offline: 'Não é possível acessar o servidor no momento. Tentando novamente…',
  hiddenTitle: 'Esta página está oculta para sua segurança',
  hidden: 'Não é possível acessar o servidor, e sua sessão pode ter sido encerrada. A página voltará a aparecer se a sessão ainda estiver ativa.',
  retry: 'Tentar novamente',
  signOutFailed: 'Não foi possível sair, e a sessão continua ativa. Tente novamente.',
  spoken: 'A sessão será encerrada em {time}.',
  tab: 'Encerra em {time}',
  draft: 'A sessão foi encerrada enquanto você preenchia este formulário. O que você digitou foi mantido.',
  restore: 'Recuperar os dados',
  discard: 'Descartar',
  restored: 'Os dados foram recuperados. Eles ainda não foram enviados.',
  discarded: 'Os dados foram descartados.',
  leave: 'Há alterações não salvas.',
  notice: 'Para sua segurança, a sessão é encerrada após {time} sem atividade.'
}
