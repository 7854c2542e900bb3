/**
 * Creates an element of the client. The stylesheet knows it by its class, since a strict CSP allows no style here. The
 * document's prototype creates it: a form named `createElement` hides the document's own method.
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

/** Writes a text unless it is there already. A screen reader may repeat a text that is written again. */
export function write (node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
