import { html } from 'ghtml'

/** Makes a start tag. It leaves out attributes without a value; `true` stands for an attribute that needs none. */
export function startTag (name: string, attributes: Readonly<Record<string, string | true | undefined>>): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return ''
    return value === true ? ` ${key}` : html` !${key}="${value}"`
  })
  return `<${name}${written.join('')}>`
}
