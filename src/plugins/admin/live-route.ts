import type { FastifyInstance } from 'fastify'
import { liveWords } from '../../admin/session-words.ts'
import { BadInputError, LaterVersionError } from '../../errors.ts'
import type { Handle } from '../../store/handle.ts'
import { isHandle } from '../../store/handle.ts'
import type { Desk } from './desk.ts'
import { queryOf } from './desk.ts'

/**
 * What the script asks for every few seconds: the sessions that are shown, by handle. No activity of the operator (G3), or
 * a page that is left open would keep whoever opened it signed in.
 */
export function liveRoute (fastify: FastifyInstance, { security, pageSize }: Desk): void {
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

  /** @returns `undefined` where a later version keeps the session by now: the page goes on to show what it did. */
  async function wordsOf (handle: Handle): Promise<ReturnType<typeof liveWords> | undefined> {
    try {
      return liveWords(await security.get(handle))
    } catch (error) {
      if (error instanceof LaterVersionError) return undefined
      throw error
    }
  }
}
