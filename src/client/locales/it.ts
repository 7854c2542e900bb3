import type { Locale } from './locale.ts'

export const it: Locale = {
  lang: 'it',
  dir: 'ltr',
  second: { one: '# secondo', many: '# di secondi', other: '# secondi' },
  minute: { one: '# minuto', many: '# di minuti', other: '# minuti' },
  hour: { one: '# ora', many: '# di ore', other: '# ore' },
  title: 'La sessione sta per scadere',
  idle: 'Da un po’ non viene rilevata alcuna attività. Per la Sua sicurezza, la sessione verrà chiusa tra {time}.',
  absolute: 'La sessione terminerà tra {time}, anche se continua a lavorare. Salvi ora il Suo lavoro; ' +
    'in seguito potrà accedere di nuovo.',
  stay: 'Continua la sessione',
  signOut: 'Esci',
  close: 'Chiudi',
  offline: 'Al momento il server non è raggiungibile. Nuovo tentativo in corso…',
  hiddenTitle: 'Questa pagina è nascosta per la Sua sicurezza',
  hidden: 'Il server non è raggiungibile e la sessione potrebbe essere scaduta. ' +
    'La pagina riapparirà se la sessione è ancora aperta.',
  retry: 'Riprova',
  signOutFailed: 'Non è stato possibile uscire: la sessione è ancora aperta. Si prega di riprovare.',
  stayed: 'La sessione resta aperta',
  wait: 'Un momento…',
  refused: 'Il server non conferma che la sessione è aperta. Ricarichi la pagina; ' +
    'potrebbe essere necessario accedere di nuovo.',
  reload: 'Ricarica la pagina',
  ended: 'La sessione è stata chiusa',
  otherUser: 'In questo browser ora ha effettuato l’accesso un’altra persona.',
  signIn: 'Accedi di nuovo',
  spoken: 'La sessione verrà chiusa tra {time}.',
  tab: 'Uscita tra {time}',
  draft: 'La sessione è scaduta durante la compilazione di questo modulo. I dati inseriti sono stati conservati.',
  restore: 'Ripristina i dati',
  discard: 'Elimina',
  restored: 'I dati sono stati ripristinati. Non sono ancora stati inviati.',
  discarded: 'I dati sono stati eliminati.',
  field: { one: '# campo', many: '# campi', other: '# campi' },
  kept: 'I dati inseriti che non erano stati salvati sono stati conservati.',
  restoredSome: 'Ripristinati {done} dati su {all}. Non sono ancora stati inviati. ' +
    'Gli altri non hanno potuto essere rimessi al loro posto; eccoli.',
  discardSure: 'Eliminare definitivamente questi dati?',
  keep: 'Conserva',
  tooLong: 'Questo testo è troppo lungo per essere conservato. In caso di disconnessione, l’ultima parte andrà persa.',
  leave: 'Ci sono modifiche non salvate.',
  notice: 'Per la Sua sicurezza, la sessione viene chiusa dopo {time} senza attività.'
}
