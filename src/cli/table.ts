import Table from 'cli-table3'
import { printable } from './printable.ts'

/** A row for people. An undefined cell is not known. */
export type Cells = Readonly<Record<string, string | undefined>>

const PLAIN = Object.fromEntries([
  'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right',
  'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'
].map(name => [name, '']))

const STYLE = { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 }

/**
 * Prints rows as a table, or as blocks where the table is too wide. A cut handle is useless. Columns without a known
 * cell are left out.
 */
export function table (rows: readonly Cells[], columns: number): string {
  const names = [...new Set(rows.flatMap(Object.keys))].filter(name => rows.some(row => row[name] !== undefined))
  const grid = new Table({ chars: PLAIN, style: STYLE, head: names.map(name => name.toUpperCase()) })
  for (const row of rows) grid.push(names.map(name => printable(row[name] ?? '-')))
  if (grid.width - STYLE['padding-right'] > columns) return rows.map(card).join('\n')
  return tidy(grid.toString())
}

/** Prints one row as a block, with a line for each known cell. */
export function card (row: Cells): string {
  const grid = new Table({ chars: PLAIN, style: STYLE })
  for (const [name, text] of Object.entries(row)) if (text !== undefined) grid.push([name, printable(text)])
  return tidy(grid.toString())
}

function tidy (text: string): string {
  return text.split('\n').map(line => `${line.trimEnd()}\n`).join('')
}
