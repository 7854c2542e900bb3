import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  auditEnd, auditEndOf, auditRefusal, auditRenewal, auditSignIn, auditSignOut, auditUnrecorded
} from '../../src/diagnostics/audit.ts'
import type { EndedSession, LiveSession } from '../../src/store/store.ts'
import { listenToAudit } from '../helpers/channels.ts'

const CALLS = 20_000

/** Fewer bytes than the smallest object has. The engine itself needs some now and then. */
const NO_OBJECT = 8 * CALLS

const device = { address: '10.0.0.1', userAgent: 'Browser' }
const record = {
  isAuthenticated: true, warnAfter: 5, expireAfter: 10, absoluteTimeout: false, startedAtMs: 1, lastActivityMs: 2
} as const
const found: LiveSession = { state: 'live', record, user: 'ada', device, nowMs: 3 }
const session: EndedSession = {
  handle: 'a', user: 'ada', device, reason: 'displaced', startedAtMs: 1, lastActivityMs: 2, endedAtMs: 3
}
const ended = [session]
const store = { timeOfDay: () => 1 }

/** Each kind of event, with objects that a caller has at hand. */
const EVENTS: Readonly<Record<string, () => void>> = {
  'a sign-in with an eviction': () => auditSignIn('b', found, ended),
  'a renewal with a fresh authentication': () => auditRenewal('b', 'a', found, true),
  'a sign-out': () => auditSignOut(ended),
  'a revocation': () => auditEndOf('a', ended, store, 'revoked', 'ruth'),
  'an end': () => auditEnd(session),
  'a refusal': () => auditRefusal('ping', 1, session, 'CODE', 'none'),
  'an activity that could not be recorded': () => auditUnrecorded(session, 1, 'ping')
}

describe('an event of the audit trail', () => {
  for (const [name, audit] of Object.entries(EVENTS)) {
    it(`makes no object where nobody listens, and some where somebody does: ${name}`, t => {
      const alone = bytesOfCalls(audit)
      assert.ok(alone < NO_OBJECT, `${alone} bytes for ${CALLS} calls`)
      const heard = listenToAudit(t)
      audit()
      assert.ok(heard.length > 0)
      heard.length = 0
      assert.ok(bytesOfCalls(audit) > 2 * NO_OBJECT)
    })
  }
})

/**
 * Returns the bytes of the heap that so many calls take.
 *
 * The least of three rounds counts, as the engine itself needs some at times.
 */
function bytesOfCalls (call: () => void): number {
  const rounds = Array.from({ length: 3 }, () => {
    assert.ok(globalThis.gc !== undefined, 'run with --expose-gc')
    globalThis.gc()
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < CALLS; i++) call()
    return process.memoryUsage().heapUsed - before
  })
  return Math.min(...rounds)
}
