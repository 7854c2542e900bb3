import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { LightMyRequestResponse } from 'fastify'
import type { StoreKit } from '../helpers/store-kits.ts'
import type { HistoryApp } from './history-app.ts'
import { Passage, buildHistoryApp, isPassive } from './history-app.ts'
import type { Found, Line, ModelSession } from './history-model.ts'
import { HistoryModel } from './history-model.ts'
import type { Act, Step, User } from './history-steps.ts'
import { USERS, histories } from './history-steps.ts'
import { compareAudit, compareEnds, compareStore, isByCall, sessionIdIn } from './history-comparison.ts'

/** The largest number of requests under way: two tabs, two each. */
const MOST_HELD = 4

/** A request that was sent and not yet answered. */
interface Held {
  readonly passage: Passage
  readonly cookie: string | undefined
  readonly found: Found
  readonly response: Promise<LightMyRequestResponse>
  /** The line that the answer is to carry, once the change is written. */
  line: Line | undefined
  writtenAtMs: number
}

/**
 * An answer on its way to the browser, by its cookie line.
 *
 * It is a cookie's value, '' to clear it, or `undefined` for no line.
 */
interface Answer {
  readonly value: string | undefined
}

/**
 * Plays one history on an application and a model, and compares them after every step.
 *
 * Answers with a cookie line arrive in the order of their writes, also those of renewals: no server can take back a
 * line that the network delays. Answers without a line arrive whenever the history says.
 */
export async function playHistory (kit: StoreKit, steps: readonly Step[]): Promise<void> {
  const history = new History(await buildHistoryApp(kit))
  try {
    for (const step of steps) {
      history.model.batch++
      await history.play(step)
      await history.compare()
    }
    await history.finish()
  } finally {
    await history.close()
  }
}

/** Plays so many random histories. */
export async function playHistories (kit: StoreKit, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(histories, async steps => await playHistory(kit, steps)),
    { numRuns: runs, includeErrorInReport: true }
  )
}

class History {
  readonly model: HistoryModel
  readonly #app: HistoryApp
  readonly #held: Held[] = []
  readonly #answers: Answer[] = []
  /** The session of each cookie. */
  readonly #cookies = new Map<string, ModelSession>()
  readonly #handles = new Map<ModelSession, string>()
  /** The cookie in the browser. */
  #jar: string | undefined
  /** The session that the browser has once all answers have arrived. */
  #browser: ModelSession | undefined

  constructor (app: HistoryApp) {
    this.#app = app
    this.model = new HistoryModel(app.clock.now)
  }

