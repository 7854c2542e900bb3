/** What is used of `window`: a test gives another one. Read at each call, because fake clocks replace its parts. */
export interface Surroundings {
  setTimeout (run: () => void, ms: number): unknown
  // Each kind of surroundings has its own kind of timer.
  clearTimeout (timer: never): void
  addEventListener (name: string, listener: (event: Event) => void, options: AddEventListenerOptions): void
  readonly performance: { now (): number, getEntriesByType? (type: string): readonly object[] }
  readonly Date: { now (): number }
  readonly document: { readonly hidden: boolean, readonly documentElement: Pick<Element, 'toggleAttribute'> }
  readonly location: Pick<Location, 'pathname' | 'search' | 'hash' | 'replace' | 'reload'>
  readonly history?: Pick<History, 'replaceState'>
  readonly navigator: { sendBeacon? (url: string, body: string): boolean }
  // A test's page has no nodes.
  readonly MutationObserver?: new (run: () => void) => {
    observe (node: never, options: object): void,
    disconnect (): void
  }
  readonly BroadcastChannel?: new (name: string) => Channel
  readonly sessionStorage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  readonly parent?: unknown
}

/** What is used of a `BroadcastChannel`. */
export interface Channel {
  postMessage (message: unknown): void
  close (): void
  onmessage: ((event: MessageEvent) => void) | null
}
