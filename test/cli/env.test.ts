import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseEnv } from 'node:util'
import Fastify from 'fastify'
import { optionsFromEnv } from '../../src/env.ts'
import { VARIABLES, VARIABLE_NAMES } from '../../src/env/variables.ts'
import { resolveOptions } from '../../src/options.ts'
import { sessionSecurity } from '../../src/session-security.ts'
import { SECRET, addSignIn } from '../helpers/app.ts'
import { run } from './run.ts'

/** What an application gives, without what the variables set. */
const GIVEN = { session: { secret: SECRET }, userOf: (session: { readonly user?: string }) => session.user }

/** The lines of the file without the mark of a comment: as if a person had taken all of it. */
async function written (): Promise<string> {
  const { code, out, err } = await run(['env'])
  assert.deepEqual([code, err], [0, ''])
  return out
}

describe('the .env that the command line writes', () => {
  it('has every variable once, as a comment behind one line that says what it is', async () => {
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

  it('sets nothing but what holds without it, when all of it is taken', async () => {
    const env = parseEnv((await written()).replaceAll(/^#(?=\w+=)/gm, ''))
    assert.deepEqual(Object.keys(env).toSorted(), [...VARIABLE_NAMES].toSorted())
    const app = { ...resolveOptions(GIVEN), store: null, session: null }
    assert.deepEqual({ ...resolveOptions(optionsFromEnv(GIVEN, env)), store: null, session: null }, app)
    assert.equal(await cookieOf(env), await cookieOf({}))
  })

  /** The cookie of a sign-in over https, without its value. */
  async function cookieOf (env: NodeJS.ProcessEnv): Promise<string> {
    const app = Fastify({ trustProxy: true })
    await app.register(sessionSecurity, optionsFromEnv(GIVEN, env))
    addSignIn(app)
    const { headers } = await app.inject({ method: 'POST', url: '/sign-in', headers: { 'x-forwarded-proto': 'https' } })
    await app.close()
    return String(headers['set-cookie']).replace(/=[^;]*/, '')
  }
})
