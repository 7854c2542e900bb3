import type { Locale } from './locale.ts'

export const de: Locale = {
  lang: 'de',
  dir: 'ltr',
  second: { one: '# Sekunde', other: '# Sekunden' },
  minute: { one: '# Minute', other: '# Minuten' },
  hour: { one: '# Stunde', other: '# Stunden' },
  title: 'Sie werden gleich abgemeldet',
  idle: 'Sie waren eine Weile nicht aktiv. Zu Ihrer Sicherheit werden Sie in {time} abgemeldet.',
  absolute: 'Diese Sitzung endet in {time}, auch wenn Sie weiterarbeiten. Bitte speichern Sie jetzt; ' +
    'danach können Sie sich neu anmelden.',
  stay: 'Angemeldet bleiben',
  signOut: 'Abmelden',
  close: 'Schließen',
  offline: 'Der Server ist zurzeit nicht erreichbar. Wir versuchen es weiter.',
  hiddenTitle: 'Diese Seite ist zu Ihrer Sicherheit ausgeblendet',
  hidden: 'Der Server ist nicht erreichbar, und Ihre Sitzung ist möglicherweise abgelaufen. ' +
    'Wenn Sie noch angemeldet sind, erscheint die Seite wieder.',
  retry: 'Erneut versuchen',
  signOutFailed: 'Die Abmeldung ist fehlgeschlagen. Sie sind weiterhin angemeldet. Bitte versuchen Sie es erneut.',
  stayed: 'Sie bleiben angemeldet',
  wait: 'Einen Moment bitte …',
  refused: 'Der Server bestätigt nicht, dass Sie angemeldet sind. Laden Sie die Seite neu; ' +
    'möglicherweise müssen Sie sich anmelden.',
  reload: 'Seite neu laden',
  ended: 'Sie wurden abgemeldet',
  otherUser: 'In diesem Browser ist jetzt jemand anderes angemeldet.',
  signIn: 'Erneut anmelden',
  spoken: 'Sie werden in {time} abgemeldet.',
  tab: 'Abmeldung in {time}',
  draft: 'Sie wurden abgemeldet, während Sie dieses Formular ausfüllten. Ihre Eingaben sind noch da.',
  restore: 'Eingaben wiederherstellen',
  discard: 'Verwerfen',
  restored: 'Ihre Eingaben sind wiederhergestellt. Abgeschickt sind sie noch nicht.',
  discarded: 'Ihre Eingaben wurden verworfen.',
  field: { one: '# Feld', other: '# Felder' },
  kept: 'Eingaben von Ihnen, die nicht gespeichert wurden, sind noch da.',
  restoredSome: '{done} von {all} Eingaben sind wiederhergestellt. Abgeschickt sind sie noch nicht. ' +
    'Die übrigen passten nicht mehr; hier stehen sie.',
  discardSure: 'Diese Eingaben endgültig verwerfen?',
  keep: 'Behalten',
  tooLong: 'Dieser Text ist zu lang, um ihn aufzubewahren. ' +
    'Wenn Sie abgemeldet werden, geht sein letzter Teil verloren.',
  leave: 'Sie haben ungespeicherte Änderungen.',
  notice: 'Zu Ihrer Sicherheit werden Sie nach {time} ohne Aktivität abgemeldet.'
}
