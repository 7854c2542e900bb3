/** Pairs words of Redis, or of the network, with advice. The first that matches counts. */
const ADVICE: ReadonlyArray<readonly [pattern: RegExp, advice: string]> = [
  [/No such master/, 'No Sentinel there knows a master with this name.'],
  [
    /All sentinels.*(?:NOAUTH|WRONGPASS)/,
    'The Sentinels need a user and a password of their own: add ?sentinelUsername=…&sentinelPassword=…'
  ],
  [/unknown command '?`?sentinel/i, 'This server is no Sentinel: use redis://.'],
  [
    /unknown command '?`?(?:exists|evalsha|eval|time)\b/i,
    'Is this server a Sentinel? Then use redis-sentinel://host:26379/mymaster with the name of the master.'
  ],
  [/^MOVED|^ASK|^CROSSSLOT/, 'This server is a node of a Cluster: add --cluster.'],
  [
    /WRONGPASS|invalid password|invalid username/,
    'Redis does not accept this user and password. Write redis://user:password@host, with both percent-encoded.'
  ],
  [
    /NOAUTH/,
    'Redis needs a password: redis://user:password@host or unix://user:password@/run/redis.sock. The user is optional.'
  ],
  [
    /NOPERM|can't run this command|can't access/i,
    'The ACL of this user lacks a right. docs/operations/redis.md lists the rights. Keys depend on --prefix.'
  ],
  [/DB index is out of range/, 'Redis has no database with this number. redis://host:6379/0 names database 0.'],
  [/ECONNREFUSED/, 'Nothing listens there. Is Redis running, and is this its port?'],
  [/ENOENT/, 'This socket does not exist.'],
  [/ENOTFOUND|EAI_AGAIN/, 'This host name is not known.'],
  [
    /ETIMEDOUT|^timeout$|no answer within|EHOSTUNREACH|ENETUNREACH/,
    'Is there a firewall, is Redis busy, or must rediss:// be redis://, or redis:// be rediss://?'
  ],
  [
    /certificate|altname/i,
    'This machine does not trust its TLS certificate. Set NODE_EXTRA_CA_CERTS to the certificate of its authority.'
  ],
  [
    /wrong version number|SSL|TLS|ECONNRESET|socket hang up|Protocol error/i,
    'Must rediss:// be redis://, or redis:// be rediss://? Or is this server no Redis?'
  ],
  [/^Unknown RESP type/, 'This server is no Redis. Is the port right?'],
  [/cluster support disabled/, 'This server is not in a Cluster: name one server, without --cluster.'],
  [/^LOADING/, 'Redis is loading its data. Try again in a minute.'],
  [/All sentinels are unreachable/, 'No Sentinel answers there. Is one running, and is this its port?'],
  [/^(?:READONLY|MASTERDOWN)/, 'This server is a replica. Name the master.'],
  [/MISCONF/, 'Redis cannot write to its disk. Make room there, and look at the log of Redis.'],
  [/NOREPLICAS/, 'Too few replicas are connected. "redis-cli INFO replication" shows them.'],
  [/CLUSTERDOWN/, 'The Cluster lost slots. "redis-cli CLUSTER INFO" shows how many.'],
  [/TRYAGAIN/, 'The Cluster is moving these keys. Try again in a few seconds.'],
  [/^BUSY/, 'Redis runs a long script. "redis-cli SLOWLOG GET" shows which.'],
  [/max number of clients/, 'Redis has no room for another connection. "redis-cli CLIENT LIST" shows who has them.']
]

/** The message of a client that gave up. A Cluster, or a server that is no Redis, may give no other. */
const GIVEN_UP = 'Connection is closed.'

/** Characters of a message of Redis that are shown. Some messages are long. */
const LONGEST_WORDS = 100

/**
 * Explains in one line why a server cannot be used.
 *
 * @param said messages of Redis or of its client, the most precise first
 */
export function explainTrouble (what: string, said: readonly string[]): string {
  for (const words of said) {
    const [, advice] = ADVICE.find(([pattern]) => pattern.test(words)) ?? []
    if (advice !== undefined) return `${what} cannot be used (${words.slice(0, LONGEST_WORDS)}). ${advice}`
  }
  if (said.includes(GIVEN_UP)) {
    return `${what} cannot be used (${GIVEN_UP}). No Redis answers there. Is one running, and is this its port?`
  }
  return `${what} cannot be used: ${said[0] ?? 'no reason was given'}`
}

/** Returns all messages of an error. A `localhost` that refuses twice has its reasons only in nested errors. */
export function wordsOf (error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const nested = 'lastNodeError' in error ? wordsOf(error.lastNodeError) : []
  const parts = error instanceof AggregateError ? error.errors.flatMap(wordsOf) : []
  return [...nested, error.message, ...parts].filter(words => words !== '')
}
