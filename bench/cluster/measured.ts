import { median } from '../median.ts'
import type { Mode } from '../units/measure.ts'
import type { UnitRow } from '../units/report.ts'
import type { BytesEach } from '../units/memory-table.ts'
import type { Measured, UnitCosts } from './paper.ts'
import type { ClusterRow } from './report.ts'

/** Names of the units from which `needsOf()` calculates a load. `bench/units/units.ts` defines them. */
const NAMES: Readonly<Record<keyof UnitCosts, string>> = {
  throttled: 'load, within the throttle',
  activeMoving: 'load, active, moves the index',
  signIn: 'sign-in',
  logOut: 'log-out',
  sweep: 'sweep, of each session',
  acknowledge: 'acknowledgement of an end'
}

/** Collects the figures of this run from which `needsOf()` calculates a load. */
export function measuredIn (
  units: readonly UnitRow[], rows: readonly ClusterRow[], memory: BytesEach, mode: Mode
): Measured {
  const find = (name: string): UnitRow[Mode] => {
    const unit = units.find(row => row.name === name)
    if (unit === undefined) throw new RangeError(`"${name}" was not measured`)
    return unit[mode]
  }
  const each = (of: (figures: UnitRow[Mode]) => number): UnitCosts => ({
    throttled: of(find(NAMES.throttled)),
    activeMoving: of(find(NAMES.activeMoving)),
    signIn: of(find(NAMES.signIn)),
    logOut: of(find(NAMES.logOut)),
    sweep: of(find(NAMES.sweep)),
    acknowledge: of(find(NAMES.acknowledge))
  })
  const server = (name: string): number => {
    return median(rows.filter(row => row.movesPerSecond === 0 && row.name.endsWith(name)).map(({ cpuUs }) => cpuUs))
  }
  return {
    redisCpuUs: each(({ cpuUs }) => cpuUs),
    networkBytes: each(({ bytesIn, bytesOut }) => bytesIn + bytesOut),
    serverCpuUs: { throttled: server('within the throttle'), active: server('active') },
    memory
  }
}
