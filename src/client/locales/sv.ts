import type { Locale } from './locale.ts'

export const sv: Locale = {
  lang: 'sv',
  dir: 'ltr',
  second: { one: '# sekund', other: '# sekunder' },
  minute: { one: '# minut', other: '# minuter' },
  hour: { one: '# timme', other: '# timmar' },
  title: 'Du loggas snart ut',
  idle: 'Du har inte varit aktiv på ett tag. Av säkerhetsskäl loggas du ut om {time}.',
  absolute: 'Sessionen avslutas om {time}, även om du fortsätter att arbeta. Spara ditt arbete nu. Du kan logga in igen efteråt.',
  stay: 'Förbli inloggad',
  signOut: 'Logga ut',
  close: 'Stäng',
  offline: 'Servern kan inte nås just nu. Vi försöker igen …',
  hiddenTitle: 'Sidan är dold av säkerhetsskäl',
  hidden: 'Servern kan inte nås och din session kan ha avslutats. Sidan visas igen om du fortfarande är inloggad.',
  retry: 'Försök igen',
  signOutFailed: 'Det gick inte att logga ut. Du är fortfarande inloggad. Försök igen.',
  spoken: 'Du loggas ut om {time}.',
  tab: 'Utloggning om {time}',
  draft: 'Du loggades ut medan du fyllde i formuläret. Det du skrev finns kvar.',
  restore: 'Återställ uppgifterna',
  discard: 'Ta bort',
  restored: 'Uppgifterna har återställts. De har inte skickats än.',
  discarded: 'Uppgifterna har tagits bort.',
  leave: 'Du har ändringar som inte har sparats.',
  notice: 'Av säkerhetsskäl loggas du ut efter {time} utan aktivitet.'
}
