import { signerFactory } from '@fastify/cookie'
import type { FastifySessionOptions } from '@fastify/session'
import { LruMap } from 'toad-cache'
import { asking } from '../thrown.ts'
import { checkAnswer, kindOf } from '../option-checks.ts'

/** The signer that @fastify/session takes. */
export interface CookieSigner {
  sign (value: string): string
  unsign (signed: string): SignerVerdict
}

interface SignerVerdict {
  readonly valid: boolean
  readonly renew: boolean
  readonly value: string | null
}

/** The number of signatures that are remembered, the most recent ones. Each takes some 300 bytes. */
const SIZE = 10_000

/**
 * Signs cookies as @fastify/session does, and remembers signatures.
 *
 * The check of @fastify/session computes two HMACs in each request, for a cookie that it has checked before. This
 * signer remembers only valid cookies that came back: neither forged cookies nor lost anonymous sessions evict others.
 * An application may change its array of secrets while it runs; signatures under another array count no more.
 */
export function rememberingSigner (secret: FastifySessionOptions['secret'], algorithm?: string): CookieSigner {
  if (typeof secret === 'object' && !Array.isArray(secret)) return checked(secret)
  const secrets = typeof secret === 'string' ? [secret] : secret
  let known = remember(secrets, algorithm)
  const current = (): CookieSigner => {
    if (!known.holdsFor(secrets)) known = remember(secrets, algorithm)
    return known.signer
  }
  return { sign: value => current().sign(value), unsign: text => current().unsign(text) }
}

/**
 * Wraps a signer of the application. It refuses a signer that gives promises: their rejection would end the process.
 */
function checked (signer: CookieSigner): CookieSigner {
  return {
    sign (value) {
      const signed: unknown = asking(() => signer.sign(value))
      checkAnswer('session.secret.sign', signed, 'a text', text => typeof text === 'string', kindOf)
      return String(signed)
    },
    unsign (text) {
      const verdict: unknown = asking(() => signer.unsign(text))
      checkAnswer(
        'session.secret.unsign', verdict, '{ valid, renew, value }',
        value => typeof value === 'object' && value !== null, kindOf
      )
      return verdict as SignerVerdict
    }
  }
}

function remember (secrets: readonly string[], algorithm?: string): {
  signer: CookieSigner,
  holdsFor: (now: readonly string[]) => boolean
} {
  const then = [...secrets]
  const signer: CookieSigner = signerFactory(then, algorithm)
  // The whole text is the key. Comparing it with a known signature would leak the correct part by its timing.
  const verdicts = new LruMap<SignerVerdict>(SIZE)
  const signed = new LruMap<string>(SIZE)
  return {
    holdsFor: now => now.length === then.length && now.every((secret, i) => secret === then[i]),
    signer: {
      sign: value => signed.get(value) ?? signer.sign(value),
      unsign (text) {
        const known = verdicts.get(text)
        if (known !== undefined) return known
        const verdict = signer.unsign(text)
        if (verdict.valid) {
          verdicts.set(text, verdict)
          if (!verdict.renew && verdict.value !== null) signed.set(verdict.value, text)
        }
        return verdict
      }
    }
  }
}
