/** Reports an error to the page's own listeners. Everything else goes on. */
export function complain (error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
}
