import type { TestEvent } from 'node:test/reporters'
import { inspect } from 'node:util'

/** The line that begins the report of a process. */
export const MARK = '#report '

/** The line that names the test that starts. */
export const AT = '#at '

/** The result of the test files of one process. */
export interface Report {
  readonly passed: number
  readonly skipped: number
  readonly failures: readonly Failure[]
}

export interface Failure {
  /** The test file. */
  readonly file: string
  /** The names of the suites and of the test. */
  readonly name: string
  readonly error: string
}

/**
 * Prints a line for each test that starts, and after the last file the report.
 *
 * A server that a test left open keeps the process alive, and the stream of events open. The report does not wait
 * for it.
 */
export default async function * reporter (events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = []
  const failures: Failure[] = []
  let files = process.argv.length - 2
  let passed = 0
  let skipped = 0
  for await (const { type, data } of events) {
    if (type === 'test:start') {
      names.length = data.nesting
      names.push(data.name)
      yield `${AT}${names.join(' › ')}\n`
    } else if (type === 'test:pass' && data.details.type !== 'suite') {
      if (data.skip === undefined && data.todo === undefined) passed++
      else skipped++
    } else if (type === 'test:fail' && !failedInside(data.details.error)) {
      const [file = '', ...name] = [...names.slice(0, data.nesting), data.name]
      failures.push({ file, name: name.join(' › '), error: inspect(data.details.error.cause ?? data.details.error) })
    }
    if ((type === 'test:pass' || type === 'test:fail') && data.nesting === 0 && --files === 0) {
      yield `${MARK}${JSON.stringify({ passed, skipped, failures } satisfies Report)}\n`
    }
  }
}

/** Whether a suite failed only because a test in it did. */
function failedInside (error: Error): boolean {
  return 'failureType' in error && error.failureType === 'subtestsFailed'
}
