import type { Locale } from './locale.ts'

export const it: Locale = {
  lang: 'it',
  dir: 'ltr',
  second: { one: '# secondo', many: '# di secondi', other: '# secondi' },
  minute: { one: '# minuto', many: '# di minuti', other: '# minuti' },
  hour: { one: '# ora', many: '# di ore', other: '# ore' },
  title: 'La sessione sta per scadere',
  idle: 'Da un po’ non viene rilevata alcuna attività. Per la Sua sicurezza, la sessione verrà chiusa tra {time}.',
  absolute: 'La sessione terminerà tra {time}, anche se continua a lavorare. Salvi ora il Suo lavoro; in seguito potrà accedere di nuovo.',
  stay: 'Continua la sessione',
  signOut: 'Esci',
  close: 'Chiudi',
  offline: 'Al momento il server non è raggiungibile. Nuovo tentativo in corso…',
  hiddenTitle: 'Questa pagina è nascosta per la Sua sicurezza',
  hidden: 'Il server non è raggiungibile e la sessione potrebbe essere scaduta. La pagina riapparirà se la sessione è ancora aperta.',
  retry: 'Riprova',
  signOutFailed: 'Non è stato possibile uscire: la sessione è ancora aperta. Si prega di riprovare.',
  spoken: 'La sessione verrà chiusa tra {time}.',
  tab: 'Uscita tra {time}',
  draft: 'La sessione è scaduta durante la compilazione di questo modulo. I dati inseriti sono stati conservati.',
  restore: 'Ripristina i dati',
  discard: 'Elimina',
  restored: 'I dati sono stati ripristinati. Non sono ancora stati inviati.',
  discarded: 'I dati sono stati eliminati.',
  leave: 'Ci sono modifiche non salvate.',
  notice: 'Per la Sua sicurezza, la sessione viene chiusa dopo {time} senza attività.'
}
