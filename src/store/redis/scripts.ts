import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
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
  const lua = read(`${verb}.lua`)
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

/** A script with those that it includes in their places, without comments: they would be sent and kept too. */
function read (file: string): string {
  return readFileSync(new URL(`./lua/${file}`, import.meta.url), 'utf8')
    .replace(/^--@include (\S+)$/gm, (_line, included: string) => read(included))
    .replace(/--\[\[[\s\S]*?\]\]/g, '')
    .replace(/ *--(?!@).*$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
}
