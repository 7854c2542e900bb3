/** A clock that stands still until it is told. */
export class FakeClock {
  nowMs = Date.UTC(2026, 0, 1)

  readonly now = (): number => this.nowMs

  advance (seconds: number): void {
    this.nowMs += Math.round(seconds * 1000)
  }
}
