import type { EndedSession } from '../../src/index.ts'
import type { Answered } from './client.ts'
import type { FleetNode } from './fleet.ts'
import type { Errand } from './recorder.ts'
import { Recorder } from './recorder.ts'

/** The refusal of a store that did not answer in time. */
const REFUSED = 'FST_SESSION_SECURITY_STORE_UNAVAILABLE'

/** The error if a node closes an idle connection while a request is under way. */
const RESET = 'ECONNRESET'

/** The code of a sign-in or a renewal that `endUser` overtook. */
const REVOKED = 'FST_SESSION_SECURITY_REVOKED'

/** Counts what it would else remember: a soak has more exchanges than anybody compares. */
export class SoakRecorder extends Recorder {
  readonly counts = new Map<string, number>()
  /** Answers that nobody should have been given, the first of them. */
  readonly wrong: string[] = []
  answered = 0
  refused = 0
  readonly #begunAtMs: number[] = []

  override async send (node: FleetNode, errand: Errand): Promise<Answered> {
    const answered = await super.send(node, errand)
    this.exchanges.length = 0
    return this.count(errand.kind, answered)
  }

  /** Counts an answer to a person who acts alone. */
  count (what: string, answered: Answered): Answered {
    const { status, code = '', account } = answered
    this.answered++
    this.#add(what)
    if (account?.began !== undefined) this.#begunAtMs.push(this.now())
    if ((status === 503 && code === REFUSED) || (status === 0 && code === RESET)) this.refused++
    else if (status === 401 && code === REVOKED) this.#add('revoked under way')
    else if (status !== 200 && this.wrong.length < 20) this.wrong.push(`${what}: ${status} ${code}`)
    return answered
  }

  override note (_node: number, ended: EndedSession): void {
    this.#add(`ended: ${ended.reason}`)
  }

  /** Returns the number of sessions that began within so many ms, also by a renewal. The memory depends on these. */
  begunWithin (ms: number): number {
    const fromMs = this.now() - ms
    const kept = this.#begunAtMs.findIndex(atMs => atMs >= fromMs)
    this.#begunAtMs.splice(0, kept === -1 ? this.#begunAtMs.length : kept)
    return this.#begunAtMs.length
  }

  summary (): string {
    return [...this.counts].map(([what, count]) => `${count} × ${what}`).join(', ')
  }

  #add (what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1)
  }
}
