/** An address with these behind it as its query, or as more of it. A value that is null or undefined is left out. */
export function withQuery (address: string, values: Readonly<Record<string, string | null | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value != null) query.append(name, value)
  const text = String(query)
  return text === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${text}`
}
