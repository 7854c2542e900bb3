import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import type { SessionAdminOptions } from '../../src/index.ts'
import { sessionAdmin } from '../../src/index.ts'
import type { TestApp, TestAppOptions } from '../helpers/app.ts'
import { buildApp } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'

export const ADMIN = '/admin'

/** The headers of a form that a page of this origin sends. */
export const SAME_ORIGIN = {
  'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document'
}

/** The fields of a form. A name with several values has a pair for each. */
export type FormFields = Record<string, string> | Array<[name: string, value: string]>

export interface AdminApp extends TestApp {
  /** The browser of "root", who is authorized. */
  readonly operator: BrowserJar
  /**
   * Signs a user in, with a new browser.
   *
   * @returns the handle of the session
   */
  signIn (user: string, device?: { address?: string, userAgent?: string }): Promise<string>
  /** Sends a form of the page, as the page does. */
  submit (url: string, fields?: FormFields, headers?: Record<string, string>): Promise<LightMyRequestResponse>
}

export interface AdminAppOptions extends TestAppOptions {
  readonly admin?: Partial<SessionAdminOptions>
}

/** Builds an application with the admin page for "root". Requests name their own device. */
export async function buildAdminApp ({ admin, routes, ...options }: AdminAppOptions = {}): Promise<AdminApp> {
  const built = await buildApp({
    ...options,
    security: {
      expireAfter: 600,
      warnAfter: 500,
      throttle: 0,
      deviceOf: ({ headers }) => typeof headers['x-device'] === 'string' ? JSON.parse(headers['x-device']) : null,
      ...options.security
    },
    routes (app) {
      addNamedSignIn(app)
      routes?.(app)
      app.register(sessionAdmin, { prefix: ADMIN, authorize: request => request.session.user === 'root', ...admin })
    }
  })
  const operator = built.newBrowser()
  await operator.post('/sign-in-as?user=root')
  async function signIn (user: string, device: object = {}): Promise<string> {
    const browser = built.newBrowser()
    const headers = { 'x-device': JSON.stringify(device) }
    await browser.post(`/sign-in-as?${new URLSearchParams({ user })}`, undefined, headers)
    return built.store.handleOf(idOf(browser))
  }
  const submit: AdminApp['submit'] = async (url, fields = {}, headers = SAME_ORIGIN) =>
    await operator.post(
      `${ADMIN}${url}`, new URLSearchParams(fields).toString(),
      { 'content-type': 'application/x-www-form-urlencoded', ...headers }
    )
  return { ...built, operator, signIn, submit }
}

function addNamedSignIn (app: FastifyInstance): void {
  app.post<{ Querystring: { user: string } }>('/sign-in-as', async request => {
    request.session.user = request.query.user
    return 'welcome'
  })
}

/** Returns the secret id of a browser's session, from its cookie. */
export function idOf ({ cookies }: BrowserJar): string {
  const [id = ''] = String(cookies['sessionId']).split('.')
  return id
}
