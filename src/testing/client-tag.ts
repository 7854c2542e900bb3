const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' }

/** Matches the element of `sessionClient.tags()`. Its values are escaped, so it has no `>` inside. */
const ELEMENT = /<script\b[^>]*\ssrc="[^"]*\/session_security\/[^"]*client\.js"[^>]*>/g

/**
 * Reads the element that brings the browser client into a page.
 *
 * @returns its `data-` attributes, by their names in `dataset`; undefined for a page without one
 */
export function clientTagOf (html: string): DOMStringMap | undefined {
  const element = html.match(ELEMENT)?.at(-1)
  if (element === undefined) return undefined
  const attributes = [...element.matchAll(/\sdata-([\w-]+)(?:="([^"]*)")?/g)]
  return Object.fromEntries(attributes.map(([, name = '', value = '']) => [camelCase(name), unescape(value)]))
}

function camelCase (name: string): string {
  return name.replace(/-(\w)/g, (_all, letter: string) => letter.toUpperCase())
}

function unescape (text: string): string {
  return text.replace(/&(?:#(\d+)|(amp|lt|gt|quot));/g, (_entity, code: string | undefined, name = '') => {
    return code === undefined ? NAMED[name] ?? '' : String.fromCodePoint(Number(code))
  })
}
