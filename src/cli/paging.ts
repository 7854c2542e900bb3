import { printableJson } from './printable.ts'
import type { Context } from './context.ts'
import { table } from './table.ts'
import type { Cells } from './table.ts'

/** The part of a list that the operator wants. */
export interface Extent {
  readonly limit: number
  readonly all?: boolean
  readonly cursor?: string
}

interface Part<Row> {
  readonly rows: readonly Row[]
  readonly cursor: string | null
}

type Fetch<Row> = (page: { readonly limit: number, readonly cursor?: string }) => Promise<Part<Row>>

/** Rows that are fetched and printed together. */
const PAGE = 500

/** Fetches as many rows as are asked for. A part of the store's list may be shorter. */
async function gather<Row> (fetch: Fetch<Row>, limit: number, from: string | undefined): Promise<Part<Row>> {
  const rows: Row[] = []
  let cursor: string | null | undefined = from
  do {
    const part: Part<Row> = await fetch({
      limit: Math.min(PAGE, limit - rows.length), ...(cursor === undefined ? {} : { cursor })
    })
    rows.push(...part.rows)
    cursor = part.cursor
  } while (cursor !== null && rows.length < limit)
  return { rows, cursor }
}

/** Yields all pages, or the one that is asked for. */
async function * parts<Row> (fetch: Fetch<Row>, { limit, all = false, cursor }: Extent): AsyncGenerator<Part<Row>> {
  if (!all) return yield await gather(fetch, limit, cursor)
  let next: string | null | undefined = cursor
  do {
    const part: Part<Row> = await gather(fetch, PAGE, next)
    yield part
    next = part.cursor
  } while (next !== null)
}

export interface Listing<Row> {
  /** The name of the rows, in JSON and in messages. */
  readonly name: string
  readonly fetch: Fetch<Row>
  readonly cells: (row: Row, nowMs: number) => Cells
}

/** Prints a list while it is read, as tables or as one JSON document. A million rows need no memory. */
export async function printList<Row> (
  context: Context, { name, fetch, cells }: Listing<Row>, extent: Extent
): Promise<void> {
  const { terminal, json } = context
  let count = 0
  let rest: string | null = null
  if (json) await terminal.print(`{${JSON.stringify(name)}:[`)
  for await (const { rows, cursor } of parts(fetch, extent)) {
    if (json) {
      await terminal.print(rows.map((row, i) => `${count + i === 0 ? '' : ','}\n${printableJson(row)}`).join(''))
    } else if (rows.length > 0) {
      await printTable(context, rows, cells)
    }
    count += rows.length
    rest = cursor
  }
  if (json) await terminal.print(`\n],"cursor":${printableJson(rest)}}\n`)
  else if (count === 0) await terminal.say(`No ${name}.`)
  else if (rest !== null) await terminal.say(`There may be more: add --all, or --cursor ${rest}`)
}

async function printTable<Row> (
  { terminal, now }: Context, rows: readonly Row[], cells: Listing<Row>['cells']
): Promise<void> {
  const nowMs = await now()
  await terminal.print(table(rows.map(row => cells(row, nowMs)), terminal.columns))
}
