import type { Locale } from './locale.ts'

export const da: Locale = {
  lang: 'da',
  dir: 'ltr',
  second: { one: '# sekund', other: '# sekunder' },
  minute: { one: '# minut', other: '# minutter' },
  hour: { one: '# time', other: '# timer' },
  title: 'Du bliver snart logget ud',
  idle: 'Du har ikke været aktiv i et stykke tid. Af sikkerhedshensyn bliver du logget ud om {time}.',
  absolute: 'Sessionen slutter om {time}, også selvom du arbejder videre. Gem dit arbejde nu. Du kan logge ind igen bagefter.',
  stay: 'Forbliv logget ind',
  signOut: 'Log ud',
  close: 'Luk',
  offline: 'Der er ikke forbindelse til serveren lige nu. Vi prøver igen …',
  hiddenTitle: 'Siden er skjult af sikkerhedshensyn',
  hidden: 'Der er ikke forbindelse til serveren, og din session kan være udløbet. Siden vises igen, hvis du stadig er logget ind.',
  retry: 'Prøv igen',
  signOutFailed: 'Du kunne ikke logges ud. Du er stadig logget ind. Prøv igen.',
  spoken: 'Du bliver logget ud om {time}.',
  tab: 'Logges ud om {time}',
  draft: 'Du blev logget ud, mens du udfyldte denne formular. Det, du har skrevet, er bevaret.',
  restore: 'Gendan oplysningerne',
  discard: 'Kassér',
  restored: 'Oplysningerne er gendannet. De er endnu ikke sendt.',
  discarded: 'Oplysningerne er kasseret.',
  leave: 'Du har ændringer, der ikke er gemt.',
  notice: 'Af sikkerhedshensyn bliver du logget ud efter {time} uden aktivitet.'
}
