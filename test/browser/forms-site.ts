import { Readable } from 'node:stream'
import { after, before } from 'node:test'
import type { FastifyInstance } from 'fastify'
import type { Browser, Locator, Page } from 'playwright-core'
import { en } from '../../src/client/locales/en.ts'
import { launchBrowser } from '../helpers/chromium.ts'
import { page as html, startSite, until, withPage } from './test-site.ts'
import type { PageOptions } from './test-site.ts'

/** A key for drafts, as the server makes one for each user. */
export const DRAFT_KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8'

/** The script of all pages. Cookies name the person and the session; `as` sets them. The sign-in page has no guard. */
const SCRIPT = `
import { guardForms } from './src/client/forms/form-guard.ts'
import { FakeMonitor } from './test/client/fake-monitor.ts'
const cookies = new URLSearchParams(document.cookie.replaceAll('; ', '&'))
const monitor = globalThis.monitor = new FakeMonitor()
const user = cookies.get('user')
monitor.say({ user })
monitor.tag = cookies.get('tag')
monitor.nextTag = cookies.get('next')
globalThis.begin = options => { globalThis.guard = guardForms(monitor, { draftKey: cookies.get('key') ?? undefined,
  method: cookies.get('method') ?? undefined,
  ...options }) }
if (location.pathname !== '/login') globalThis.begin({})
globalThis.heard = []
for (const type of ['input', 'change']) addEventListener(type, event =>
  globalThis.heard.push(type + ' ' + event.target.name))
`

export interface Posted {
  readonly url: string
  readonly values: URLSearchParams
}

export interface FormsSiteOptions {
  readonly pages: Record<string, string>
  /** More code for the script of all pages. */
  readonly code?: string
  readonly extend?: (app: FastifyInstance, posted: Posted[]) => Promise<void>
}

/** Starts a site with forms for the tests of a suite. Call it in its `describe`. */
export function formsOfSuite (options: FormsSiteOptions): FormsSite {
  const site = new FormsSite()
  before(async () => await site.start(options))
  after(async () => await site.stop())
  return site
}

/** A site with forms, whose monitor says what the test wants, and a browser. */
class FormsSite {
  /** The values that were posted to it. */
  readonly posted: Posted[] = []
  #app: FastifyInstance | undefined
  #browser: Browser | undefined

  get origin (): string {
    return this.#app?.listeningOrigin ?? ''
  }

  async start ({ pages, code = '', extend }: FormsSiteOptions): Promise<void> {
    const all = { '/sent': html('Sent', ''), '/login': html('Sign in', ''), ...pages }
    this.#app = await startSite(all, SCRIPT + code, async app => {
      app.addHook('preParsing', async (request, _reply, payload) => {
        const chunks: Buffer[] = []
        for await (const chunk of payload) chunks.push(Buffer.from(chunk))
        const values = new URLSearchParams(Buffer.concat(chunks).toString())
        if (request.method === 'POST') this.posted.push({ url: request.url, values })
        return Readable.from(chunks)
      })
      await extend?.(app, this.posted)
    })
    this.#browser = await launchBrowser()
  }

  async stop (): Promise<void> {
    await this.#browser?.close()
    await this.#app?.close()
  }

  async use (test: (person: Person) => Promise<void>, options: PageOptions = {}, expected?: RegExp): Promise<void> {
    const [site, browser] = [this.#app, this.#browser]
    if (site === undefined || browser === undefined) throw new Error('not started')
    await withPage(browser, site, options, async page => await test(new Person(page, site.listeningOrigin)), expected)
  }
}

/** A person at a page. */
export class Person {
  readonly page: Page
  readonly origin: string
  /** The questions of the browser before a page was left. The person answers each with yes. */
  readonly asked: string[] = []

  constructor (page: Page, origin: string) {
    this.page = page
    this.origin = origin
    page.on('dialog', dialog => {
      this.asked.push(dialog.type())
      dialog.accept().catch(() => { /* the page has gone already */ })
    })
  }

  /** Signs in and goes to a page. */
  async as (user: string | null, tag: string, path: string, cookies: Record<string, string> = {}): Promise<void> {
    const { page, origin: url } = this
    await page.context().clearCookies()
    const all = { tag, ...(user === null ? {} : { user }), ...cookies }
    await page.context().addCookies(Object.entries(all).map(([name, value]) => ({ name, value, url })))
    // The browser would not load the same page under another hash.
    await page.goto('/login')
    await page.goto(path)
    await this.ready()
  }

  async ready (): Promise<void> {
    await until(this.page, '"guard" in globalThis')
  }

  /** Ends the session, and goes to the sign-in page. */
  async end (reason = 'idle'): Promise<void> {
    await this.page.evaluate(`Promise.all([...monitor.tasks].map(task => task()))
      .then(() => monitor.say({ state: 'ended', reason: '${reason}', concealed: true })).then(() => {
        location.replace('/login') })`)
    await this.page.waitForURL('/login')
  }

  get offered (): Locator {
    return this.page.locator('.session-security-draft')
  }

  async offer (): Promise<Locator> {
    await this.offered.waitFor()
    return this.offered
  }

  async restore (): Promise<void> {
    await this.offered.getByRole('button', { name: en.restore }).click()
    await this.page.getByText(new RegExp(`${en.restored}|entries are back`)).waitFor()
  }

  /** Returns the content of the storage once all is written. */
  async kept (): Promise<string> {
    await this.page.evaluate('Promise.all([...monitor.tasks].map(task => task()))')
    return String(await this.page.evaluate(
      'Object.entries(sessionStorage).filter(([key]) => key.includes(":draft:")).map(([, value]) => value).join()'
    ))
  }
}