  async play (step: Step): Promise<void> {
    switch (step.step) {
      case 'send': {
        const [held] = await this.#send([step.act], step.user, step.saves)
        if (held === undefined || !step.through) return
        while (this.#held.includes(held)) await this.#goOn([held])
        while (this.#answers.length > 0) this.#arrive(0)
        return
      }
      case 'send both':
        await this.#send(step.acts, step.user, false)
        return
      case 'go on':
        return await this.#goOn(this.#pick(step.which, 1))
      case 'go on both':
        return await this.#goOn(this.#pick(step.which, 2))
      case 'arrive':
        if (this.#answers.length > 0) this.#arrive(step.which % this.#answers.length)
        return
      case 'ping':
        return await this.#ping()
      case 'wait':
        this.#app.clock.advance(step.seconds)
        return
      case 'revoke':
        await this.#app.app.sessionSecurity.endUser(step.user)
        this.model.revoke(step.user)
    }
  }

  async compare (): Promise<void> {
    await compareStore(this.#app, this.model, this.#cookies, this.#handles)
  }

  /** Ends everything that is under way. Then the browser must be signed in as the model says. */
  async finish (): Promise<void> {
    while (this.#held.length > 0) {
      this.model.batch++
      await this.#goOn(this.#pick(0, 1))
    }
    while (this.#answers.length > 0) this.#arrive(0)
    await this.compare()
    const { app, clock, ends, audit } = this.#app
    const page = await app.inject({ url: '/', ...this.#sentCookies })
    assert.equal(page.json().user, this.#says, 'as whom the browser is signed in')
    this.model.load(this.#presented, false)
    for (const [cookie, session] of this.#cookies) {
      const poll = await app.inject({ url: '/passive', cookies: { sessionId: cookie } })
      const user = this.model.isLive(session) ? session.user : null
      assert.equal(poll.json().user, user, 'G15: as whom a cookie is signed in')
      assert.equal(poll.headers['set-cookie'], undefined)
    }
    compareEnds(ends.filter(isByCall), isByCall, this.model, this.#handles) // at once, before any sweep
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      await app.sessionSecurity.sweep()
      clock.advance(120) // everybody is idle, and every lease has run out
      for (const user of USERS) this.model.liveOf(user)
    }
    await app.close()
    compareEnds(ends, () => true, this.model, this.#handles)
    compareAudit(audit, ends)
  }

  async close (): Promise<void> {
    for (const { passage } of this.#held) for (const door of [passage.leave, passage.answer]) door.open()
    await this.#app.app.close()
  }

  /** Returns the session of the browser's cookie, in any state. */
  get #presented (): ModelSession | undefined {
    return this.#jar === undefined ? undefined : this.#cookies.get(this.#jar)
  }

  get #sentCookies (): { cookies?: Record<string, string> } {
    return this.#jar === undefined ? {} : { cookies: { sessionId: this.#jar } }
  }

  /** Returns the user by the last act of the person, once all answers have arrived. */
  get #says (): User | null {
    return this.#browser !== undefined && this.model.isLive(this.#browser) ? this.#browser.user : null
  }

  async #send (acts: readonly Act[], user: User, saves: boolean): Promise<Held[]> {
    if (this.#held.length + acts.length > MOST_HELD) return []
    const [cookie, presented] = [this.#jar, this.#presented] // before the answer of another tab arrives
    const sent = acts.map(act => {
      const passage = new Passage(act, user, saves)
      const response = this.#app.send(passage, cookie)
      return { passage, response, cookie, line: undefined, writtenAtMs: 0 }
    })
    await Promise.all(sent.map(async ({ passage, response }) => await Promise.race([passage.entered.opened, response])))
    const held = sent.map(one => {
      return { ...one, found: this.model.load(presented, isPassive(one.passage.act)) }
    })
    for (const { passage, found: { live } } of held) {
      assert.equal(passage.saw, live?.user ?? null, 'whom a handler sees (G4)')
    }
    this.#held.push(...held)
    return held
  }

  #pick (which: number, count: number): Held[] {
    const { length } = this.#held
    const picked = Array.from({ length: Math.min(count, length) }, (_, i) => this.#held[(which + i) % length])
    return picked.filter(held => held !== undefined)
  }

  /** Lets the requests go on in the same tick, each to its next wait. The store writes in the order of the model. */
  async #goOn (going: readonly Held[]): Promise<void> {
    const writing = going.filter(({ line }) => line === undefined)
    const answering = going.filter(({ line, passage }) => line !== undefined || !passage.saves)
    const responses = new Map<Held, LightMyRequestResponse>()
    const { writers, clock } = this.#app
    writers.length = 0
    const reached = going.map(async held => {
      const { passage, response } = held
      const saved = passage.saved.opened.then(() => null)
      if (held.line === undefined) passage.leave.open()
      else passage.answer.open()
      if (answering.includes(held)) responses.set(held, await response)
      else {
        const early = await Promise.race([saved, response])
        if (early !== null) responses.set(held, early) // its save was refused
      }
    })
    await Promise.all(reached)
    for (const held of writing.sort((a, b) => writers.lastIndexOf(a.passage) - writers.lastIndexOf(b.passage))) {
      const { passage: { act, user, handle } } = held
      const line = this.model.write(act, user, held.found)
      Object.assign(held, { line, writtenAtMs: clock.nowMs })
      if (line.kind === 'set' && handle !== null) this.#handles.set(line.session, handle)
    }
    for (const [held, response] of responses) { // in the order in which they were written
      if (!answering.includes(held)) assert.equal(held.line?.kind, 'refused', `answered early: ${response.body}`)
      this.#held.splice(this.#held.indexOf(held), 1)
      this.#takeAnswer(held, response)
    }
  }

  #takeAnswer (held: Held, response: LightMyRequestResponse): void {
    const { passage: { act }, cookie, line = { kind: 'none' }, writtenAtMs } = held
    assert.equal(response.statusCode, line.kind === 'refused' ? 401 : 200, response.body)
    if (line.kind === 'refused') assert.equal(response.json().code, 'FST_SESSION_SECURITY_REVOKED')
    const lines = [response.headers['set-cookie'] ?? []].flat()
    const [first] = response.cookies
    const value = first === undefined ? undefined : first.maxAge === 0 ? '' : first.value
    assert.ok(lines.length <= 1, `one Set-Cookie line at most: ${lines.join(' | ')}`)
    if (line.kind === 'none' || line.kind === 'refused') {
      assert.equal(
        value, undefined, `G14: "${act}" has nothing to say about the cookie`
      )
    } else if (line.kind === 'clear') this.#takeSignOut(act, cookie, value)
    else this.#takeBeginning(line.session, value, writtenAtMs)
    this.#answers.push({ value })
  }

  #takeSignOut (act: Act, cookie: string | undefined, value: string | undefined): void {
    if (act === 'delete user' && value !== '' && value !== undefined) {
      const rest = this.model.begin() // an anonymous session with the rest
      this.#give(value, rest)
      this.#browser = rest
      return
    }
    assert.equal(value, cookie === undefined ? undefined : '', `"${act}" takes the cookie away`)
    this.#browser = undefined
  }

  #takeBeginning (session: ModelSession, value: string | undefined, writtenAtMs: number): void {
    const { model } = this
    const { store, clock } = this.#app
    if (model.isLive(session)) assert.notEqual(value ?? '', '', 'the cookie of a session that began goes out')
    else if (session.over?.batch !== model.batch) {
      // The plugin decides about a line on knowledge not older than freshFor (G14).
      const isKnown = clock.nowMs - writtenAtMs >= store.freshForMs
      if (isKnown) assert.equal(value, undefined, 'a session that is over gets no cookie')
    }
    if (value === undefined) return
    this.#give(value, session)
    this.#browser = session
  }

  #give (value: string, session: ModelSession): void {
    assert.ok(!this.#cookies.has(value), 'a session that begins has a new id')
    this.#cookies.set(value, session)
    const { store } = this.#app
    this.#handles.set(session, store.handleOf(sessionIdIn(value)))
  }

  #arrive (which: number): void {
    const answer = this.#answers[which]
    const first = this.#answers.find(({ value }) => value !== undefined)
    const arriving = answer?.value === undefined ? answer : first
    if (arriving === undefined) return
    this.#answers.splice(this.#answers.indexOf(arriving), 1)
    if (arriving.value !== undefined) this.#jar = arriving.value === '' ? undefined : arriving.value
  }

  async #ping (): Promise<void> {
    const presented = this.#presented
    const response = await this.#app.app.inject({
      url: '/session_security/ping?idleFor=0',
      ...this.#sentCookies
    })
    this.model.load(presented, false)
    assert.equal(response.headers['set-cookie'], undefined, 'G14: a ping sends no line')
  }
}
