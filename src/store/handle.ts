import { hash } from 'node:crypto'

/**
 * The public name of a session: base64url SHA-256 of its id. One way, so that who reads a log line, a key or
 * an admin page cannot take a session over.
 */
export type Handle = string

export function handleOf (sessionId: string): Handle {
  return hash('sha256', sessionId, 'base64url')
}
