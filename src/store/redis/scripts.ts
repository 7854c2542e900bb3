import { createHash } from 'node:crypto'
import { LUA } from './lua.built.ts'
import type { RedisClient } from './redis-client.ts'

const VERBS = [
  'layout', 'application', 'prove',
  'load', 'find', 'watch', 'begin', 'predecessor', 'update', 'record-activity', 'end', 'end-user',
  'claim', 'acknowledge', 'list', 'stats', 'handles',
  'token-find', 'token-track', 'token-revoke', 'token-list', 'token-count', 'token-life'
] as const

export type Verb = typeof VERBS[number]

interface Script {
  readonly lua: string
  readonly sha1: string
}

const SCRIPTS = new Map<Verb, Script>(VERBS.map(verb => {
  const lua = withIncludes(`${verb}.lua`)
  return [verb, { lua, sha1: createHash('sha1').update(lua).digest('hex') }]
}))

/**
 * Runs a script on the server of the keys, by its hash. If the server does not know the hash, it gets the text: it was
 * restarted, `SCRIPT FLUSH` was called, or a replica took over. Every script may run twice: a client that loses its
 * connection sends commands without an answer again.
 */
export async function run (
  client: RedisClient, verb: Verb, keys: readonly string[], args: readonly string[]
): Promise<unknown> {
  const script = SCRIPTS.get(verb)
  if (script === undefined) throw new TypeError(`there is no script ${verb}`)
  try {
    return await client.evalsha(script.sha1, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error
    return await client.eval(script.lua, keys.length, ...keys, ...args)
  }
}

/** Returns a script with its includes in their places. */
function withIncludes (file: string): string {
  const lua = LUA[file]
  if (lua === undefined) throw new TypeError(`there is no file ${file}`)
  return lua.replace(/^--@include (\S+)$/gm, (_line, included: string) => withIncludes(included))
}
