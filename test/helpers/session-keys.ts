/** All but the key that says in how many shards the sessions lie: it stands for as long as a store asks for it. */
export function withoutLayout (keys: readonly string[]): string[] {
  return keys.filter(key => !key.endsWith('{0}layout'))
}
