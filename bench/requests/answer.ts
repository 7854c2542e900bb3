import type { FastifyInstance } from 'fastify'
import type { Cluster, Redis } from 'ioredis'

export interface Conditions {
  readonly redis: Redis | Cluster
  /** Bytes that the session holds. */
  readonly bytes: number
  /** The number of the first user who signs in here. */
  readonly firstUser: number
}

/** Makes the answer of every application. It needs a value of the session, so each application must load it. */
export function answer (content: string | null | undefined): { hello: string, seen: boolean } {
  return { hello: 'world', seen: content != null }
}

export function addAnswer (
  app: FastifyInstance, work: () => Promise<string | null | undefined> = async () => undefined
): FastifyInstance {
  app.get('/', async () => answer(await work()))
  return app
}

/** Listens on a free port of the loopback interface. @returns the address */
export async function listen (app: FastifyInstance): Promise<string> {
  return await app.listen({ host: '127.0.0.1', port: 0 })
}
