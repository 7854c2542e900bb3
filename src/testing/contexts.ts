import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import type { SessionSecurity } from '../plugins/session-security-decorator.ts'
import type { Application } from './kit-api.ts'

interface Context {
  readonly server?: FastifyInstance['server']
  readonly sessionSecurity?: SessionSecurity
}

/**
 * Fastify tells of each instance that is made:
 * https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks.
 */
const MADE = 'fastify.initialization'

export interface Built<App> {
  readonly app: App
  /** Of each context that has it. */
  readonly found: readonly SessionSecurity[]
}

/**
 * Makes an application, and finds this package in it, also in contexts inside of it.
 */
export async function buildWithContexts<App extends Application> (
  build: () => App | PromiseLike<App>
): Promise<Built<App>> {
  const contexts = new Set<FastifyInstance>()
  const watch = (message: unknown): void => {
    const { fastify } = message as { readonly fastify: FastifyInstance }
    fastify.addHook('onRegister', context => { contexts.add(context) })
  }
  subscribe(MADE, watch)
  try {
    const app = await build()
    await app.ready()
    const { server }: Context = Object(app)
    const own: Context[] = [Object(app), ...contexts].filter(context => context.server === server)
    return { app, found: [...new Set(own.flatMap(({ sessionSecurity }) => sessionSecurity ?? []))] }
  } finally {
    unsubscribe(MADE, watch)
  }
}
