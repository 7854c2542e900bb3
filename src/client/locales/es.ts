import type { Locale } from './locale.ts'

export const es: Locale = {
  lang: 'es',
  dir: 'ltr',
  second: { one: '# segundo', many: '# de segundos', other: '# segundos' },
  minute: { one: '# minuto', many: '# de minutos', other: '# minutos' },
  hour: { one: '# hora', many: '# de horas', other: '# horas' },
  title: 'Su sesión está a punto de cerrarse',
  idle: 'Lleva un tiempo sin actividad. Por su seguridad, la sesión se cerrará dentro de {time}.',
  absolute: 'La sesión terminará dentro de {time}, aunque siga trabajando. Guarde ahora los cambios; después podrá volver a iniciar sesión.',
  stay: 'Mantener la sesión abierta',
  signOut: 'Cerrar sesión',
  close: 'Entendido',
  offline: 'No se puede conectar con el servidor en este momento. Seguimos intentándolo…',
  hiddenTitle: 'Esta página se ha ocultado por su seguridad',
  hidden: 'No se puede conectar con el servidor y es posible que su sesión haya terminado. La página volverá a mostrarse si la sesión sigue abierta.',
  retry: 'Reintentar',
  signOutFailed: 'No se ha podido cerrar la sesión, que sigue abierta. Inténtelo de nuevo.',
  spoken: 'La sesión se cerrará dentro de {time}.',
  tab: 'Se cierra dentro de {time}',
  draft: 'La sesión se cerró mientras rellenaba este formulario. Se ha conservado lo que había escrito.',
  restore: 'Recuperar los datos',
  discard: 'Descartar',
  restored: 'Se han recuperado los datos. Aún no se han enviado.',
  discarded: 'Se han descartado los datos.',
  leave: 'Hay cambios sin guardar.',
  notice: 'Por su seguridad, la sesión se cierra tras {time} sin actividad.'
}
