import { readFile, readdir } from 'node:fs/promises'

const root = new URL('../../', import.meta.url)

/** A page of the documentation, and its path from the top of the repository. */
export interface Page {
  readonly path: string
  readonly text: string
}

const entries = await readdir(new URL('docs/', root), { recursive: true })
const inFolder = entries.filter(file => file.endsWith('.md')).sort()
const paths = [...inFolder.map(file => `docs/${file}`), 'CONTRIBUTING.md', 'SECURITY.md', 'README.md']

/** All pages: those of `docs/` first, the README last. */
export const pages: readonly Page[] = await Promise.all(
  paths.map(async path => ({ path, text: await readFile(new URL(path, root), 'utf8') }))
)

/** The text of all pages. */
export const docs = pages.map(({ text }) => text).join('\n')

/** Returns the text under a heading, for each page that has it. A page of `docs/` comes before the README. */
export function sections (heading: string): string[] {
  return pages.flatMap(({ text }) => {
    const [, rest] = `\n${text}`.split(new RegExp(`\\n#{1,4} ${heading.replaceAll(/[.()?]/g, '\\$&')}\\n`))
    return rest === undefined ? [] : [rest.split(/\n##+ /)[0] ?? '']
  })
}

/** Returns the rows of the tables under a heading whose first cell is code. */
export function table (heading: string): string[][] {
  const rows = sections(heading).map(section => section.split('\n').filter(line => /^\| `/.test(line)))
  return (rows.find(lines => lines.length > 0) ?? [])
    .map(cellsOf)
}

/** Returns the cells of a row of a table. */
export function cellsOf (line: string): string[] {
  return line.split(/(?<!\\)\|/).slice(1, -1).map(cell => cell.trim())
}

/** Returns the anchor of a heading, as GitHub makes it. */
export function anchorOf (heading: string): string {
  return heading.replace(/^#+ /, '').toLowerCase().replaceAll(/[^\w -]/g, '').replaceAll(' ', '-')
}
