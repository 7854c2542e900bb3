import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { SessionSite } from '../browser/session-site.ts'
import type { SessionSiteOptions } from '../browser/session-site.ts'
import { chromium } from './chromium.ts'
import type { BrowserKind, Driver, Tab } from './driver.ts'
import { firefox } from './firefox.ts'
import { addPages } from './pages.ts'
import { webkit } from './webkit.ts'

const KINDS: readonly BrowserKind[] = [chromium, firefox, webkit]

/** Bounds each script, in milliseconds. */
const SCRIPT_MS = 90_000

export interface Scene {
  readonly tab: Tab
  readonly driver: Driver
  readonly site: SessionSite
}

export interface Script extends Pick<SessionSiteOptions, 'security' | 'extend'> {
  /** The behaviour that a person sees, in a sentence. */
  readonly name: string
  readonly run: (scene: Scene) => Promise<void>
}

/**
 * Runs the same scripts in Chromium, Firefox and WebKit. Each begins without cookies at a site of its own.
 *
 * `BROWSERS=Firefox,WebKit` names the browsers. `PICTURES=folder` keeps a picture of each script that failed.
 */
export function inEveryBrowser (subject: string, scripts: readonly Script[]): void {
  const wanted = process.env.BROWSERS?.split(',')
  for (const { name, launch } of KINDS.filter(kind => wanted?.includes(kind.name) ?? true)) {
    describe(`${subject} in ${name}`, () => {
      let driver: Driver
      before(async () => { driver = await launch() })
      after(async () => { await driver?.close() })
      for (const script of scripts) {
        it(script.name, { timeout: SCRIPT_MS }, () => play(script, driver, `${subject} in ${name}: ${script.name}`))
      }
    })
  }
}

async function play ({ run, security = {}, extend }: Script, driver: Driver, title: string): Promise<void> {
  const site = new SessionSite({
    security,
    extend (app) {
      addPages(app)
      extend?.(app)
    }
  })
  await site.start()
  let tab: Tab | undefined
  try {
    tab = await driver.visit()
    await run({ tab, driver, site })
  } catch (error) {
    await keepPicture(title, tab)
    throw error
  } finally {
    await site.stop()
  }
}

async function keepPicture (title: string, tab: Tab | undefined): Promise<void> {
  const { PICTURES } = process.env
  if (PICTURES === undefined || tab === undefined) return
  const picture = await tab.screenshot().catch(() => null)
  await mkdir(PICTURES, { recursive: true })
  if (picture !== null) await writeFile(join(PICTURES, `${title.replaceAll(/\W+/g, '-')}.png`), picture)
}
