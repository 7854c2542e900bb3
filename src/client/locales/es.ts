import type { Locale } from './locale.ts'

export const es: Locale = {
  lang: 'es',
  dir: 'ltr',
  second: { one: '# segundo', many: '# de segundos', other: '# segundos' },
  minute: { one: '# minuto', many: '# de minutos', other: '# minutos' },
  hour: { one: '# hora', many: '# de horas', other: '# horas' },
  title: 'Su sesión está a punto de cerrarse',
  idle: 'Lleva un tiempo sin actividad. Por su seguridad, la sesión se cerrará dentro de {time}.',
  absolute: 'La sesión terminará dentro de {time}, aunque siga trabajando. Guarde ahora los cambios; ' +
    'después podrá volver a iniciar sesión.',
  stay: 'Mantener la sesión abierta',
  signOut: 'Cerrar sesión',
  close: 'Entendido',
  offline: 'No se puede conectar con el servidor en este momento. Seguimos intentándolo…',
  hiddenTitle: 'Esta página se ha ocultado por su seguridad',
  hidden: 'No se puede conectar con el servidor y es posible que su sesión haya terminado. ' +
    'La página volverá a mostrarse si la sesión sigue abierta.',
  retry: 'Reintentar',
  signOutFailed: 'No se ha podido cerrar la sesión, que sigue abierta. Inténtelo de nuevo.',
  stayed: 'La sesión sigue abierta',
  wait: 'Un momento, por favor…',
  refused: 'El servidor no confirma que la sesión siga abierta. Vuelva a cargar la página; ' +
    'es posible que tenga que iniciar sesión.',
  reload: 'Volver a cargar la página',
  ended: 'Se ha cerrado la sesión',
  otherUser: 'Ahora hay otra persona con la sesión iniciada en este navegador.',
  signIn: 'Iniciar sesión de nuevo',
  spoken: 'La sesión se cerrará dentro de {time}.',
  tab: 'Se cierra dentro de {time}',
  draft: 'La sesión se cerró mientras rellenaba este formulario. Se ha conservado lo que había escrito.',
  restore: 'Recuperar los datos',
  discard: 'Descartar',
  restored: 'Se han recuperado los datos. Aún no se han enviado.',
  discarded: 'Se han descartado los datos.',
  field: { one: '# campo', many: '# campos', other: '# campos' },
  kept: 'Se han conservado datos suyos que no se guardaron.',
  restoredSome: 'Se han recuperado {done} de {all} datos. Todavía no se han enviado. ' +
    'Los demás no se pudieron devolver a su sitio; están aquí.',
  discardSure: '¿Descartar estos datos definitivamente?',
  keep: 'Conservar',
  tooLong: 'Este texto es demasiado largo para conservarlo. Si se cierra su sesión, se perderá la última parte.',
  leave: 'Hay cambios sin guardar.',
  notice: 'Por su seguridad, la sesión se cierra tras {time} sin actividad.'
}
