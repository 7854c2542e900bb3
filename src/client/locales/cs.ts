import type { Locale } from './locale.ts'

export const cs: Locale = {
  lang: 'cs',
  dir: 'ltr',
  second: { one: '# sekundu', few: '# sekundy', many: '# sekundy', other: '# sekund' },
  minute: { one: '# minutu', few: '# minuty', many: '# minuty', other: '# minut' },
  hour: { one: '# hodinu', few: '# hodiny', many: '# hodiny', other: '# hodin' },
  title: 'Blíží se automatické odhlášení',
  idle: 'Delší dobu nezaznamenáváme žádnou aktivitu. Z bezpečnostních důvodů vás za {time} odhlásíme.',
  absolute: 'Relace skončí za {time}, i když budete pracovat dál. Uložte si práci; poté se můžete znovu přihlásit.',
  stay: 'Zůstat přihlášeni',
  signOut: 'Odhlásit se',
  close: 'Zavřít',
  offline: 'Server je momentálně nedostupný. Zkoušíme to znovu…',
  hiddenTitle: 'Stránka je z bezpečnostních důvodů skrytá',
  hidden: 'Server je nedostupný a vaše relace možná skončila. Pokud jste stále přihlášeni, stránka se znovu zobrazí.',
  retry: 'Zkusit znovu',
  signOutFailed: 'Odhlášení se nezdařilo a stále jste přihlášeni. Zkuste to prosím znovu.',
  spoken: 'Za {time} budete odhlášeni.',
  tab: 'Odhlášení za {time}',
  draft: 'Během vyplňování tohoto formuláře jste byli odhlášeni. Zadané údaje zůstaly zachovány.',
  restore: 'Obnovit údaje',
  discard: 'Zahodit',
  restored: 'Údaje byly obnoveny. Zatím nebyly odeslány.',
  discarded: 'Údaje byly zahozeny.',
  leave: 'Máte neuložené změny.',
  notice: 'Z bezpečnostních důvodů vás odhlásíme, pokud {time} nezaznamenáme žádnou aktivitu.'
}
