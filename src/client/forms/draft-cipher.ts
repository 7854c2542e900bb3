/** Makes the text of a draft unreadable in the storage, and readable again. */
export interface DraftCipher {
  /** True if nobody can read a draft without the user's key. */
  readonly isSecret: boolean
  /** Encrypts a text. Without a key it returns at once: a page that is being left waits for no promise. */
  encrypt (text: string): string | Promise<string>
  /**
   * Decrypts a text.
   *
   * @returns null if this key does not fit
   */
  decrypt (encrypted: string): Promise<string | null>
}

const PLAIN = 'p:'
const ENCRYPTED = 'e:'
const IV_BYTES = 12

/**
 * Creates a cipher: AES-GCM with a key that only this user's pages get. Without a key, or if the browser has no
 * `crypto.subtle` (over http), drafts stand in clear in the tab's storage.
 *
 * @param draftKey base64url of 32 bytes
 */
export function createDraftCipher (draftKey: string | undefined): DraftCipher {
  // Absent over http, whatever the types say.
  const subtle: SubtleCrypto | null | undefined = globalThis.crypto?.subtle
  if (draftKey === undefined || subtle == null) {
    return { isSecret: false, encrypt: text => PLAIN + text, decrypt: async encrypted => plainOf(encrypted) }
  }
  const key = subtle.importKey('raw', bytesOf(draftKey), 'AES-GCM', false, ['encrypt', 'decrypt'])
  key.catch(() => {}) // Each use rejects by itself.
  return {
    isSecret: true,
    async encrypt (text) {
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
      const encrypted = await subtle.encrypt({ name: 'AES-GCM', iv }, await key, new TextEncoder().encode(text))
      return ENCRYPTED + textOf(iv) + textOf(new Uint8Array(encrypted))
    },
    async decrypt (encrypted) {
      if (!encrypted.startsWith(ENCRYPTED)) return plainOf(encrypted)
      try {
        const bytes = bytesOf(encrypted.slice(ENCRYPTED.length))
        const iv = bytes.subarray(0, IV_BYTES)
        const text = await subtle.decrypt({ name: 'AES-GCM', iv }, await key, bytes.subarray(IV_BYTES))
        return new TextDecoder().decode(text)
      } catch {
        return null
      }
    }
  }
}

function plainOf (encrypted: string): string | null {
  return encrypted.startsWith(PLAIN) ? encrypted.slice(PLAIN.length) : null
}

function bytesOf (base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64.replace(/-/g, '+').replace(/_/g, '/')), letter => letter.charCodeAt(0))
}

function textOf (bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}
