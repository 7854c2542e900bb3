/**
 * An element of ours. Its class is what the stylesheet knows it by: a strict CSP allows no style here. The prototype makes
 * it: a form named `createElement` hides the document's own method.
 */
export function element<Name extends keyof HTMLElementTagNameMap> (
  name: Name, part: string, attributes: Record<string, string> = {}, text = ''
): HTMLElementTagNameMap[Name] {
  const made = Document.prototype.createElement.call(document, name) as HTMLElementTagNameMap[Name]
  made.className = `session-security-${part}`
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  made.textContent = text
  return made
}

/** Writes only what is new: a screen reader may say again what is written again. */
export function write (node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
