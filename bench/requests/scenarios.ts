/** What is asked of which set-up, with how large a session. */
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
  '@fastify/session, its memory store', '@fastify/session, its memory store, not rolling', 'connect-redis, rolling', 'connect-redis, not rolling',
  'connect-redis, stamped by hand', 'express-session, connect-redis', '@fastify/secure-session'
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

export const FLOORS = ['bare Fastify', 'one GET'] as const

/** Floors first: everything else is set against them. */
export const SCENARIOS: readonly Scenario[] = [
  ...FLOORS.map(setUp => ({ name: setUp, setUp, path: '/', bytes: 200, isAnonymous: true, isQuick: true })),
  ...PEERS.map(setUp => ({ name: setUp, setUp, path: '/', bytes: 200, isQuick: true })),
  ...OURS.map(scenario => ({ ...scenario, bytes: 200, isQuick: true })),
  ...[4096, 32_768].flatMap(bytes => [
    ...['connect-redis, rolling', 'connect-redis, not rolling'].map(setUp => ({ name: `${setUp}, ${bytes / 1024} KiB`, setUp, path: '/', bytes })),
    ...OURS.filter(({ name }) => /Redis: (?:active|changed)/.test(name)).map(scenario => ({ ...scenario, name: `${scenario.name}, ${bytes / 1024} KiB`, bytes }))
  ])
]
