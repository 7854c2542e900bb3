import type { FastifyReply, FastifyRequest, LightMyRequestResponse } from 'fastify'
import type { TestApp, TestAppOptions } from './app.ts'
import { buildApp, gate, pass } from './app.ts'
import type { BrowserJar } from './browser-jar.ts'

/** Something that a handler does, and what it says of it. */
export type Step = (request: FastifyRequest, reply: FastifyReply) => unknown

export const regenerate: Step = async ({ session }) => { await session.regenerate(['user']) }
export const reauthenticate: Step = ({ sessionSecurity }) => { sessionSecurity.reauthenticated() }
export const save: Step = async ({ session }) => { await session.save() }
export const endOthers: Step = async ({ sessionSecurity }) => (await sessionSecurity.endOtherSessions()).length
export const confirm: Step = async ({ sessionSecurity }) => (await sessionSecurity.confirm()).state
export const recordActivity: Step = async ({ sessionSecurity }) => await sessionSecurity.recordActivity()
export const signInAs = (user: string): Step => ({ session }) => { session.user = user }

/** An application whose handlers do what the test says. */
export interface StepApp extends TestApp {
  /** A request that takes these steps, and answers with what each of them said. */
  ask (browser: BrowserJar, ...steps: readonly Step[]): Promise<LightMyRequestResponse>
  /** Begins a request that stops before each step. It has stopped at the first one. */
  hold (browser: BrowserJar, ...steps: readonly Step[]): Promise<HeldRequest>
  /** Returns the user who is signed in with these cookies. */
  who (browser: BrowserJar): Promise<string | null>
  /** Counts the live sessions of a user. */
  living (user: string): Promise<number>
}

export interface HeldRequest {
  readonly answer: Promise<LightMyRequestResponse>
  /** Lets it take one step, and waits for the next stop. */
  step (): Promise<void>
  /** Lets it take all that are left. */
  finish (): Promise<LightMyRequestResponse>
}

export async function buildStepApp (options: TestAppOptions = {}): Promise<StepApp> {
  const plans: Array<readonly Step[]> = []
  const built = await buildApp({
    ...options,
    routes: app => {
      app.post<{ Params: { plan: number } }>('/steps/:plan', async (request, reply) => {
        const said: unknown[] = []
        try {
          for (const step of plans[request.params.plan] ?? []) said.push(await step(request, reply) ?? null)
        } finally {
          if (reply.sent) reply.raw.end(JSON.stringify(said)) // it was hijacked
        }
        if (!reply.sent) return said
      })
      options.routes?.(app)
    }
  })

  const ask: StepApp['ask'] = async (browser, ...steps) => await browser.post(`/steps/${plans.push(steps) - 1}`)
  return {
    ...built,
    ask,
    hold: async (browser, ...steps) => {
      const gates = [...steps, null].map(() => gate())
      const stops: Step[] = gates.map(at => async () => { await pass(at) })
      let next = 0
      const answer = ask(browser, ...stops.flatMap((stop, i) => [stop, ...steps.slice(i, i + 1)]))
      const stopped = async (): Promise<void> => { await Promise.race([gates[next]?.entered.opened, answer]) }
      const step = async (): Promise<void> => {
        gates[next++]?.leave.open()
        await stopped()
      }
      await stopped()
      return {
        answer,
        step,
        finish: async () => {
          for (const { leave } of gates) leave.open()
          return await answer
        }
      }
    },
    who: async browser => (await browser.copy().get('/passive')).json().user,
    living: async user => (await built.app.sessionSecurity.list({ user })).sessions.length
  }
}
