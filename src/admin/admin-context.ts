import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Around, Frame } from './layout.ts'
import { readOutcome } from './outcome.ts'
import { BadOptionError } from '../errors.ts'
import { BadInputError } from './errors.ts'
import { LONGEST_QUOTE, LONGEST_USER_ID, checkAnswer, isUserId } from '../option-checks.ts'
import { identityOf } from '../request/request-policy.ts'
import { contextOf } from '../request/request-session.ts'
import type { SessionClient } from '../browser-files/session-client-decorator.ts'
import type { SessionSecurity } from '../administration/session-security-decorator.ts'
import { fieldsIn } from './forms.ts'
import { csrfTokenOf } from './access.ts'
import type { AdminPolicy } from './options.ts'
import { comesFromHere } from '../http/request-origin.ts'
import { asking } from '../thrown.ts'

/** The person who does something, as far as the application says. */
interface By {
  readonly by?: string
}

/** Holds the parts that all routes of the admin page share. */
export class AdminContext {
  readonly security: SessionSecurity
  readonly frame: Frame
  readonly pageSize: number
  readonly #client: SessionClient
  readonly #policy: AdminPolicy

  constructor (fastify: FastifyInstance, frame: Frame, policy: AdminPolicy) {
    this.#client = fastify.sessionClient
    this.security = fastify.sessionSecurity
    this.frame = frame
    this.pageSize = policy.pageSize
    this.#policy = policy
  }

  /** Sends a page. It shows the outcome that its address names only if a page of this site led there. */
  async send (request: FastifyRequest, reply: FastifyReply, view: (around: Around) => string): Promise<FastifyReply> {
    const outcome = comesFromHere(request) ? readOutcome(queryOf(request)) : undefined
    const around = { ...this.frame, client: this.clientOf(request), csrfToken: csrfTokenOf(reply), outcome }
    return await reply.type('text/html; charset=utf-8').send(view(around))
  }

  /**
   * Makes the tags of the browser client for the head of a page.
   *
   * The client warns an operator, and counts typing as activity. It guards no forms: a search and a tick are no drafts.
   *
   * @returns `undefined` while nobody knows whose the session is. The client would take the page for nobody's
   */
  clientOf (request: FastifyRequest): string | undefined {
    const context = contextOf(request)
    if (context === undefined || context.isLater) return undefined
    const { signOutUrl, loginUrl } = this.#policy
    return this.#client.tags(request, { lang: 'en', forms: 'off', signOutUrl, loginUrl })
  }

  /** Logs who did what. */
  log (did: string, by: By, to: Readonly<Record<string, unknown>>): void {
    this.security.shared.log.info({ ...by, ...to }, `admin page: ${did}`)
  }

  /** Names the operator before anything is done. @throws {BadOptionError} for a wrong answer of `who` */
  operatorOf (request: FastifyRequest): By {
    const { who } = this.#policy
    const { policy } = this.security.shared
    const name: unknown = (who === undefined
      ? identityOf(policy, request.session).user
      : asking(() => who(request))) ?? undefined
    if (name === undefined) return {}
    checkAnswer('who', name, `a name of at most ${LONGEST_USER_ID} characters, or nothing`, isUserId)
    return { by: String(name) }
  }
}

/** Reads the query from the address itself, because an application's own parser may change it. */
export function queryOf ({ url }: FastifyRequest): URLSearchParams {
  const start = url.indexOf('?')
  return fieldsIn(start === -1 ? '' : url.slice(start))
}

/** Lists by an address. It answers an unknown cursor as a bad address. */
export async function listing<Page> (cursor: string | undefined, list: () => Promise<Page>): Promise<Page> {
  try {
    return await list()
  } catch (error) {
    if (cursor === undefined || !(error instanceof BadOptionError)) throw error
    throw new BadInputError('cursor', 'the cursor of the page before', JSON.stringify(cursor.slice(0, LONGEST_QUOTE)))
  }
}
