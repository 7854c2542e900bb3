import { signerFactory } from '@fastify/cookie'
import { LruMap } from 'toad-cache'
import { check } from '../option-checks.ts'

/** What @fastify/session and @fastify/cookie take for a signer. */
export interface CookieSigner {
  sign (value: string): string
  unsign (signed: string): SignerVerdict
}

type SignerVerdict =
  | { readonly valid: true, readonly renew: boolean, readonly value: string }
  | { readonly valid: false, readonly renew: false, readonly value: null }

export interface RememberingSignerOptions {
  /** How many signatures it keeps, the most recent ones: some 300 bytes each. Default 10000. */
  readonly size?: number
}

/** As @fastify/session has it. */
const SHORTEST_SECRET = 32

/**
 * Signs cookies as @fastify/session does by itself, and remembers: its own check of a cookie takes two HMACs in each
 * request, to find out what it found out in the request before. Pass it as its `secret`.
 *
 * Only what came back in a cookie and was found to be valid is remembered: neither forged cookies nor the sessions of
 * visitors who are gone drive others out.
 *
 * @param secret at least 32 characters; or several, of which the first signs and all are accepted
 * @throws {BadOptionError}
 */
export function rememberingSigner (secret: string | string[], { size = 10_000 }: RememberingSignerOptions = {}): CookieSigner {
  const secrets = [secret].flat()
  // Nobody is shown a secret, not even a wrong one.
  const lengths = secrets.map((text: unknown) => typeof text === 'string' ? text.length : typeof text)
  check('secret', lengths, `a string of at least ${SHORTEST_SECRET} characters, or several (here, how many each has)`, areLongEnough)
  check('size', size, 'a whole number above 0', value => Number.isSafeInteger(value) && Number(value) > 0)
  const signer = signerFactory(secrets)
  // By the whole text: to compare it with a known signature would tell, by the time it takes, how much of it is right.
  const verdicts = new LruMap<SignerVerdict>(size)
  const signed = new LruMap<string>(size)
  return {
    sign: value => signed.get(value) ?? signer.sign(value),
    unsign (text) {
      const known = verdicts.get(text)
      if (known !== undefined) return known
      const verdict: SignerVerdict = signer.unsign(text)
      if (verdict.valid) {
        verdicts.set(text, verdict)
        if (!verdict.renew) signed.set(verdict.value, text)
      }
      return verdict
    }
  }
}

function areLongEnough (lengths: unknown): boolean {
  return Array.isArray(lengths) && lengths.length > 0 && lengths.every(length => typeof length === 'number' && length >= SHORTEST_SECRET)
}
