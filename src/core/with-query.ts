/** Adds values to the query of an address. It leaves out a value that is null or undefined. */
export function withQuery (address: string, values: Readonly<Record<string, string | null | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(values)) if (value != null) query.append(name, value)
  const text = String(query)
  return text === '' ? address : `${address}${address.includes('?') ? '&' : '?'}${text}`
}
