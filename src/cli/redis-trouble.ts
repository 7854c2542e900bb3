/** What Redis or the way to it says, and what a person can do about it. The first that fits. */
const ADVICE: ReadonlyArray<readonly [pattern: RegExp, advice: string]> = [
  [/No such master/, 'No Sentinel there knows a master of that name.'],
  [
    /All sentinels.*(?:NOAUTH|WRONGPASS)/,
    'The Sentinels want to be asked by a user of their own: add ?sentinelUsername=…&sentinelPassword=…'
  ],
  [/unknown command '?`?sentinel/i, 'It is no Sentinel: name it with redis://.'],
  [
    /unknown command '?`?(?:exists|evalsha|eval|time)\b/i,
    'Is it a Sentinel? redis-sentinel://host:26379/mymaster names its master.'
  ],
  [/^MOVED|^ASK|^CROSSSLOT/, 'It is one of a Cluster: add --cluster.'],
  [
    /WRONGPASS|invalid password|invalid username/,
    'It does not know this user and password. In a URL they stand as redis://user:password@host, each percent-encoded.'
  ],
  [
    /NOAUTH/,
    'It wants a password: redis://user:password@host, or unix://user:password@/run/redis.sock; the user may be left out.'
  ],
  [
    /NOPERM|can't run this command|can't access/i,
    'Its ACL forbids this user something. docs/operations/redis.md lists the rights; another --prefix has other keys.'
  ],
  [/DB index is out of range/, 'It has no database of that number: redis://host:6379/0 names another.'],
  [/ECONNREFUSED/, 'Nobody listens there. Is it running, and is this its port?'],
  [/ENOENT/, 'There is no such socket.'],
  [/ENOTFOUND|EAI_AGAIN/, 'There is no host of that name.'],
  [
    /ETIMEDOUT|^timeout$|no answer within|EHOSTUNREACH|ENETUNREACH/,
    'Is a firewall in between, is it busy, or is it rediss:// that must be redis://, or the other way round?'
  ],
  [
    /certificate|altname/i,
    'Its TLS certificate is not trusted here. NODE_EXTRA_CA_CERTS names a file of the authority that signed it.'
  ],
  [
    /wrong version number|SSL|TLS|ECONNRESET|socket hang up|Protocol error/i,
    'Is it rediss:// that must be redis://, or the other way round? Or is it no Redis?'
  ],
  [/^Unknown RESP type/, 'It is no Redis. Is this its port?'],
  [/cluster support disabled/, 'It is not in a Cluster: leave --cluster out, and name one server.'],
  [/^LOADING/, 'It is still reading its data. Try again in a while.'],
  [/All sentinels are unreachable/, 'No Sentinel answers there. Is one running, and is this its port?'],
  [/^(?:READONLY|MASTERDOWN)/, 'It is a replica. Name the master.']
]

/** What a client says when it has given up, and at times nothing else: of several nodes, and of a server that is no Redis. */
const GIVEN_UP = 'Connection is closed.'

/** Enough of what Redis says: some of it is a lecture. */
const LONGEST_WORDS = 100

/**
 * Says in one line what is the matter: `what` cannot be used. `said`: in the words of Redis or of its client, the most
 * telling first.
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

/** What an error says; where it is several, all of them. A `localhost` that refuses twice says so only in its parts. */
export function wordsOf (error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)]
  const nested = 'lastNodeError' in error ? wordsOf(error.lastNodeError) : []
  const parts = error instanceof AggregateError ? error.errors.flatMap(wordsOf) : []
  return [...nested, error.message, ...parts].filter(words => words !== '')
}
