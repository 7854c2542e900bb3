import type { Cluster, Redis } from 'ioredis'

/** The parts of ioredis that this package uses. */
export interface Ioredis {
  readonly Redis: typeof Redis
  readonly Cluster: typeof Cluster
}

/** The error if ioredis is needed and missing. */
export class IoredisMissing extends Error {}

/**
 * Loads ioredis, an optional peer: only applications with sessions in Redis install it.
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
