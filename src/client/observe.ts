/**
 * Watches a part of the document, if the browser can.
 *
 * @returns a function that stops watching
 */
export function observe (
  target: Node | null | undefined, options: MutationObserverInit, onChange: MutationCallback
): () => void {
  if (target == null || typeof MutationObserver !== 'function') return () => {}
  const observer = new MutationObserver(onChange)
  observer.observe(target, options)
  return () => observer.disconnect()
}
