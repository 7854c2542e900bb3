import assert from 'node:assert/strict'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { PackedProject } from './packed-project.ts'
import { packedProject, root, run, startProgram } from './packed-project.ts'

/** Prints how the admin page and its two files are answered. */
const ADMIN_EXAMPLE = `
import Fastify from 'fastify'
import sessionSecurity, { sessionAdmin } from 'fastify-session-security'
import { optionsFromEnv } from 'fastify-session-security/env'
const app = Fastify()
const given = { session: { secret: 'at least 32 characters, and not these' }, userOf: session => session.user }
await app.register(sessionSecurity, optionsFromEnv(given, { SESSION_SECURITY_EXPIRE_AFTER: '900' }))
await app.register(sessionAdmin, { authorize: () => true })
const page = await app.inject('/session_security/admin')
const files = [...page.body.matchAll(/(?:href|src)="([^"]+\\.(?:css|js))"/g)].map(([, address]) => address)
const answers = await Promise.all(files.map(address => app.inject(address)))
console.log(JSON.stringify([page, ...answers].map(({ statusCode }) => statusCode)))
`

const METRICS_EXAMPLE = `
import Fastify from 'fastify'
import sessionSecurity from 'fastify-session-security'
import sessionMetrics from 'fastify-session-security/metrics'
const app = Fastify()
await app.register(sessionSecurity, { session: { secret: 'x'.repeat(32) }, userOf: session => session.user })
await app.register(sessionMetrics)
console.log((await app.inject('/metrics')).body)
await app.close()
`

const CLIENT_EXAMPLE = `
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import Fastify from 'fastify'
import sessionSecurity, { sessionClient } from 'fastify-session-security'
import { createIdleMonitor, createPinger } from 'fastify-session-security/client'
import { SessionWarningElement } from 'fastify-session-security/client/element'

const app = Fastify()
await app.register(sessionSecurity, { session: { secret: 'x'.repeat(32) }, userOf: session => session.user })
await app.register(sessionClient)
createPinger({ pingUrl: '/session_security/ping' }) // a module that is loaded on a server too
const tags = app.sessionClient.tags(undefined, { lang: 'pt-PT' })
const files = [...tags.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, address]) => address)
const answers = await Promise.all(files.map(address => app.inject(address)))
await app.close()
const stylesheet = fileURLToPath(import.meta.resolve('fastify-session-security/client.css'))
const exported = [typeof createIdleMonitor, typeof SessionWarningElement]
const statuses = answers.map(({ statusCode }) => statusCode)
console.log(JSON.stringify({ exported, statuses, isStylesheetThere: existsSync(stylesheet) }))
`

/** Uses the kit in a project without the types of browsers, and checks packages too. */
const TESTING_EXAMPLE = `
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import sessionSecurity, { sessionClient } from 'fastify-session-security'
import { sessionKit } from 'fastify-session-security/testing'
import type { Given, TestTab } from 'fastify-session-security/testing'

async function buildApp ({ store }: Pick<Given, 'store'>): Promise<FastifyInstance> {
  const app = Fastify()
  const session = { secret: 'x'.repeat(32), cookie: { secure: 'auto' as const } }
  await app.register(sessionSecurity, { session, store, userOf: session => Object(session).user })
  await app.register(sessionClient, { loginUrl: '/login' })
  app.post<{ Body: { user: string } }>('/login', async ({ session, body: { user } }) => {
    Object.assign(session, { user })
  })
  app.get('/', async (request, reply) => await reply.type('text/html').send(app.sessionClient.tags(request)))
  return app
}

const kit = await sessionKit(buildApp, { signIn: (browser, user) => browser.post('/login', { user }) })
const tab: TestTab = await (await kit.signIn('ada')).open('/')
await kit.idle(601)
await kit.close()
kit.app.log.info(tab.seen.length)
console.log(JSON.stringify(tab.left?.reason))
`

const TESTING_CONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2023'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [`${root}node_modules/@types`],
    strict: true,
    exactOptionalPropertyTypes: true
  },
  include: ['kit.ts']
}

