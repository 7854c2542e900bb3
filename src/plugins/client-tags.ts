import { hash } from 'node:crypto'

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '')
}

/** A start tag. Attributes without a value are left out; `true` stands for one that needs none. */
export function startTag (name: string, attributes: Record<string, string | true | undefined>): string {
  const written = Object.entries(attributes).map(([key, value]) => value === undefined ? '' : value === true ? ` ${key}` : ` ${key}="${escapeHtml(value)}"`)
  return `<${name}${written.join('')}>`
}

/**
 * A key of a user by which a browser tells whose draft it keeps, for as long as the tab is open. It hides the id from a
 * glance, not from somebody who guesses ids: but who can read it can read the draft beside it.
 */
export function userKey (user: string): string {
  return hash('sha256', `fastify-session-security draft ${user}`, 'base64url').slice(0, 22)
}
