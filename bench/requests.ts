/**
 * What a request costs, beside the peers, each in a process of its own, on a Redis of its own.
 *
 *     npm run bench -- [part of a name] [--quick] [--rounds n] [--seconds n] [--json file]
 */
import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { startRedis } from '../test/helpers/redis-server.ts'
import { machineOf } from './machine.ts'
import { render, rowsOf } from './requests/report.ts'
import { runRounds } from './requests/run-rounds.ts'
import { FLOORS, SCENARIOS } from './requests/scenarios.ts'

interface Flags {
  readonly quick?: boolean
  readonly rounds?: string
  readonly seconds?: string
  readonly json?: string
}

const program = new Command('npm run bench --')
  .argument('[name]', 'only what has this in its name, and the floors')
  .option('--quick', 'fewer, shorter rounds: less than two minutes, and not to be quoted')
  .option('--rounds <number>', 'rounds of every scenario (default: 5)')
  .option('--seconds <number>', 'seconds of a round (default: 3)')
  .option('--json <file>', 'write the figures there too')
  .parse()

const { quick = false, json, rounds = quick ? 1 : 5, seconds = quick ? 1 : 3 } = program.opts<Flags>()
const [wanted = ''] = program.args
const scenarios = SCENARIOS.filter(({ name, isQuick }) => (FLOORS as readonly string[]).includes(name) || (name.includes(wanted) && (!quick || isQuick === true)))
const server = await startRedis()
try {
  const machine = `${await machineOf(server)}; ${rounds} rounds of ${seconds} s`
  const samples = await runRounds(server, scenarios, {
    rounds: Number(rounds),
    seconds: Number(seconds),
    onRound: (round, { name }) => { if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${round}/${rounds} ${name}`) }
  })
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K')
  const rows = rowsOf(samples)
  console.log(`${machine}\n\n${render(rows)}`)
  if (json !== undefined) await writeFile(json, JSON.stringify({ machine, rows }, null, 2))
} finally {
  await server.stop()
}
