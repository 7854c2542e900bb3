import { median, medianRatio } from '../median.ts'
import { markdown } from '../table.ts'
import type { Cost, Costs, Mode } from './measure.ts'
import { MODES } from './measure.ts'
import { GET, GET_AND_SET } from './references.ts'

/** The medians of a unit's rounds, for one call. */
interface UnitFigures {
  readonly cpuUs: number
  /** Half of the range of `cpuUs` over the rounds, divided by the median. */
  readonly spread: number
  /** Median ratio to the CPU time of a `GET` of the same round. */
  readonly timesGet: number | undefined
  /** Median ratio to the CPU time of `GET` and `SET` of the same round. */
  readonly timesGetAndSet: number | undefined
  readonly commands: number
  /** Commands that scripts call. */
  readonly inside: number
  readonly bytesIn: number
  readonly bytesOut: number
}

export interface UnitRow extends Readonly<Record<Mode, UnitFigures>> {
  readonly name: string
}

export function unitRows (costs: Costs): UnitRow[] {
  const find = (name: string): Readonly<Record<Mode, readonly Cost[]>> | undefined => {
    return [...costs].find(([unit]) => unit.name === name)?.[1]
  }
  const [get, getAndSet] = [find(GET), find(GET_AND_SET)]
  return [...costs].map(([{ name }, rounds]) => {
    const of = (mode: Mode): UnitFigures => figuresOf(rounds[mode], get?.[mode], getAndSet?.[mode])
    return { name, alone: of('alone'), together: of('together') }
  })
}

function figuresOf (rounds: readonly Cost[], get: readonly Cost[] = [], getAndSet: readonly Cost[] = []): UnitFigures {
  const cpu = cpuUsOf(rounds)
  const middle = (of: (cost: Cost) => number): number => median(rounds.map(of))
  return {
    cpuUs: median(cpu),
    spread: (Math.max(...cpu) - Math.min(...cpu)) / 2 / median(cpu),
    timesGet: medianRatio(cpu, get.length === 0 ? undefined : cpuUsOf(get)),
    timesGetAndSet: medianRatio(cpu, getAndSet.length === 0 ? undefined : cpuUsOf(getAndSet)),
    commands: middle(({ commands }) => commands),
    inside: middle(({ calls, commands }) => calls - commands),
    bytesIn: middle(({ bytesIn }) => bytesIn),
    bytesOut: middle(({ bytesOut }) => bytesOut)
  }
}

function cpuUsOf (rounds: readonly Cost[]): number[] {
  return rounds.map(({ cpuSeconds }) => cpuSeconds * 1e6)
}

const HEAD = [
  ...MODES.flatMap(mode => {
    return [`${mode}: Redis CPU µs`, '± %', `× ${GET}`, `× ${GET_AND_SET}`, 'commands', 'bytes in', 'out']
  }),
  'inside scripts'
]

export function renderUnits (rows: readonly UnitRow[]): string {
  return markdown(['', ...HEAD], rows.map(row => [
    row.name,
    ...MODES.flatMap(mode => {
      const { cpuUs, spread, timesGet, timesGetAndSet, commands, bytesIn, bytesOut } = row[mode]
      return [
        cpuUs.toFixed(1), (spread * 100).toFixed(0), timesGet?.toFixed(2) ?? '', timesGetAndSet?.toFixed(2) ?? '',
        commands.toFixed(2), bytesIn.toFixed(0), bytesOut.toFixed(0)
      ]
    }),
    row.alone.inside.toFixed(1)
  ]))
}
