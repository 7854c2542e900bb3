import { createHmac, hkdfSync } from 'node:crypto'
import { LruMap } from 'toad-cache'
import type { SessionOptions } from '../options.ts'
import type { CookieSigner } from './remembering-signer.ts'

/** What pages are told of a user. */
export interface UserKeys {
  /** By which a page knows whose it is: 132 bits. */
  readonly user: string
  /** By which the drafts of that user are encrypted: base64url of 32 bytes. */
  readonly draft: string
}

const LABEL = 'fastify-session-security pages'

const USER_CHARACTERS = 22

/** 72 bits: enough to tell the sessions of one browser apart. */
const TAG_CHARACTERS = 12

/** How many users and sessions are remembered, the latest ones: each costs an HMAC or two, and pings come again. */
const SIZE = 10_000

/**
 * Makes the one-way keys by which pages know whose they are. They are the same on every node with the same secret, and
 * nobody without the secret can tell a user's id by trying ids.
 *
 * Of several secrets the first counts, which signs cookies too. So keys are stable as long as the first secret stays, and
 * change when another one is put in front of it.
 */
export class PageKeys {
  readonly #secret: Uint8Array
  readonly #users = new LruMap<UserKeys>(SIZE)
  readonly #tags = new LruMap<string>(SIZE)

  constructor (secret: string | Uint8Array) {
    // A key of its own: with the secret itself an application signs cookies, perhaps with any value that is asked for.
    this.#secret = new Uint8Array(hkdfSync('sha256', secret, '', LABEL, 32))
  }

  keysOf (user: string): UserKeys {
    const known = this.#users.get(user)
    if (known !== undefined) return known
    const keys = { user: this.#hmac('user key', user).slice(0, USER_CHARACTERS), draft: this.#hmac('draft key', user) }
    this.#users.set(user, keys)
    return keys
  }

  /**
   * Names a session to its pages. A tag survives renewals, and changes with every sign-in.
   *
   * @param user absent where the application does not name users
   */
  tagOf (user: string | undefined, signedInAtMs: number): string {
    const name = `${signedInAtMs} ${user ?? ''}`
    const known = this.#tags.get(name)
    if (known !== undefined) return known
    const tag = this.#hmac('tag', name).slice(0, TAG_CHARACTERS)
    this.#tags.set(name, tag)
    return tag
  }

  #hmac (purpose: string, text: string): string {
    return createHmac('sha256', this.#secret).update(`${purpose} ${text}`).digest('base64url')
  }
}

/** A text that a signer of the application's signs, so that its signature can stand for a secret that only it knows. */
const PROBE = 'fastify-session-security:page-keys'

/**
 * The keys by the application's secret; by a signature where the application signs by itself.
 *
 * @returns null for a signer that gives another signature each time: no two nodes would make the same keys of it
 */
export function pageKeysOf (secret: SessionOptions['secret'], signer: CookieSigner): PageKeys | null {
  if (typeof secret === 'string') return new PageKeys(secret)
  if (Array.isArray(secret)) return new PageKeys(secret[0] ?? '')
  const signature = signer.sign(PROBE)
  return signature === signer.sign(PROBE) ? new PageKeys(signature) : null
}
