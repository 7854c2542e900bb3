import { anchorOf, cellsOf, pages } from '../package/docs.ts'

/** A table of a page, and the heading that it stands under. */
export interface Table {
  readonly path: string
  readonly heading: string
  readonly head: readonly string[]
  readonly rows: ReadonlyArray<readonly string[]>
}

/** The pages of docs/reference. */
export const reference = pages.filter(({ path }) => path.startsWith('docs/reference/'))

/** All tables of the reference. */
export const tables: readonly Table[] = reference.flatMap(({ path, text }) => tablesIn(path, text))

/** Returns the text under a heading with its subheadings, or the whole page. */
export function sectionAt (path: string, anchor: string): string | undefined {
  const lines = pages.find(page => page.path === path)?.text.split('\n') ?? []
  if (anchor === '') return lines.length === 0 ? undefined : lines.join('\n')
  const first = lines.findIndex(line => /^#+ /.test(line) && anchorOf(line) === anchor)
  if (first === -1) return undefined
  const level = lines[first]?.indexOf(' ') ?? 0
  const after = lines.findIndex((line, index) => index > first && /^#+ /.test(line) && line.indexOf(' ') <= level)
  return lines.slice(first, after === -1 ? undefined : after).join('\n')
}

/** The rows of the tables under a heading. */
export function rowsUnder (heading: string): ReadonlyArray<readonly string[]> {
  return tables.filter(table => table.heading === heading).flatMap(({ rows }) => rows)
}

/** Returns the inline code of a text. */
export function codesIn (text: string): string[] {
  return [...text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** Returns the names in the first cell of a row: `list` of `list({ user? })`. */
export function namesIn (cell: string): string[] {
  return codesIn(cell).flatMap(code => /^[\w-]+/.exec(code)?.[0] ?? [])
}

/** Returns whether a text has a name that is no part of another. */
export function hasName (text: string, name: string): boolean {
  return text.split(/[^\w:-]+/).some(word => word === name || word.split(':').includes(name))
}

function tablesIn (path: string, text: string): Table[] {
  const found: Array<{ path: string, heading: string, head: readonly string[], rows: string[][] }> = []
  let heading = ''
  let isInside = false
  for (const line of text.split('\n')) {
    if (/^#+ /.test(line)) heading = line.replace(/^#+ /, '')
    if (!line.startsWith('|')) isInside = false
    else if (!isInside) found.push({ path, heading, head: cellsOf(line), rows: [] })
    else if (!/^\|[ :|-]+\|$/.test(line)) found.at(-1)?.rows.push(cellsOf(line))
    isInside = line.startsWith('|')
  }
  return found
}
