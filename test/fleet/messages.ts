import type { EndedSession } from '../../src/index.ts'
import type { Connection } from './connection.ts'
import type { Measures } from './measures.ts'

/** The terms of all sessions, in seconds: so short that a run of seconds sees many of them end. */
export const TIMEOUTS = { warnAfter: 0.8, expireAfter: 1.6, absoluteTimeout: 12, throttle: 0.2 } as const

/** The terms of a fleet whose people may be at work for longer. */
export type Timeouts = { readonly [Name in keyof typeof TIMEOUTS]: number }

export interface NodeSettings {
  readonly connection: Connection
  /** How far the node's clock is ahead. */
  readonly skewMs: number
  /** Of the store, in seconds. */
  readonly retention?: number
  /** Default: {@link TIMEOUTS}. */
  readonly timeouts?: Timeouts
  /** The most that an anonymous session lives without a write, in seconds. Default: what the package says. */
  readonly anonymousSeconds?: number
  /**
   * How many sessions a user may have. With it, the node serves the application of `limited-app.ts`, by its own clock.
   */
  readonly limit?: number
}

/** What the parent sends to a node. */
export type ToNode =
  | { readonly kind: 'open', readonly settings: NodeSettings }
  /** `onSessionEnd` is not to return any more. */
  | { readonly kind: 'block' }
  /** Collects garbage, and counts what the process holds. */
  | { readonly kind: 'measure' }

/** What a node sends to its parent. */
export type FromNode =
  | { readonly kind: 'listening', readonly port: number }
  | { readonly kind: 'notified', readonly ended: EndedSession }
  | { readonly kind: 'blocked', readonly ended: EndedSession }
  | { readonly kind: 'measured', readonly measures: Measures }
