/**
 * Measures each call of the store to Redis, without HTTP, beside the calls of connect-redis. The figures are CPU time
 * of Redis, commands, bytes and memory, and for how long a command with the largest accepted sessions blocks Redis.
 *
 *     npm run bench:units -- [part of a name] [--rounds n] [--calls n] [--sessions n] [--bounds n] [--json file]
 *
 * In the mode "alone", eight nodes in turn make one call at a time, as many nodes with few requests each do. In the
 * mode "together", one node makes calls in batches, as a node does that serves a hundred browsers at once.
 */
import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { startRedis } from '../test/helpers/redis-server.ts'
import { machineOf } from './machine.ts'
import { progress } from './progress.ts'
import { measureBounds, renderBounds } from './units/bounds.ts'
import { measureUnits } from './units/measure.ts'
import { renderMemory } from './units/memory-table.ts'
import { renderUnits, unitRows } from './units/report.ts'
import { siteOf } from './units/site.ts'
import { chooseUnits } from './units/units.ts'
import { renderWeights, weigh } from './units/weights.ts'

interface Flags {
  readonly rounds: number
  readonly calls: number
  readonly sessions: number
  readonly bounds: number
  readonly json?: string
}

const program = new Command('npm run bench:units --')
  .argument('[name]', 'only what has this in its name, and the references')
  .option('--rounds <number>', 'rounds of every unit', Number, 15)
  .option('--calls <number>', 'calls of a unit in a round; of those that take long, a part of them', Number, 2000)
  .option('--sessions <number>', 'sessions whose memory is measured; 0 for none', Number, 100000)
  .option('--bounds <number>', 'calls with the largest sessions; 0 for none', Number, 20)
  .option('--json <file>', 'write the figures there too')
  .parse()

const { json, rounds, calls, sessions, bounds } = program.opts<Flags>()
const [wanted = ''] = program.args
const server = await startRedis()
const site = await siteOf(server)
try {
  const machine = await machineOf(server)
  console.log(`${machine}; ${rounds} rounds of ${calls} calls`)
  const units = unitRows(await measureUnits(site, chooseUnits(wanted), {
    rounds, calls, onRound: (round, { name }) => progress(`${round}/${rounds} ${name}`)
  }))
  progress()
  console.log(`\n${renderUnits(units)}`)
  progress('the largest sessions')
  const largest = bounds > 0 ? await measureBounds(site, bounds) : []
  progress()
  if (largest.length > 0) console.log(`\n${renderBounds(largest)}`)
  progress('memory')
  const weights = sessions > 0 ? await weigh(site, sessions) : undefined
  progress()
  if (weights !== undefined) console.log(`\n${renderWeights(weights, sessions)}\n\n${renderMemory(weights)}`)
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, units, largest, weights }, null, 2))
} finally {
  site.stop()
  await server.stop()
}
