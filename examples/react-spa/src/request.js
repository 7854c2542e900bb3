/** Sends JSON and reads JSON. A server that is away gives an answer, too. */
export async function request (method, url, data) {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) }
  try {
    const response = await fetch(url, { method, ...(data === undefined ? {} : json) })
    return { ok: response.ok, status: response.status, body: await response.json() }
  } catch {
    return { ok: false, status: 0, body: { message: 'The server cannot be reached. Please try again.' } }
  }
}
