import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { BuildOptions } from 'esbuild'
import { build } from 'esbuild'
import { run } from '../package/run-snippet.ts'
import { Guide } from './guide.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** The packages of a checkout without a build. */
const ALIAS = {
  'fastify-session-security/client.css': `${root}src/client/client.css`,
  'fastify-session-security/client': `${root}src/client/index.ts`,
  'fastify-session-security': `${root}src/index.ts`
}

/** Prints the answers to an anonymous and to a signed-in request. */
const SERVER = `
import Fastify from 'fastify'
import sessionSecurity, { requireSession } from 'fastify-session-security'

const app = Fastify()
await app.register(sessionSecurity, {
  session: { secret: 'at least 32 characters, and not these', cookie: { secure: 'auto' } },
  userOf: session => session.user
})
app.post('/sign-in', async request => { request.session.user = 'ada' })
app.get('/', { preHandler: requireSession() }, async request => request.session.user)
const { headers } = await app.inject({ method: 'POST', url: '/sign-in' })
const cookie = String(headers['set-cookie']).split(';')[0]
console.log((await app.inject('/')).json().code, (await app.inject({ url: '/', headers: { cookie } })).body)
await app.close()
`

describe('the guide to bundling', async () => {
  const guide = Guide.open('bundling')
  after(() => guide.assertAllTaken())

  async function newFolder (test: TestContext): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'bundling-'))
    test.after(async () => await rm(folder, { recursive: true, force: true }))
    return folder
  }

  /** Runs a build of the guide, from one entry into a folder. */
  async function bundle (code: string, folder: string, file: string, contents: string): Promise<void> {
    await writeFile(join(folder, file), contents)
    const inFolder = async (options: BuildOptions): Promise<unknown> => {
      assert.deepEqual(options.entryPoints, [file])
      const nodePaths = [`${root}node_modules`]
      return await build({ ...options, absWorkingDir: folder, alias: ALIAS, nodePaths, logLevel: 'error' })
    }
    await run(code, { build: inFolder })
  }

  it('makes a server of one file, which runs alone', async test => {
    const folder = await newFolder(test)
    await bundle(guide.code("platform: 'node'"), folder, 'server.js', SERVER)
    assert.deepEqual(await readdir(join(folder, 'dist')), ['server.mjs'])
    const { stdout } = await promisify(execFile)(process.execPath, ['server.mjs'], { cwd: join(folder, 'dist') })
    assert.equal(stdout, 'FST_SESSION_SECURITY_NO_SESSION ada\n')
  })

  it('makes a front-end with a stylesheet, in English alone', async test => {
    const folder = await newFolder(test)
    await bundle(guide.code('chrome97'), folder, 'main.js', guide.whole('createWarningDialog'))
    assert.deepEqual((await readdir(join(folder, 'public'))).sort(), ['main.css', 'main.js'])
    const script = await readFile(join(folder, 'public/main.js'), 'utf8')
    assert.deepEqual([script.includes('Stay signed in'), script.includes('Angemeldet bleiben')], [true, false])
  })
})
