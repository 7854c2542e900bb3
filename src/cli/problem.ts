/** The exit codes of the command line. */
export const EXIT = {
  ok: 0,
  /** It failed, or what was named is not there. */
  failed: 1,
  /** It was not understood. */
  usage: 2
} as const

/** What keeps a command from doing its work, in words for who called it. */
export class Problem extends Error {
  readonly exitCode: number

  constructor (message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** A call that is not understood. */
export class UsageProblem extends Problem {
  constructor (message: string) {
    super(message, EXIT.usage)
  }
}
