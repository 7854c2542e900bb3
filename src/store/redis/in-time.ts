/** The error of a command without an answer in time. */
class Overdue extends Error {}

/**
 * Calls back after some time, once waiting data has been read. Timers run before sockets are read: a process that stood
 * still first looks whether the answer is there.
 */
export function afterReading (ms: number, call: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(call), ms)
}

/**
 * Resolves with an answer if it comes in time.
 * @throws {Overdue}
 */
export function inTime<Answer> (ms: number, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = afterReading(ms, () => reject(new Overdue(`no answer within ${ms} ms`)))
    answer.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
