/** One kind of request to one set-up, with a session of one size. */
export interface Scenario {
  readonly name: string
  readonly setUp: string
  readonly path: string
  readonly bytes: number
  /** Requests without a cookie. */
  readonly isAnonymous?: boolean
  /** Whether a quick run includes it. */
  readonly isQuick?: boolean
}

const PEERS = [
  '@fastify/session, its memory store', '@fastify/session, its memory store, not rolling',
  'connect-redis, rolling', 'connect-redis, not rolling', 'connect-redis, stamped by hand',
  'express-session, connect-redis', '@fastify/secure-session'
]

const OURS: ReadonlyArray<Omit<Scenario, 'bytes'>> = ['memory', 'Redis'].flatMap(kept => [
  { name: `ours, ${kept}: active`, setUp: `ours, ${kept}`, path: '/' },
  { name: `ours, ${kept}: within the throttle`, setUp: `ours, ${kept}, throttled`, path: '/' },
  { name: `ours, ${kept}: passive`, setUp: `ours, ${kept}, throttled`, path: '/passive' },
  { name: `ours, ${kept}: ping with news`, setUp: `ours, ${kept}`, path: '/session_security/ping?idleFor=0' },
  { name: `ours, ${kept}: ping that only reads`, setUp: `ours, ${kept}`, path: '/session_security/ping' },
  { name: `ours, ${kept}: anonymous`, setUp: `ours, ${kept}`, path: '/', isAnonymous: true },
  { name: `ours, ${kept}: changed session`, setUp: `ours, ${kept}`, path: '/changed' }
])

const FLOORS = ['bare Fastify', 'one GET'] as const

/** Set-ups without this package. By default connect-redis writes the session on each request: `rolling`. */
const REFERENCES = ['connect-redis, rolling', 'connect-redis, not rolling'] as const

/** All scenarios. The report compares each with the floors, which stand first. */
export const SCENARIOS: readonly Scenario[] = [
  ...FLOORS.map(setUp => ({ name: setUp, setUp, path: '/', bytes: 200, isAnonymous: true, isQuick: true })),
  ...PEERS.map(setUp => ({ name: setUp, setUp, path: '/', bytes: 200, isQuick: true })),
  ...OURS.map(scenario => ({ ...scenario, bytes: 200, isQuick: true })),
  ...[4096, 32_768].flatMap(bytes => [
    ...['connect-redis, rolling', 'connect-redis, not rolling'].map(setUp => ({
      name: `${setUp}, ${bytes / 1024} KiB`, setUp, path: '/', bytes
    })),
    ...OURS.filter(({ name }) => /Redis: (?:active|changed)/.test(name))
      .map(scenario => ({ ...scenario, name: `${scenario.name}, ${bytes / 1024} KiB`, bytes }))
  ])
]

/** Returns the scenarios with that text in their names. The floors and the references of the same sizes are added. */
export function choose (wanted: string, isQuick: boolean): Scenario[] {
  const chosen = SCENARIOS.filter(scenario => scenario.name.includes(wanted) && (!isQuick || scenario.isQuick === true))
  const sizes = new Set(chosen.map(({ bytes }) => bytes))
  return SCENARIOS.filter(scenario => chosen.includes(scenario) || isOneOf(FLOORS, scenario) ||
    (isOneOf(REFERENCES, scenario) && sizes.has(scenario.bytes)))
}

function isOneOf (setUps: readonly string[], { setUp }: Scenario): boolean {
  return setUps.includes(setUp)
}
