import type { Connection } from './connection.ts'
import { printableJson } from './printable.ts'
import { card } from './table.ts'
import type { Cells } from './table.ts'
import type { Terminal } from './terminal.ts'

/** Holds what every command receives. */
export interface Context extends Connection {
  readonly terminal: Terminal
  /** Whether the output is JSON, for programs. */
  readonly json: boolean
}

/** Prints one thing: as JSON, or as a block for people. */
export async function printOne (
  { terminal, json, now }: Context, value: unknown, cells: (nowMs: number) => Cells
): Promise<void> {
  await terminal.print(json ? `${printableJson(value)}\n` : card(cells(await now())))
}

/** Prints that a thing is not there: `null` as JSON, or the reason for people. */
export async function printNone ({ terminal, json }: Context, why: string): Promise<void> {
  if (json) await terminal.print('null\n')
  else await terminal.say(why)
}
