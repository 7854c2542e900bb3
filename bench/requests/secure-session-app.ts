import type { FastifyPluginAsync } from 'fastify'
import Fastify from 'fastify'
import type { Conditions } from './answer.ts'
import { answer, listen } from './answer.ts'

/** Its types declare another `request.session` for the whole program: it is loaded without them. */
const PACKAGE: string = '@fastify/secure-session'

interface CookieSession {
  get (key: string): string | undefined
  set (key: string, value: string): void
}

/** The session travels in its cookie, encrypted: no store, and nothing that could be ended. */
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
