import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import Fastify from 'fastify'
import { optionsFromEnv } from '../../src/env.ts'
import { VARIABLES, VARIABLE_NAMES } from '../../src/env/variables.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'
import { run } from './run.ts'

/** The options of an application that the variables do not set. */
const GIVEN = { session: { secret: SECRET }, userOf: (session: { readonly user?: string }) => session.user }

/** Returns the file that the command prints. */
async function written (): Promise<string> {
  const { code, out, err } = await run(['env'])
  assert.deepEqual([code, err], [0, ''])
  return out
}

describe('the .env that the command line prints', () => {
  it('has every variable once, as a comment below a line that explains it', async () => {
    const lines = (await written()).split('\n')
    const names = lines.flatMap(line => /^#(\w+)=/.exec(line)?.[1] ?? [])
    assert.deepEqual(names, VARIABLE_NAMES)
    for (const name of VARIABLE_NAMES) {
      const at = lines.findIndex(line => line.startsWith(`#${name}=`))
      assert.deepEqual([lines[at - 2], lines[at - 1]], ['', `# ${VARIABLES[name].comment}`])
    }
    assert.ok(lines.every(line => line.length <= 120 && (line === '' || line.startsWith('#'))))
    assert.deepEqual(parseEnv(lines.join('\n')), {})
  })

  it('sets the defaults when all comments are removed', async () => {
    const env = parseEnv((await written()).replaceAll(/^#(?=\w+=)/gm, ''))
    assert.deepEqual(Object.keys(env).toSorted(), [...VARIABLE_NAMES].toSorted())
    const app = { ...resolveOptions(GIVEN), store: null, session: null }
    assert.deepEqual({ ...resolveOptions(optionsFromEnv(GIVEN, env)), store: null, session: null }, app)
    assert.equal(await cookieOf(env), await cookieOf({}))
  })

  /** Returns the cookie of a sign-in over https, without its value. */
  async function cookieOf (env: NodeJS.ProcessEnv): Promise<string> {
    const app = Fastify({ trustProxy: true })
    await app.register(sessionSecurity, optionsFromEnv(GIVEN, env))
    addSignIn(app)
    const { headers } = await app.inject({ method: 'POST', url: '/sign-in', headers: { 'x-forwarded-proto': 'https' } })
    await app.close()
    return String(headers['set-cookie']).replace(/=[^;]*/, '')
  }
})
