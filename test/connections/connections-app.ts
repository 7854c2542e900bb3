import assert from 'node:assert/strict'
import type { ConnectionEnd } from '../../src/connections/end.ts'
import type { TestAppOptions } from '../helpers/app.ts'
import type { BrowserJar } from '../helpers/browser-jar.ts'
import { until } from '../helpers/redis-process.ts'
import type { StepApp } from '../helpers/steps.ts'
import { buildStepApp } from '../helpers/steps.ts'

/** A target that notes why it was closed. */
export interface NotedTarget {
  /** In the order in which it was told. */
  readonly reasons: ConnectionEnd[]
  close (reason: ConnectionEnd): void
}

export function notedTarget (): NotedTarget {
  const reasons: ConnectionEnd[] = []
  return { reasons, close: reason => { reasons.push(reason) } }
}

export interface ConnectionsApp extends StepApp {
  /** Attaches a target to the session of that browser. */
  attach (browser: BrowserJar, target?: NotedTarget): Promise<NotedTarget>
  /** Lets so many seconds pass, and looks at all sessions if that is due. */
  pass (seconds: number): Promise<void>
  /** On how many sessions connections hang. */
  readonly size: number
}

/** An application whose connections a test attaches by hand. No look is due by itself: its clock stands still. */
export async function buildConnectionsApp (options: TestAppOptions = {}): Promise<ConnectionsApp> {
  const built = await buildStepApp(options)
  const { app, clock, ask } = built
  const connections = () => app.sessionSecurity.shared.connections()
  return {
    ...built,
    async attach (browser, target = notedTarget()) {
      const response = await ask(browser.copy(), async ({ sessionSecurity }) => await sessionSecurity.attach(target))
      assert.deepEqual(response.json(), [target.reasons.length === 0])
      return target
    },
    async pass (seconds) {
      clock.advance(seconds)
      await connections().tick()
    },
    get size () { return connections().size }
  }
}

/**
 * Waits until a target was closed.
 * @returns why
 */
export async function closed ({ reasons }: NotedTarget): Promise<ConnectionEnd | undefined> {
  await until('the target is closed', () => reasons.length > 0, 4000)
  assert.equal(reasons.length, 1)
  return reasons[0]
}
