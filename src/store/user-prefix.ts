/**
 * Whether a user's id begins with a text, in upper or lower case. An operator does not know how the application writes
 * ids. A session without a user never matches.
 */
export function beginsWith (user: string | undefined, prefix: string): boolean {
  return user !== undefined && user.toLowerCase().startsWith(prefix.toLowerCase())
}
