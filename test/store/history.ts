import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { HistoryWorld } from './history-run.ts'
import { HistoryRun } from './history-run.ts'
import type { History } from './history-steps.ts'
import { histories } from './history-steps.ts'

export interface HistoryKit {
  readonly name: string
  /** The number of histories. A slow machine plays fewer. */
  readonly runs: number
  open (): HistoryWorld
}

/** The number of histories to play, however long that takes. */
const RUNS = process.env['STORE_HISTORIES']

const SIGN_IN = { act: 'begin', user: 'ada', instead: null, since: 0, limit: null, node: 0 } as const

/** Milliseconds after which no further history begins. */
const LIMIT_MS = 30_000

/** A user with more sessions than one script ends. */
const CROWD: History = {
  limit: null,
  steps: [
    ...Array.from({ length: 120 }, () => ({ calls: [SIGN_IN], tells: true, seconds: 0 })),
    { calls: [{ act: 'endOthers', which: 5, isCaller: true, node: 1 }], tells: true, seconds: 1 },
    { calls: [{ ...SIGN_IN, instead: 0, since: 3 }], tells: true, seconds: 0 },
    { calls: [{ act: 'endUser', user: 'ada', node: 0 }], tells: false, seconds: 0 }
  ]
}

/** Declares the tests. Call it at the top of a test file, as the kits are made there. */
export function testHistories (kit: HistoryKit): void {
  const play = async (history: History): Promise<void> => await new HistoryRun(kit.open(), history).play()

  describe(`any history of sessions on ${kit.name}`, () => {
    it('keeps alive, notifies of and indexes the sessions of the model', async () => {
      const end = RUNS === undefined ? Date.now() + LIMIT_MS : Infinity
      // fast-check's own limit would leave a history running, which moves the clock of the next test.
      const property = fc.asyncProperty(histories, async history => { if (Date.now() < end) await play(history) })
      await fc.assert(property, { numRuns: Number(RUNS ?? kit.runs), includeErrorInReport: true })
    })

    it('is the same if a user has more sessions than one script ends', async () => await play(CROWD))
  })
}
