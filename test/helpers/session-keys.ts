/**
 * Keys of a fixed size that belong to no session. They hold the number of shards, the mark of the application, and the
 * ends of an hour.
 */
const OF_NONE = /\}(?:layout|application|ends)$/

/** All keys but those. */
export function withoutLayout (keys: readonly string[]): string[] {
  return keys.filter(key => !OF_NONE.test(key))
}
