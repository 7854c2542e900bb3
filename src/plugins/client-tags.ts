const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export function escapeHtml (text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '')
}

/** A start tag. Attributes without a value are left out; `true` stands for one that needs none. */
export function startTag (name: string, attributes: Record<string, string | true | undefined>): string {
  const written = Object.entries(attributes).map(([key, value]) => value === undefined
    ? ''
    : value === true ? ` ${key}` : ` ${key}="${escapeHtml(value)}"`)
  return `<${name}${written.join('')}>`
}
