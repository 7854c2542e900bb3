/**
 * Keys of a fixed size that are no session's: in how many shards the sessions lie, of which application they are, and how many
 * ended within an hour.
 */
const OF_NONE = /\}(?:layout|application|ends)$/

/** All keys but those. */
export function withoutLayout (keys: readonly string[]): string[] {
  return keys.filter(key => !OF_NONE.test(key))
}
