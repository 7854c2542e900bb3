import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance } from 'fastify'
import type { SessionSecurity } from '../administration/session-security-decorator.ts'
import { isFunction } from '../option-checks.ts'
import { TestKitError } from './errors.ts'
import type { Application } from './kit-api.ts'

interface Context {
  readonly server?: FastifyInstance['server']
  readonly sessionSecurity?: SessionSecurity
}

/**
 * The channel on which Fastify publishes each new instance:
 * https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks.
 */
const MADE = 'fastify.initialization'

export interface Built<App> {
  readonly app: App
  /** The decorator of each context that registered this package. */
  readonly found: readonly SessionSecurity[]
}

/**
 * Builds an application, and finds this package in it and in its contexts.
 *
 * @throws {TestKitError} when it is no application
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
    if (!isFunction(Object(app).ready)) {
      throw new TestKitError('build() returned no application of Fastify: end it with "return app"')
    }
    await app.ready()
    const { server }: Context = Object(app)
    const own: Context[] = [Object(app), ...contexts].filter(context => context.server === server)
    return { app, found: [...new Set(own.flatMap(({ sessionSecurity }) => sessionSecurity ?? []))] }
  } finally {
    unsubscribe(MADE, watch)
  }
}
