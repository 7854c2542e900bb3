/** A log line about the options, written when the plugin is registered with them. */
export interface Note {
  readonly level: 'info' | 'warn'
  readonly text: string
}

/** The key of notes in options. A copy of the options, such as `{ ...options, prefix }`, has them too. */
const NOTES = Symbol.for('fastify-session-security.notes')

/** Returns the options with notes; without any, the options as they are. */
export function withNotes<Options extends object> (options: Options, notes: readonly Note[]): Options {
  return notes.length === 0 ? options : { ...options, [NOTES]: notes }
}

export function notesOf (options: object): readonly Note[] {
  return (options as { readonly [NOTES]?: readonly Note[] })[NOTES] ?? []
}
