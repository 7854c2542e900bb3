import { hash } from 'node:crypto'
import { LruMap } from 'toad-cache'
import type { Handle } from '../core/session.ts'

export type { Handle }

/** The characters of a handle, on a server and on a Cluster. */
export const [LENGTH, LENGTH_ON_CLUSTER] = [43, 45]

/** The form of a handle. On a Cluster it begins with the two letters of its shard. */
const HANDLE = /^(?:[0-9a-f]{2})?[\w-]{43}$/

export function isHandle (text: string): text is Handle {
  return HANDLE.test(text)
}

/** The latest handles. Requests present the same ids again and again, and a hash takes a microsecond or two. */
const handles = new LruMap<Handle>(10_000)

/** The most characters of an id whose handle is kept. */
const LONGEST = 200

export function handleOf (sessionId: string): Handle {
  const known = handles.get(sessionId)
  if (known !== undefined) return known
  const handle = hash('sha256', sessionId, 'base64url')
  if (sessionId.length <= LONGEST) handles.set(sessionId, handle)
  return handle
}
