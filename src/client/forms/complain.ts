/** Reports an error to the page's own listeners, and lets everything else go on. */
export function complain (error: unknown): void {
  if (typeof reportError === 'function') reportError(error)
}
