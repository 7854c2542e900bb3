import type { EndReason } from '../core/policy.ts'

const EXPLANATIONS: Readonly<Record<EndReason, (expireAfter: number) => string>> = {
  idle: expireAfter => `You were signed out because nobody used this browser for ${expireAfter} seconds.`,
  absolute: () => 'You were signed out because the session had reached the longest time that one may last.',
  logout: () => 'You signed out.',
  revoked: () => 'You were signed out by an administrator.',
  displaced: () => 'You were signed out because you signed in elsewhere.'
}

/** Explains the end of a session to a person. The reason may come from the address, which anybody can write. */
export function explain (reason: unknown, expireAfter: number): string | undefined {
  return isEndReason(reason) ? EXPLANATIONS[reason](expireAfter) : undefined
}

/** Returns whether a text is the reason of an end. */
export function isEndReason (reason: unknown): reason is EndReason {
  return typeof reason === 'string' && Object.hasOwn(EXPLANATIONS, reason)
}
