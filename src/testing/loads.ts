import type { FollowedContext, FollowedRequest } from './follow-api.ts'

/** Types of the requests for the parts of a page. Modules ask for them when the page is loaded, too. */
const PARTS = ['script', 'stylesheet']

/** The requests of a browser context for parts of its pages. */
export class Loads {
  readonly #running = new Map<FollowedRequest, { readonly end: () => void, readonly ended: Promise<void> }>()
  #changes = 0

  constructor (context: FollowedContext) {
    context.on('request', request => { if (PARTS.includes(request.resourceType())) this.#begin(request) })
    for (const event of ['requestfinished', 'requestfailed'] as const) {
      context.on(event, request => this.#running.get(request)?.end())
    }
  }

  /** The number of requests so far, and of their ends. */
  get changes (): number {
    return this.#changes
  }

  /** Resolves when the requests that are under way have ended. */
  async ended (): Promise<void> {
    await Promise.all([...this.#running.values()].map(async ({ ended }) => await ended))
  }

  #begin (request: FollowedRequest): void {
    let end = (): void => {}
    const ended = new Promise<void>(resolve => { end = resolve }).then(() => {
      this.#running.delete(request)
      this.#changes++
    })
    try {
      request.frame().page().once('close', end) // Playwright reports no end of the requests of a closed page
    } catch {
      return // a service worker asks, which starts no page
    }
    this.#changes++
    this.#running.set(request, { end, ended })
  }
}
