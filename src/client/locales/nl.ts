import type { Locale } from './locale.ts'

export const nl: Locale = {
  lang: 'nl',
  dir: 'ltr',
  second: { one: '# seconde', other: '# seconden' },
  minute: { one: '# minuut', other: '# minuten' },
  hour: { one: '# uur', other: '# uur' },
  title: 'U wordt zo uitgelogd',
  idle: 'U bent een tijdje niet actief geweest. Voor uw veiligheid wordt u over {time} uitgelogd.',
  absolute: 'Deze sessie eindigt over {time}, ook als u doorwerkt. Sla uw werk nu op; daarna kunt u opnieuw inloggen.',
  stay: 'Ingelogd blijven',
  signOut: 'Uitloggen',
  close: 'Sluiten',
  offline: 'De server is op dit moment niet bereikbaar. We blijven het proberen.',
  hiddenTitle: 'Deze pagina is voor uw veiligheid verborgen',
  hidden: 'De server is niet bereikbaar en uw sessie is mogelijk verlopen. De pagina komt terug als u nog bent ingelogd.',
  retry: 'Opnieuw proberen',
  signOutFailed: 'Het uitloggen is mislukt. U bent nog ingelogd. Probeer het opnieuw.',
  spoken: 'U wordt over {time} uitgelogd.',
  tab: 'Uitloggen over {time}',
  draft: 'U werd uitgelogd terwijl u dit formulier invulde. Uw invoer is bewaard.',
  restore: 'Invoer terugzetten',
  discard: 'Verwijderen',
  restored: 'Uw invoer is teruggezet. Deze is nog niet verzonden.',
  discarded: 'Uw invoer is verwijderd.',
  leave: 'U hebt wijzigingen die niet zijn opgeslagen.',
  notice: 'Voor uw veiligheid wordt u na {time} zonder activiteit uitgelogd.'
}
