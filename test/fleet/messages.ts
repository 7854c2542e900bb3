import type { EndedSession } from '../../src/index.ts'
import type { Connection } from './connection.ts'
import type { Measures } from './measures.ts'

/** The terms of all sessions, in seconds. They are so short that a run of seconds sees many ends. */
export const TIMEOUTS = { warnAfter: 0.8, expireAfter: 1.6, absoluteTimeout: 12, throttle: 0.2 } as const

/** The terms of a fleet whose people may be at work for longer. */
export type Timeouts = { readonly [Name in keyof typeof TIMEOUTS]: number }

export interface NodeSettings {
  readonly connection: Connection
  /** The ms by which the node's clock is ahead. */
  readonly skewMs: number
  /** Of the store, in seconds. */
  readonly retention?: number | undefined
  /** Of the store and of its client, in seconds. */
  readonly commandTimeout?: number | undefined
  /** Default: {@link TIMEOUTS}. */
  readonly timeouts?: Timeouts
  /** The most that an anonymous session lives without a write, in seconds. Default: what the package says. */
  readonly anonymousSeconds?: number
  /** The session limit of a user. With it, the node serves the application of `limited-app.ts`, by its own clock. */
  readonly limit?: number
}

/** The messages of the parent to a node. */
export type ToNode =
  | { readonly kind: 'open', readonly settings: NodeSettings }
  /** `onSessionEnd` is not to return any more. */
  | { readonly kind: 'block' }
  /** Collects garbage, and counts what the process holds. */
  | { readonly kind: 'measure' }

/** The messages of a node to its parent. */
export type FromNode =
  | { readonly kind: 'listening', readonly port: number }
  | { readonly kind: 'notified', readonly ended: EndedSession }
  | { readonly kind: 'blocked', readonly ended: EndedSession }
  | { readonly kind: 'measured', readonly measures: Measures }
