/**
 * The parts of `window` that the client uses. A test gives others. The client reads them at each call, because fake
 * clocks replace them.
 */
export interface Surroundings {
  setTimeout (run: () => void, ms: number): unknown
  // The type of a timer differs between browsers and Node.
  clearTimeout (timer: never): void
  addEventListener (name: string, listener: (event: Event) => void, options: AddEventListenerOptions): void
  readonly performance: { now (): number, getEntriesByType? (type: string): readonly object[] }
  readonly Date: { now (): number }
  readonly document: { readonly hidden: boolean, readonly documentElement: Pick<Element, 'toggleAttribute'> }
  readonly location: Pick<Location, 'pathname' | 'search' | 'hash' | 'replace' | 'reload'>
  readonly history?: Pick<History, 'replaceState'>
  readonly navigator: { sendBeacon? (url: string, body: string): boolean }
  // A page in a test has no nodes.
  readonly MutationObserver?: new (run: () => void) => {
    observe (node: never, options: object): void,
    disconnect (): void
  }
  readonly BroadcastChannel?: new (name: string) => Channel
  readonly sessionStorage?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> | null
  readonly parent?: unknown
}

/** The parts of a `BroadcastChannel` that the client uses. */
export interface Channel {
  postMessage (message: unknown): void
  close (): void
  onmessage: ((event: MessageEvent) => void) | null
}
