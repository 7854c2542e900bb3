import type { FastifyPluginAsync } from 'fastify'
import Fastify from 'fastify'
import type { Conditions } from './answer.ts'
import { answer, listen } from './answer.ts'

/**
 * The name of the package. It is a `string` so that TypeScript does not load the package's types: they declare another
 * `request.session` for the whole program.
 */
const PACKAGE: string = '@fastify/secure-session'

interface CookieSession {
  get (key: string): string | undefined
  set (key: string, value: string): void
}

/** Starts an application that keeps the session encrypted in its cookie. No store exists that could end it. */
export async function secureSessionApp ({ bytes }: Conditions, secret: string): Promise<string> {
  const { default: secureSession }: {
    readonly default: FastifyPluginAsync<{ secret: string, salt: string }>
  } = await import(PACKAGE)
  const app = Fastify()
  await app.register(secureSession, { secret, salt: 'sixteen bytes of' })
  app.post('/sign-in', async request => {
    sessionOf(request).set('content', 'x'.repeat(bytes))
    return 'welcome'
  })
  app.get('/', async request => answer(sessionOf(request).get('content')))
  return await listen(app)
}

function sessionOf (request: object): CookieSession {
  return Reflect.get(request, 'session') as CookieSession
}
