import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Kind } from './files.ts'
import { KINDS, groupsOf } from './files.ts'
import type { Failure } from './reporter.ts'
import { runGroup } from './run-group.ts'
import { setup } from './setup.ts'

// npm test: `run.ts check unit redis browser package`. The last line says whether all passed.

/** As many processes at a time. With more, tests that go by real time find no turn on two cores. */
const AT_A_TIME = { unit: 3, redis: 4, browser: 4, package: 2 }

const began = Date.now()
const failures: Failure[] = []
const alone: string[] = []
let passed = 0
let skipped = 0

const asked = process.argv.slice(2)
if (asked.includes('check')) {
  await Promise.all([script('typecheck'), script('lint').then(async () => await script('test:types'))])
}
if (KINDS.some(kind => kind !== 'unit' && asked.includes(kind))) await setup()
for (const kind of KINDS) {
  if (!asked.includes(kind)) continue
  if (kind === 'package' && !(await script('build'))) continue
  await runKind(kind)
}
report()

/** Runs all files of a kind. A file that fails runs once more when nothing runs beside it, and the report names it. */
async function runKind (kind: Kind): Promise<void> {
  const groups = groupsOf(kind)
  const failed = new Map<string, readonly Failure[]>()
  const next = async (): Promise<void> => {
    for (let files = groups.shift(); files !== undefined; files = groups.shift()) {
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
  }
  await Promise.all(Array.from({ length: AT_A_TIME[kind] }, next))
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
  if (alone.length > 0) console.log(`\nfailed beside others, and passed alone: ${alone.join(', ')}`)
  const counts = `${passed} tests passed, ${failures.length} failed, ${skipped} skipped, in ${seconds(began).trim()}`
  console.log(`\n${failures.length === 0 ? 'PASSED' : 'FAILED'}: ${counts}`)
  process.exitCode = failures.length === 0 ? 0 : 1
}

function seconds (since: number): string {
  return `${((Date.now() - since) / 1000).toFixed(1)} s`.padStart(8)
}
