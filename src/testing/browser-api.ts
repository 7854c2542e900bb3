import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { ClientSettings, TestTab } from './tab-api.ts'

/** The options of a browser. */
export interface BrowserOptions {
  /** The headers of every request, such as `{ 'user-agent': 'Firefox' }`. Default none. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A body: an object goes out as JSON, `URLSearchParams` as a form does. */
export type Payload = InjectOptions['payload'] | URLSearchParams

/** A browser of one person, on a machine of its own. Its tabs share cookies and channels. */
export interface TestBrowser {
  /** The tabs, in the order in which they were opened. */
  readonly tabs: readonly TestTab[]
  /** Lists the cookies that go out with a request of this path, by their names. Default `/`. */
  cookies (path?: string): Readonly<Record<string, string>>
  /**
   * Opens a page in a new tab, as a person does. The tab follows redirects, and starts the browser client by the tags
   * of the page.
   *
   * @param client for a page that another server makes: the kit does not ask for the page, and starts the client with
   * these
   */
  open (url: string, client?: ClientSettings): Promise<TestTab>
  /** Sends a request of the person with the cookies of the browser. It follows no redirect. */
  get (url: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  post (url: string, payload?: Payload, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  request (options: InjectOptions): Promise<LightMyRequestResponse>
  /**
   * Closes the lid of the machine for so many seconds, and opens it. Meanwhile nothing happens on its pages. The server
   * and all other browsers go on.
   *
   * @throws {TestKitError} when the store has a clock of its own
   */
  sleepLid (seconds: number): Promise<void>
  /** Closes all tabs, and forgets the cookies that last as long as the browser. */
  quit (): Promise<void>
}
