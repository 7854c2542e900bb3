import { createHash } from 'node:crypto'
import { LUA } from './lua.built.ts'
import type { RedisClient } from './redis-client.ts'

const VERBS = [
  'layout', 'prove', 'load', 'find', 'watch', 'begin', 'predecessor', 'update', 'record-activity', 'end', 'end-user', 'claim-due', 'acknowledge', 'list',
  'stats', 'token-find', 'token-track', 'token-revoke', 'token-list', 'token-count', 'application', 'token-life', 'handles'
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
 * Runs a script on the server that has the keys. By its hash, and by its text where the server does not know that yet:
 * it was restarted, `SCRIPT FLUSH` was called, or a replica took over. Every script may run twice: a client that loses
 * its connection sends again what was not answered.
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

/** A script with those that it includes in their places. */
function withIncludes (file: string): string {
  const lua = LUA[file]
  if (lua === undefined) throw new TypeError(`there is no file ${file}`)
  return lua.replace(/^--@include (\S+)$/gm, (_line, included: string) => withIncludes(included))
}
