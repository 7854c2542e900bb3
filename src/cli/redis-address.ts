/** The host and port of a server or a Sentinel. */
export interface RedisHost {
  readonly host: string
  readonly port: number
}

/** The address of Redis, with user and password. */
export type RedisAddress = {
  readonly username?: string
  readonly password?: string
  readonly hasTls: boolean
  readonly database: number
} & (
  | { readonly kind: 'servers', readonly servers: readonly RedisHost[] }
  | { readonly kind: 'socket', readonly path: string }
  | {
    readonly kind: 'sentinels'
    readonly servers: readonly RedisHost[]
    readonly master: string
    readonly sentinelUser: SentinelUser
  }
)

/** User and password for the Sentinels, where they have their own. */
interface SentinelUser {
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
}

/**
 * Matches an address of servers or Sentinels. It allows one `@`: with a second, a password is not percent-encoded, and
 * its middle would pass for the host.
 */
const ADDRESS = /^(redis|rediss|unix|rediss?[-+]sentinel):\/\/(?:([^@/?#]*)@)?([^@/?#]*)(\/[^@?#]*)?(?:\?([^@#]*))?$/
const HOST = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i

const PORTS = { servers: 6379, sentinels: 26_379 }
const LAST_PORT = 65_535

/** The forms of an address, for an error. */
export const ADDRESS_FORMS = 'redis://127.0.0.1:6379, rediss://user:password@host:6380, ' +
  'redis://node1:7000,node2:7000 for a Cluster, redis-sentinel://host1:26379,host2:26379/mymaster or /run/redis.sock'

/** @returns `null` for a text that is no address; it must not be shown, since it may hold a password */
export function readAddress (text: string): RedisAddress | null {
  if (/^\/[^?#\s]+$/.test(text)) return { kind: 'socket', path: text, database: 0, hasTls: false }
  try {
    const [, scheme = '', user = '', hosts = '', path = '', query = ''] = ADDRESS.exec(text) ?? []
    const [, username = '', password = ''] = /^([^:]*)(?::(.*))?$/s.exec(user) ?? []
    const access = {
      hasTls: scheme.startsWith('rediss'),
      ...named('username', decodeURIComponent(username)),
      ...named('password', decodeURIComponent(password))
    }
    const values = new URLSearchParams(query)
    if (scheme === 'unix') return socketAt(hosts, path, values, access)
    const at = scheme.endsWith('sentinel') ? sentinelsAt : serversAt
    return at(hosts, path, values, access)
  } catch {
    return null // an invalid percent-encoding
  }
}

type Access = Pick<RedisAddress, 'username' | 'password' | 'hasTls'>

function serversAt (hosts: string, path: string, values: URLSearchParams, access: Access): RedisAddress | null {
  const servers = hostsIn(hosts, PORTS.servers)
  const [, database = '0'] = /^\/(\d{1,4})?$/.exec(path === '' ? '/' : path) ?? [null, null]
  if (servers === null || database === null || values.size > 0) return null
  return { ...access, kind: 'servers', servers, database: Number(database) }
}

function sentinelsAt (hosts: string, path: string, values: URLSearchParams, access: Access): RedisAddress | null {
  const servers = hostsIn(hosts, PORTS.sentinels)
  const [, master, database = '0'] = /^\/([\w.-]+)(?:\/(\d{1,4})?)?$/.exec(path) ?? []
  const sentinelUser = {
    ...named('sentinelUsername', values.get('sentinelUsername')),
    ...named('sentinelPassword', values.get('sentinelPassword'))
  }
  if (servers === null || master === undefined || values.size > Object.keys(sentinelUser).length) return null
  return { ...access, kind: 'sentinels', servers, master, database: Number(database), sentinelUser }
}

function socketAt (hosts: string, path: string, values: URLSearchParams, access: Access): RedisAddress | null {
  const database = values.get('db') ?? '0'
  if (hosts !== '' || path.length < 2 || !/^\d{1,4}$/.test(database)) return null
  if (values.size > Number(values.has('db'))) return null
  return { ...access, kind: 'socket', path: decodeURIComponent(path), database: Number(database) }
}

function hostsIn (text: string, standard: number): RedisHost[] | null {
  const hosts = text.split(',').map(part => {
    const [, ipv6, name, port = standard] = HOST.exec(part) ?? []
    return { host: ipv6 ?? name ?? '', port: Number(port) }
  })
  return hosts.every(({ host, port }) => host !== '' && port > 0 && port <= LAST_PORT) ? hosts : null
}

function named<Name extends string> (name: Name, text: string | null): { readonly [Key in Name]?: string } {
  return text === null || text === '' ? {} : { [name]: text } as { readonly [Key in Name]?: string }
}

/** Names the server, for messages. */
export function nameOfAddress (address: RedisAddress): string {
  const { database } = address
  const name = nameOfHosts(address)
  return database === 0 ? name : name.replace(/^The/, `Database ${database} of the`)
}

function nameOfHosts (address: RedisAddress): string {
  if (address.kind === 'socket') return `The Redis at ${address.path}`
  const hosts = address.servers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ')
  if (address.kind === 'servers') return `The Redis at ${hosts}`
  return `The master ${address.master} of the Sentinels at ${hosts}`
}
