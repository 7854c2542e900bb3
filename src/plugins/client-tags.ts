import { html } from 'ghtml'

/** A start tag. Attributes without a value are left out; `true` stands for one that needs none. */
export function startTag (name: string, attributes: Readonly<Record<string, string | true | undefined>>): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return ''
    return value === true ? ` ${key}` : html` !${key}="${value}"`
  })
  return `<${name}${written.join('')}>`
}
