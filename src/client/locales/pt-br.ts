import type { Locale } from './locale.ts'

export const ptBR: Locale = {
  lang: 'pt-BR',
  dir: 'ltr',
  second: { one: '# segundo', many: '# de segundos', other: '# segundos' },
  minute: { one: '# minuto', many: '# de minutos', other: '# minutos' },
  hour: { one: '# hora', many: '# de horas', other: '# horas' },
  title: 'Sua sessão está prestes a ser encerrada',
  idle: 'Não houve atividade por algum tempo. Para sua segurança, a sessão será encerrada em {time}.',
  absolute: 'A sessão será encerrada em {time}, mesmo que você continue trabalhando. Salve seu trabalho agora; ' +
    'depois você poderá entrar novamente.',
  stay: 'Continuar na sessão',
  signOut: 'Sair',
  close: 'Fechar',
  offline: 'Não é possível acessar o servidor no momento. Tentando novamente…',
  hiddenTitle: 'Esta página está oculta para sua segurança',
  hidden: 'Não é possível acessar o servidor, e sua sessão pode ter sido encerrada. ' +
    'A página voltará a aparecer se a sessão ainda estiver ativa.',
  retry: 'Tentar novamente',
  signOutFailed: 'Não foi possível sair, e a sessão continua ativa. Tente novamente.',
  stayed: 'Sua sessão continua ativa',
  wait: 'Um momento, por favor…',
  refused: 'O servidor não confirma que sua sessão está ativa. Recarregue a página; ' +
    'talvez seja necessário entrar novamente.',
  reload: 'Recarregar a página',
  ended: 'Sua sessão foi encerrada',
  otherUser: 'Agora outra pessoa está conectada neste navegador.',
  signIn: 'Entrar novamente',
  spoken: 'A sessão será encerrada em {time}.',
  tab: 'Encerra em {time}',
  draft: 'A sessão foi encerrada enquanto você preenchia este formulário. O que você digitou foi mantido.',
  restore: 'Recuperar os dados',
  discard: 'Descartar',
  restored: 'Os dados foram recuperados. Eles ainda não foram enviados.',
  discarded: 'Os dados foram descartados.',
  field: { one: '# campo', many: '# campos', other: '# campos' },
  kept: 'Dados seus que não foram salvos foram mantidos.',
  restoredSome: '{done} de {all} dados foram restaurados. Eles ainda não foram enviados. ' +
    'Os demais não puderam ser recolocados; estão aqui.',
  discardSure: 'Descartar estes dados definitivamente?',
  keep: 'Manter',
  tooLong: 'Este texto é longo demais para ser mantido. Se você for desconectado, a última parte será perdida.',
  leave: 'Há alterações não salvas.',
  notice: 'Para sua segurança, a sessão é encerrada após {time} sem atividade.'
}
