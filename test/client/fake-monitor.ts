import type { IdleMonitor, MonitorEvent, MonitorSnapshot } from '../../src/client/monitor/monitor-api.ts'

const ACTIVE: MonitorSnapshot = {
  state: 'active',
  concealed: false,
  extendable: true,
  endsBy: 'idle',
  reason: null,
  warnAfter: 540,
  expireAfter: 600,
  refused: false,
  user: null
}

/** A monitor that says what the test wants, and remembers its calls. It runs in browsers too. */
export class FakeMonitor implements IdleMonitor {
  readonly calls: string[] = []
  readonly pingUrl = '/ping'
  tag: string | null = null
  isFramed = false
  /** The tag that the next answer brings; null for no change. */
  nextTag: string | null = null
  /** The work of `signOut`. */
  onSignOut: () => Promise<void> = async () => {}
  /** True if asking for more time gives it. */
  isReachable = true
  #endsAtMs = Infinity
  #snapshot = ACTIVE
  readonly #listeners = new Set<() => void>()
  readonly #events = new Set<{ event: MonitorEvent, listener: (snapshot: MonitorSnapshot) => void }>()

  /** The number of present listeners. */
  get listeners (): number {
    return this.#listeners.size + this.#events.size
  }

  /** Changes the snapshot. `expiresIn` is in seconds from now. */
  say (changes: Partial<MonitorSnapshot>, expiresIn?: number): void {
    if (expiresIn !== undefined) this.#endsAtMs = Date.now() + expiresIn * 1000
    this.#snapshot = { ...this.#snapshot, ...changes }
    globalThis.document?.documentElement.toggleAttribute('data-session-concealed', this.#snapshot.concealed)
    for (const listener of this.#listeners) listener()
    const { state } = this.#snapshot
    if (state === 'ended' || state === 'warning' || state === 'offline') this.emit(state)
  }

  warn (expiresIn: number, changes: Partial<MonitorSnapshot> = {}): void {
    this.say({ ...ACTIVE, state: 'warning', ...changes }, expiresIn)
  }

  relax (): void {
    this.say(ACTIVE, 600)
  }

  emit (event: MonitorEvent): void {
    for (const one of this.#events) {
      if (one.event === event) one.listener(this.#snapshot)
    }
  }

  start (): void {}
  stop (): void {}

  leave (): void {
    this.calls.push('leave')
  }

  activity (): void {
    this.calls.push('activity')
  }

  async extend (): Promise<MonitorSnapshot> {
    this.calls.push('extend')
    if (this.isReachable) this.relax()
    return this.#snapshot
  }

  async signOut (): Promise<void> {
    this.calls.push('signOut')
    this.emit('signOut')
    await this.onSignOut()
  }

  /** The tasks to be done before the page is left. */
  readonly tasks = new Set<() => Promise<unknown>>()

  beforeLeave (task: () => Promise<unknown>): () => void {
    this.tasks.add(task)
    return () => { this.tasks.delete(task) }
  }

  setPage (): void {}

  note (): void {}

  keepActive (): () => void {
    return () => {}
  }

  async check (): Promise<MonitorSnapshot> {
    this.calls.push('check')
    this.tag = this.nextTag ?? this.tag
    return this.#snapshot
  }

  subscribe (listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  getSnapshot (): MonitorSnapshot {
    return this.#snapshot
  }

  expiresInMs (): number {
    return Math.max(0, this.#endsAtMs - Date.now())
  }

  on (event: MonitorEvent, listener: (snapshot: MonitorSnapshot) => void): () => void {
    const one = { event, listener }
    this.#events.add(one)
    return () => this.#events.delete(one)
  }
}
