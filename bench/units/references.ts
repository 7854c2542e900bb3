import { times } from './people.ts'
import type { Site } from './site.ts'
import type { Unit } from './unit.ts'

/** Names of the references. By default connect-redis reads and writes the whole session on each request. */
export const GET = 'GET'
export const GET_AND_SET = 'GET + SET'

const SESSIONS = 1000
const TTL_SECONDS = 3600
/** The attributes of the cookie, which connect-redis stores beside the contents. */
export const PEER_COOKIE = {
  originalMaxAge: TTL_SECONDS * 1000,
  expires: '2027-01-01T00:00:00.000Z',
  secure: true,
  httpOnly: true,
  path: '/',
  sameSite: 'lax'
} as const

/** A session of the references: the contents of the other units, and the cookie. */
const PEER_TEXT = JSON.stringify({ cookie: PEER_COOKIE, user: 'user-00000001', content: 'x'.repeat(200) })

export const REFERENCES: readonly Unit[] = [
  {
    name: GET,
    oneOf: 1,
    async prepare (site) {
      await fill(site)
      return async ({ client }, i) => await client.get(keyOf(i))
    }
  },
  {
    name: GET_AND_SET,
    oneOf: 1,
    async prepare (site) {
      await fill(site)
      return async ({ client }, i) => {
        await client.get(keyOf(i))
        await client.set(keyOf(i), PEER_TEXT, 'EX', TTL_SECONDS)
      }
    }
  }
]

async function fill ({ nodes: [{ client }] }: Site): Promise<void> {
  await times(SESSIONS, async i => await client.set(keyOf(i), PEER_TEXT, 'EX', TTL_SECONDS))
}

function keyOf (i: number): string {
  return `sess:${String(i % SESSIONS).padStart(32, 'i')}`
}
