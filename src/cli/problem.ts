/** The exit codes of the command line. */
export const EXIT = {
  ok: 0,
  /** The command failed, or a named session or token does not exist. */
  failed: 1,
  /** The call is wrong. */
  usage: 2
} as const

/** Ends a command with a message for the operator. */
export class Problem extends Error {
  readonly exitCode: number

  constructor (message: string, exitCode: number = EXIT.failed) {
    super(message)
    this.exitCode = exitCode
  }
}

/** Refuses a wrong call. */
export class UsageProblem extends Problem {
  constructor (message: string) {
    super(message, EXIT.usage)
  }
}
