/**
 * Whether a user's id begins so, in upper or lower case: an operator who looks for somebody does not know how the
 * application writes them. A session of nobody's never does.
 */
export function beginsWith (user: string | undefined, prefix: string): boolean {
  return user !== undefined && user.toLowerCase().startsWith(prefix.toLowerCase())
}
