import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Report } from './reporter.ts'
import { AT, MARK } from './reporter.ts'

/** A process that takes longer hangs. */
const LIMIT_MS = 400_000

/** The time for a process to end after its report. A process that does not end has left something open. */
const GRACE_MS = 20_000

const place = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** Runs test files in a process of their own, and reports what came of them. */
export async function runGroup (files: readonly string[]): Promise<Report> {
  const child = spawn(process.execPath, [
    // A file that uses MockTimers would have Node print a warning beside the output of others.
    '--disable-warning=ExperimentalWarning',
    '--expose-gc', '--import', 'tsx', '--test-reporter', place('reporter.ts'), place('group.ts'), ...files
  ])
  let output = ''
  const end = (): boolean => child.kill('SIGKILL')
  const limit = setTimeout(end, LIMIT_MS)
  let grace: NodeJS.Timeout | undefined
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
      if (grace === undefined && output.includes(`\n${MARK}`)) grace = setTimeout(end, GRACE_MS)
    })
  }
  const [code, signal] = await once(child, 'close')
  clearTimeout(limit)
  clearTimeout(grace)
  const report = read(output)
  if (report !== undefined) return report
  const reason = `${lastOf(output)}\nexit ${code ?? signal}\n${withoutMarks(output)}`
  return { passed: 0, skipped: 0, failures: [broken(files, reason)] }

  function read (text: string): Report | undefined {
    const line = text.split('\n').findLast(line => line.startsWith(MARK))
    if (line === undefined) return undefined
    const report: Report = JSON.parse(line.slice(MARK.length))
    if (report.failures.length > 0 || code === 0) return report
    return { ...report, failures: [broken(files, `exit ${code ?? signal} after the tests\n${withoutMarks(text)}`)] }
  }
}

/** The test that ran when the process ended. */
function lastOf (output: string): string {
  return `in ${output.split('\n').findLast(line => line.startsWith(AT))?.slice(AT.length) ?? 'no test'}`
}

function withoutMarks (output: string): string {
  return output.split('\n').filter(line => !line.startsWith(AT) && !line.startsWith(MARK)).join('\n')
}

function broken (files: readonly string[], error: string): Report['failures'][number] {
  return { file: files.join(' '), name: 'the process did not end by itself', error }
}
