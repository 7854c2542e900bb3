/** An element of ours. Its class is what the stylesheet knows it by: a strict CSP allows no style here. */
export function element<Name extends keyof HTMLElementTagNameMap> (name: Name, part: string, attributes: Record<string, string> = {}): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  made.className = `session-security-${part}`
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  return made
}

/** Writes only what is new: a screen reader may say again what is written again. */
export function write (node: HTMLElement, text: string): void {
  if (node.textContent !== text) node.textContent = text
}
