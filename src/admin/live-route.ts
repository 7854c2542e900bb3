import type { FastifyInstance } from 'fastify'
import { liveWords } from './session-words.ts'
import { LaterVersionError } from '../errors.ts'
import { BadInputError } from './errors.ts'
import type { Handle } from '../store/handle.ts'
import { isHandle } from '../store/handle.ts'
import type { AdminContext } from './admin-context.ts'
import { queryOf } from './admin-context.ts'

/**
 * Registers the route that tells the script the present state of sessions, by handle.
 *
 * The script asks every few seconds. A request for it is passive (G3: passive is passive). Otherwise an open page would
 * keep its operator signed in.
 */
export function liveRoute (fastify: FastifyInstance, { security, pageSize }: AdminContext): void {
  const route = { config: { sessionSecurity: { passive: true } } }
  fastify.get('/live', route, async function tellTimes (request, reply) {
    const handles = queryOf(request).getAll('handle')
    if (handles.length > pageSize || !handles.every(isHandle)) {
      throw new BadInputError('handle', `at most ${pageSize} handles`, `${handles.length} texts`)
    }
    const sessions = await Promise.all(handles.map(async handle => [handle, await wordsOf(handle)] as const))
    reply.type('application/json; charset=utf-8')
    return JSON.stringify(Object.fromEntries(sessions))
  })

  /** Returns the texts of a session; `undefined` if a later version keeps it by now. The page then keeps its texts. */
  async function wordsOf (handle: Handle): Promise<ReturnType<typeof liveWords> | undefined> {
    try {
      return liveWords(await security.get(handle))
    } catch (error) {
      if (error instanceof LaterVersionError) return undefined
      throw error
    }
  }
}
