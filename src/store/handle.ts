import { hash } from 'node:crypto'

/**
 * The public name of a session: base64url SHA-256 of its id. One way, so that who reads a log line, a key or
 * an admin page cannot take a session over.
 */
export type Handle = string

/** On a Cluster, a handle begins with the two letters of its shard. */
const HANDLE = /^(?:[0-9a-f]{2})?[\w-]{43}$/

export function isHandle (text: string): text is Handle {
  return HANDLE.test(text)
}

export function handleOf (sessionId: string): Handle {
  return hash('sha256', sessionId, 'base64url')
}
