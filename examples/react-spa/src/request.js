/** @returns {Promise<{ ok: boolean, status: number, body: any }>} */
export async function request (method, url, data) {
  const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(data) }
  const response = await fetch(url, { method, ...(data === undefined ? {} : json) })
  return { ok: response.ok, status: response.status, body: await response.json() }
}
