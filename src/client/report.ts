/** Reports an error to the page's own listeners. Everything else goes on. */
export function report (error: unknown): void {
  // Older browsers have no reportError.
  (globalThis.reportError ?? console.error)(error)
}
