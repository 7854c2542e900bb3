/** Makes the text of a draft unreadable in the storage, and readable again. */
export interface Sealer {
  /** True if nobody can read a draft without the user's key. */
  readonly isSecret: boolean
  /** Encrypts a text. Without a key it returns at once: a page that is being left waits for no promise. */
  seal (text: string): string | Promise<string>
  /**
   * Decrypts a text.
   *
   * @returns null if this key does not fit
   */
  open (sealed: string): Promise<string | null>
}

const PLAIN = 'p:'
const ENCRYPTED = 'e:'
const IV_BYTES = 12

/**
 * Creates a sealer: AES-GCM with a key that only this user's pages get. Without a key, or if the browser has no
 * `crypto.subtle` (over http), drafts stand in clear in the tab's storage.
 *
 * @param draftKey base64url of 32 bytes
 */
export function createSealer (draftKey: string | undefined): Sealer {
  // Absent over http, whatever the types say.
  const subtle: SubtleCrypto | null | undefined = globalThis.crypto?.subtle
  if (draftKey === undefined || subtle == null) {
    return { isSecret: false, seal: text => PLAIN + text, open: async sealed => plainOf(sealed) }
  }
  const key = subtle.importKey('raw', bytesOf(draftKey), 'AES-GCM', false, ['encrypt', 'decrypt'])
  key.catch(() => {}) // Each use rejects by itself.
  return {
    isSecret: true,
    async seal (text) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
      const sealed = await subtle.encrypt({ name: 'AES-GCM', iv }, await key, new TextEncoder().encode(text))
      return ENCRYPTED + textOf(iv) + textOf(new Uint8Array(sealed))
    },
    async open (sealed) {
      if (!sealed.startsWith(ENCRYPTED)) return plainOf(sealed)
      try {
        const bytes = bytesOf(sealed.slice(ENCRYPTED.length))
        const iv = bytes.subarray(0, IV_BYTES)
        const text = await subtle.decrypt({ name: 'AES-GCM', iv }, await key, bytes.subarray(IV_BYTES))
        return new TextDecoder().decode(text)
      } catch {
        return null
      }
    }
  }
}

function plainOf (sealed: string): string | null {
  return sealed.startsWith(PLAIN) ? sealed.slice(PLAIN.length) : null
}

function bytesOf (base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0))
}

function textOf (bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