describe('the packed tarball', () => {
  let project: PackedProject
  let folder: string
  let tarball: string

  before(async () => {
    project = await packedProject('fastify') // the rest comes with the tarball
    folder = project.folder
    tarball = project.tarball
  }, { timeout: 180_000 })

  after(async () => { await project.remove() })

  it('holds what is needed, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    const files = stdout.trim().split('\n').map(file => file.replace('package/', ''))
    const pages = (await readdir(join(root, 'docs'), { recursive: true })).filter(file => file.endsWith('.md'))
    const beside = [
      'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json',
      ...pages.map(page => `docs/${page}`)
    ].sort()
    assert.deepEqual(files.filter(file => !/^(?:dist|src)\//.test(file)).sort(), beside)
    for (const name of ['index', 'redis', 'client/react', 'client/vue', 'client/session-warning']) {
      assert.ok(files.includes(`dist/${name}.js`) && files.includes(`dist/${name}.d.ts`), name)
    }
    const others = files.filter(file => !/\.(?:js|d\.ts)(?:\.map)?$|^src\/.*\.ts$/.test(file))
    assert.deepEqual(others.sort(), [...beside, 'dist/client/client.css'].sort())
    const needless = /^src\/(?:cli|demo)\/|^dist\/(?:cli|demo)\/.*(?:\.d\.ts|\.map)$/
    assert.deepEqual(files.filter(file => needless.test(file)), [])
  })

  it('has the pages to which its README and its other pages lead, but those for its developers', async () => {
    const installed = join(folder, 'node_modules/fastify-session-security')
    const files = await readdir(installed, { recursive: true })
    for (const page of files.filter(file => file.endsWith('.md'))) {
      const text = await readFile(join(installed, page), 'utf8')
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s#]+\.md)/g)) {
        const target = join(dirname(page), link)
        assert.ok(files.includes(target) || /^(?:examples|\.changeset)\//.test(target), `${page}: ${link}`)
      }
    }
  })

  it('has maps that lead to the sources which it contains', async () => {
    const installed = join(folder, 'node_modules/fastify-session-security')
    const files = await readdir(installed, { recursive: true })
    const maps = files.filter(file => file.startsWith('dist/') && file.endsWith('.map'))
    assert.ok(maps.length > 200)
    for (const map of maps) {
      const { sources } = JSON.parse(await readFile(join(installed, map), 'utf8'))
      for (const source of sources) assert.ok(files.includes(join(dirname(map), source)), `${map}: ${source}`)
    }
  })

  it('passes publint and are-the-types-wrong', async () => {
    await run('npx', ['publint', '--strict', tarball], { cwd: root })
    await run('npx', ['attw', tarball, '--profile', 'esm-only'], { cwd: root })
  })

  it('brings the browser side: as modules, as a stylesheet, and as the files that the plugin serves', async () => {
    await writeFile(join(folder, 'client.mjs'), CLIENT_EXAMPLE)
    const { stdout } = await run(process.execPath, ['client.mjs'], { cwd: folder })
    const expected = { exported: ['function', 'function'], statuses: [200, 200, 200, 200], isStylesheetThere: true }
    assert.deepEqual(JSON.parse(stdout), expected)
  })

  it('brings the kit for tests, with types that need no DOM', async () => {
    await writeFile(join(folder, 'kit.ts'), TESTING_EXAMPLE)
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TESTING_CONFIG))
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], { cwd: folder })
    const { stdout } = await run(process.execPath, ['kit.js'], { cwd: folder })
    assert.equal(stdout, '"idle"\n')
  })

  it('brings the files of the admin page', async () => {
    await writeFile(join(folder, 'admin.mjs'), ADMIN_EXAMPLE)
    const { stdout } = await run(process.execPath, ['admin.mjs'], { cwd: folder })
    const statuses: number[] = JSON.parse(stdout)
    assert.ok(statuses.length >= 3, stdout)
    assert.ok(statuses.every(status => status === 200), stdout) // its own files, and those of the browser client
  })

  it('has a command line, which says what it needs when it is not there', async () => {
    const npx = async (args: string[], given: NodeJS.ProcessEnv = {}) => {
      const env = { ...process.env, REDIS_URL: '', ...given }
      return await run('npx', ['--no-install', 'fastify-session-security', ...args], { cwd: folder, env })
    }
    const { stdout } = await npx(['--help'])
    assert.match((await npx(['env'])).stdout, /^#SESSION_SECURITY_EXPIRE_AFTER=600$/m)
    for (const command of ['demo', 'list', 'sweep', 'tokens']) {
      assert.match(stdout, new RegExp(`^  ${command}[ |]`, 'm'))
    }
    await assert.rejects(npx(['list']), { code: 2, stderr: /The address of Redis is missing/ })
    const withoutClient = npx(['list'], { REDIS_URL: 'redis://127.0.0.1:1' })
    await assert.rejects(withoutClient, { code: 1, stderr: /need the package ioredis: npm install ioredis/ })
  })

  it('has metrics where prom-client is installed, and says that it misses it where it is not', async () => {
    await writeFile(join(folder, 'metrics.mjs'), METRICS_EXAMPLE)
    const serve = async () => await run(process.execPath, ['metrics.mjs'], { cwd: folder })
    await assert.rejects(serve(), { stderr: /Cannot find package 'prom-client'/ })
    const quietly = ['--no-audit', '--no-fund', '--prefer-offline', '--no-save']
    await run('npm', ['install', ...quietly, 'prom-client@15'], { cwd: folder })
    assert.match((await serve()).stdout, /^session_security_live_sessions 0$/m)
  })

  it('has the demo, with its pages and their assets', async () => {
    const program = 'node_modules/.bin/fastify-session-security'
    const { address, stop } = await startProgram(folder, [program, 'demo', '--port', '0'])
    try {
      assert.match(await (await fetch(`${address}/login`)).text(), /Sign in/)
      const timer = await readFile(join(root, 'src/demo/assets/timer.js'), 'utf8')
      assert.equal(await (await fetch(`${address}/assets/timer.js`)).text(), timer)
    } finally {
      await stop()
    }
  })
})
