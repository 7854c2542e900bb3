interface Line {
  readonly level: number
  readonly msg: string
  readonly [key: string]: unknown
}

/** Where pino writes in a test. */
export class LogCapture {
  readonly raw: string[] = []

  write (line: string): void {
    this.raw.push(line)
  }

  get lines (): Line[] {
    return this.raw.map(line => JSON.parse(line))
  }

  /** Lines of this package, at or above a level (30 is info). */
  ours (level = 30): Line[] {
    return this.lines.filter(line => line['plugin'] === 'fastify-session-security' && line.level >= level)
  }
}
