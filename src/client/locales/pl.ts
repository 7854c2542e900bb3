import type { Locale } from './locale.ts'

export const pl: Locale = {
  lang: 'pl',
  dir: 'ltr',
  second: { one: '# sekundę', few: '# sekundy', many: '# sekund', other: '# sekundy' },
  minute: { one: '# minutę', few: '# minuty', many: '# minut', other: '# minuty' },
  hour: { one: '# godzinę', few: '# godziny', many: '# godzin', other: '# godziny' },
  title: 'Wkrótce nastąpi wylogowanie',
  idle: 'Od pewnego czasu nie wykryto aktywności. Ze względów bezpieczeństwa wylogowanie nastąpi za {time}.',
  absolute: 'Ta sesja zakończy się za {time}, nawet w trakcie pracy. Proszę teraz zapisać zmiany; potem można zalogować się ponownie.',
  stay: 'Kontynuuj sesję',
  signOut: 'Wyloguj się',
  close: 'Zamknij',
  offline: 'Serwer jest chwilowo niedostępny. Trwa ponawianie próby…',
  hiddenTitle: 'Strona została ukryta ze względów bezpieczeństwa',
  hidden: 'Serwer jest niedostępny, a sesja mogła wygasnąć. Strona pojawi się ponownie, jeśli sesja nadal trwa.',
  retry: 'Spróbuj ponownie',
  signOutFailed: 'Wylogowanie nie powiodło się i sesja nadal trwa. Proszę spróbować ponownie.',
  spoken: 'Wylogowanie nastąpi za {time}.',
  tab: 'Wylogowanie za {time}',
  draft: 'Sesja wygasła podczas wypełniania tego formularza. Wpisane dane zostały zachowane.',
  restore: 'Przywróć dane',
  discard: 'Odrzuć',
  restored: 'Dane zostały przywrócone. Nie zostały jeszcze wysłane.',
  discarded: 'Dane zostały odrzucone.',
  leave: 'Są niezapisane zmiany.',
  notice: 'Ze względów bezpieczeństwa wylogowanie następuje, gdy przez {time} nie ma aktywności.'
}
