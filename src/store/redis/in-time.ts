/** No answer came in time. */
class Overdue extends Error {}

/**
 * Calls back when so much time has passed and nothing has happened until then that the process could have read. Timers
 * run before sockets are read: a process that stood still looks first whether the answer is there.
 */
export function afterReading (ms: number, call: () => void): NodeJS.Timeout {
  return setTimeout(() => setImmediate(call), ms)
}

/** The answer, if it comes in time. @throws {Overdue} */
export function inTime<Answer> (ms: number, answer: Promise<Answer>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const timer = afterReading(ms, () => reject(new Overdue(`no answer within ${ms} ms`)))
    answer.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}
