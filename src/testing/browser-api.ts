import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { ClientSettings, TestTab } from './tab-api.ts'

export interface BrowserOptions {
  /** What every request of the browser brings, such as `{ 'user-agent': 'Firefox' }`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What a body may be: an object goes out as JSON, `URLSearchParams` as a form does. */
export type Payload = InjectOptions['payload'] | URLSearchParams

/** A browser of one person, on a machine of its own: its tabs share cookies, and hear each other. */
export interface TestBrowser {
  /** In the order in which they were opened. */
  readonly tabs: readonly TestTab[]
  /** The cookies that go out with a request of this path, by their names. Default: `/`. */
  cookies (path?: string): Readonly<Record<string, string>>
  /**
   * Opens a page in a tab of its own, as a person does: redirects are followed, and the browser client starts as the
   * tags in the page say.
   *
   * @param client for a page that another server makes: the page is not asked for, and the client starts with these
   */
  open (url: string, client?: ClientSettings): Promise<TestTab>
  /** Sends a request with the cookies of the browser. No redirect is followed. It counts as any other of a person. */
  get (url: string, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  post (url: string, payload?: Payload, headers?: Readonly<Record<string, string>>): Promise<LightMyRequestResponse>
  request (options: InjectOptions): Promise<LightMyRequestResponse>
  /**
   * Closes the lid of the machine for so many seconds, and opens it: meanwhile nothing happens on its pages, while the
   * server and all other browsers go on.
   * @throws {TestKitError} when the store goes by a clock of its own
   */
  sleepLid (seconds: number): Promise<void>
  /** Closes all tabs, and forgets the cookies that last as long as the browser. */
  quit (): Promise<void>
}
