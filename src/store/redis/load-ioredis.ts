import type { Cluster, Redis } from 'ioredis'

/** What this package uses of it. */
export interface Ioredis {
  readonly Redis: typeof Redis
  readonly Cluster: typeof Cluster
}

/** What is said where `ioredis` is needed and not there. */
export class IoredisMissing extends Error {}

/**
 * The peer that a person installs who keeps sessions in Redis, and nobody else.
 * @throws {IoredisMissing}
 */
export async function loadIoredis (): Promise<Ioredis> {
  try {
    return await import('ioredis')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND')) throw error
    throw new IoredisMissing('Sessions in Redis need the package ioredis: npm install ioredis')
  }
}
