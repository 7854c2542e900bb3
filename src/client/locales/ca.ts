import type { Locale } from './locale.ts'

export const ca: Locale = {
  lang: 'ca',
  dir: 'ltr',
  second: { one: '# segon', many: '# de segons', other: '# segons' },
  minute: { one: '# minut', many: '# de minuts', other: '# minuts' },
  hour: { one: '# hora', many: '# d’hores', other: '# hores' },
  title: 'La sessió és a punt de tancar-se',
  idle: 'Fa una estona que no hi ha activitat. Per seguretat, la sessió es tancarà d’aquí a {time}.',
  absolute: 'La sessió s’acabarà d’aquí a {time}, encara que continueu treballant. Deseu ara els canvis; ' +
    'després podreu tornar a iniciar la sessió.',
  stay: 'Mantén la sessió oberta',
  signOut: 'Tanca la sessió',
  close: 'D’acord',
  offline: 'Ara mateix no es pot connectar amb el servidor. S’està tornant a provar…',
  hiddenTitle: 'Aquesta pàgina s’ha ocultat per seguretat',
  hidden: 'No es pot connectar amb el servidor i és possible que la sessió s’hagi tancat. ' +
    'La pàgina tornarà a aparèixer si la sessió continua oberta.',
  retry: 'Torna-ho a provar',
  signOutFailed: 'No s’ha pogut tancar la sessió, que continua oberta. Torneu-ho a provar.',
  stayed: 'La sessió continua oberta',
  wait: 'Un moment…',
  refused: 'El servidor no confirma que la sessió estigui oberta. Torneu a carregar la pàgina; ' +
    'potser haureu d’iniciar la sessió.',
  reload: 'Torna a carregar la pàgina',
  ended: 'S’ha tancat la sessió',
  otherUser: 'Ara hi ha una altra persona amb la sessió iniciada en aquest navegador.',
  signIn: 'Torna a iniciar la sessió',
  spoken: 'La sessió es tancarà d’aquí a {time}.',
  tab: 'Es tancarà d’aquí a {time}',
  draft: 'La sessió es va tancar mentre omplíeu aquest formulari. S’ha conservat el que hi havíeu escrit.',
  restore: 'Recupera les dades',
  discard: 'Descarta',
  restored: 'S’han recuperat les dades. Encara no s’han enviat.',
  discarded: 'S’han descartat les dades.',
  field: { one: '# camp', many: '# camps', other: '# camps' },
  kept: 'S’han conservat dades vostres que no s’havien desat.',
  restoredSome: 'S’han recuperat {done} de {all} dades. Encara no s’han enviat. ' +
    'La resta no s’ha pogut tornar al seu lloc; és aquí.',
  discardSure: 'Voleu descartar aquestes dades definitivament?',
  keep: 'Conserva-les',
  tooLong: 'Aquest text és massa llarg per conservar-lo. Si se us tanca la sessió, se’n perdrà l’última part.',
  leave: 'Hi ha canvis que no s’han desat.',
  notice: 'Per seguretat, la sessió es tanca després de {time} sense activitat.'
}
