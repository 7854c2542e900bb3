import type { Connection } from './connection.ts'
import { printableJson } from './printable.ts'
import { card } from './table.ts'
import type { Cells } from './table.ts'
import type { Terminal } from './terminal.ts'

/** What every command is given. */
export interface Context extends Connection {
  readonly terminal: Terminal
  /** For programs rather than for people. */
  readonly json: boolean
}

/** One thing: as JSON, or as a block for people. */
export async function printOne (
  { terminal, json, now }: Context, value: unknown, cells: (nowMs: number) => Cells
): Promise<void> {
  await terminal.print(json ? `${printableJson(value)}\n` : card(cells(await now())))
}

/** That it is not there: JSON says `null`, and people are told why. */
export async function printNone ({ terminal, json }: Context, why: string): Promise<void> {
  if (json) await terminal.print('null\n')
  else await terminal.tell(why)
}
