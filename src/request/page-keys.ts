import { createHmac, hkdfSync } from 'node:crypto'
import { LruMap } from 'toad-cache'
import type { SessionOptions } from '../options/options.ts'
import type { CookieSigner } from '../options/remembering-signer.ts'

/** The keys of a user that pages get. */
export interface UserKeys {
  /** Tells a page whose page it is: 132 bits. */
  readonly user: string
  /** Encrypts the drafts of that user: base64url of 32 bytes. */
  readonly draft: string
}

const LABEL = 'fastify-session-security pages'

const USER_CHARACTERS = 22

/** The length of a tag: 72 bits tell the sessions of one browser apart. */
const TAG_CHARACTERS = 12

/**
 * The number of users and sessions whose keys are remembered. Each key costs one or two HMACs, and pings come again.
 */
const SIZE = 10_000

/**
 * Makes the one-way keys by which pages know whose they are.
 *
 * The keys are the same on every node with the same secret. Nobody without the secret can find a user's id by trying
 * ids. Of several secrets the first counts, which also signs cookies. So the keys change when another secret is put in
 * front of it.
 */
export class PageKeys {
  readonly #secret: Uint8Array
  readonly #users = new LruMap<UserKeys>(SIZE)
  readonly #tags = new LruMap<string>(SIZE)

  constructor (secret: string | Uint8Array) {
    // The keys have their own secret: an application may sign any value that a caller asks for with the original.
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
   * @param user undefined if the application does not name users
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

/** The text that the application's signer signs. The signature stands for a secret that only the signer knows. */
const PROBE = 'fastify-session-security:page-keys'

/**
 * Makes the page keys from the application's secret, or from its signer's signature.
 *
 * @returns null for a signer that gives another signature each time: no two nodes would make the same keys
 */
export function pageKeysOf (secret: SessionOptions['secret'], signer: CookieSigner): PageKeys | null {
  if (typeof secret === 'string') return new PageKeys(secret)
  if (Array.isArray(secret)) return new PageKeys(secret[0] ?? '')
  const signature = signer.sign(PROBE)
  return signature === signer.sign(PROBE) ? new PageKeys(signature) : null
}
