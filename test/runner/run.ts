import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Kind } from './files.ts'
import { groupsOf } from './files.ts'
import type { Failure } from './reporter.ts'
import { runGroup } from './run-group.ts'
import { setup } from './setup.ts'

// npm test: `run.ts check unit redis browser package`. The last line says whether all passed.

/** The processes that run at a time. With more, tests that go by real time find no turn on two cores. */
const AT_A_TIME = 5

/** The kinds from those whose files take longest to those that wait for a browser. */
const ORDER: readonly Kind[] = ['package', 'redis', 'unit', 'browser', 'long']

/** The scripts of package.json that need no test file. */
const CHECKS = ['lint', 'typecheck', 'test:types']

type Job = () => Promise<void>

const began = Date.now()
const failures: Failure[] = []
const alone: string[] = []
let passed = 0
let skipped = 0

const failed = new Map<string, readonly Failure[]>()

const asked = process.argv.slice(2)
const kinds = ORDER.filter(kind => asked.includes(kind))
if (kinds.some(kind => kind !== 'unit')) await setup()
const isBuilt = !kinds.includes('package') || await script('build')
const checks = asked.includes('check') ? CHECKS.map((name): Job => async () => { await script(name) }) : []
const groups = isBuilt ? kinds.flatMap(groupsOf).map((files): Job => async () => await run(files)) : []
await runAll([...checks, ...groups])
await repeatFailed()
report()

/**
 * Runs some jobs at a time. Half of them are taken from the front, and half from the back, so that jobs that calculate
 * run beside tests that wait.
 */
async function runAll (jobs: Job[]): Promise<void> {
  await Promise.all(Array.from({ length: AT_A_TIME }, async (_, index) => {
    const take = (): Job | undefined => index % 2 === 0 ? jobs.shift() : jobs.pop()
    for (let job = take(); job !== undefined; job = take()) await job()
  }))
}

async function run (files: readonly string[]): Promise<void> {
  const started = Date.now()
  const { failures, ...counts } = await runGroup(files)
  passed += counts.passed
  skipped += counts.skipped
  for (const file of files) {
    const own = failures.filter(failure => failure.file.split(' ').includes(file))
    if (own.length > 0) failed.set(file, own)
  }
  console.log(`${seconds(started)}  ${counts.passed} passed  ${failures.length} failed  ${files.join(' ')}`)
}

/** Runs each file that failed once more, when nothing runs beside it. The report names it. */
async function repeatFailed (): Promise<void> {
  for (const [file, before] of failed) {
    const { failures: again } = await runGroup([file])
    print(before)
    if (again.length === 0) alone.push(file)
    else failures.push(...again)
  }
}

/** Runs a script of package.json, and prints what it prints when it fails. */
async function script (name: string): Promise<boolean> {
  const started = Date.now()
  const child = spawn('npm', ['run', '--silent', name])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', text => { output += text })
  const [code] = await once(child, 'close')
  console.log(`${seconds(started)}  ${code === 0 ? 'passed' : 'failed'}  npm run ${name}`)
  if (code !== 0) failures.push({ file: 'package.json', name: `npm run ${name}`, error: output })
  return code === 0
}

function print (list: readonly Failure[]): void {
  for (const { file, name, error } of list) console.log(`\n${file}\n  ${name}\n${error.replaceAll(/^/gm, '    ')}`)
}

function report (): void {
  print(failures)
  const names = failures.map(({ file, name }) => `  ${file}: ${name}`)
  if (names.length > 0) console.log(`\nfailed:\n${names.join('\n')}`)
  if (alone.length > 0) console.log(`\nfailed beside others, and passed alone: ${alone.join(', ')}`)
  const counts = `${passed} tests passed, ${failures.length} failed, ${skipped} skipped, in ${seconds(began).trim()}`
  console.log(`\n${failures.length === 0 ? 'PASSED' : 'FAILED'}: ${counts}`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

function seconds (since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`.padStart(8)
}
