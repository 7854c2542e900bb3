import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { PackedProject } from './packed-project.ts'
import { packed, root, run } from './packed-project.ts'

/** Exports values with inferred types, which the compiler must name in a declaration. */
const APPLICATION = `
import Fastify from 'fastify'
import { Redis } from 'ioredis'
import sessionSecurity, { requireSession, sessionAdmin, sessionClient } from 'fastify-session-security'
import { optionsFromEnv } from 'fastify-session-security/env'
import { RedisStore } from 'fastify-session-security/redis'
import { sessionKit } from 'fastify-session-security/testing'

declare module 'fastify' {
  interface Session { user?: string }
}

export const store = new RedisStore({ client: new Redis() })
export const options = optionsFromEnv({
  session: { secret: 'x'.repeat(32), cookie: { secure: 'auto' } }, store, userOf: session => session.user
})
export const app = Fastify()
app.register(sessionSecurity, options)
app.register(sessionClient, { loginUrl: '/sign-in' })
app.register(sessionAdmin, { authorize: request => request.session.user === 'ada' })
app.post<{ Body: { user: string } }>('/sign-in', async request => {
  request.session.user = request.body.user
  await request.session.save()
})
app.get('/', { preHandler: requireSession(), config: { sessionSecurity: { passive: true } } }, async request => {
  return app.sessionClient.tags(request) + String(request.session.get('user'))
})
export const status = (request: Parameters<typeof app.sessionClient.pageState>[0]) => request.sessionSecurity.status()
export const sessions = async () => await app.sessionSecurity.list({ user: 'ada' })
export const kit = async () => await sessionKit(() => app)
`

const COMMON_JS = `
import fastify = require('fastify')
import { MemoryStore, sessionSecurity } from 'fastify-session-security'
export const app = fastify()
const session = { secret: 'x'.repeat(32) }
app.register(sessionSecurity, { session, store: new MemoryStore(), userOf: session => session.user })
`

const PAGE = `
import { createIdleMonitor } from 'fastify-session-security/client'
import { SessionWarningElement } from 'fastify-session-security/client/element'
import 'fastify-session-security/client.css'
export const monitor = createIdleMonitor({ pingUrl: '/session_security/ping' })
export const element = new SessionWarningElement()
`

const STRICT = ['--strict', '--exactOptionalPropertyTypes', '--declaration', '--target', 'es2022', '--types', 'node']

describe('a project of pnpm, where each package sees only its own dependencies', { concurrency: true }, () => {
  let project: PackedProject

  before(async () => {
    project = await packed()
    const { folder, tarball } = project
    await writeFile(join(folder, 'app.ts'), APPLICATION)
    await writeFile(join(folder, 'common.cts'), COMMON_JS)
    await writeFile(join(folder, 'page.ts'), PAGE)
    const packages = [tarball, 'fastify', 'ioredis', '@types/node@20']
    const add = ['--yes', 'pnpm@10', 'add', '--prefer-offline', '--ignore-workspace']
    await run('npx', [...add, ...packages], { cwd: folder })
  }, { timeout: 120_000 })

  after(async () => await project.remove())

  it('has all types, with the resolution of Node, in ES modules and in CommonJS', async () => {
    await compile('app.ts', 'common.cts', '--lib', 'es2023', '--module', 'nodenext', '--outDir', 'node')
  })

  it('has all types, with the resolution of bundlers', async () => {
    const bundler = ['--module', 'esnext', '--moduleResolution', 'bundler']
    await compile('app.ts', 'page.ts', '--lib', 'es2023,dom', ...bundler, '--outDir', 'bundler')
  })

  /** The types of the packages are checked too. */
  async function compile (...args: readonly string[]): Promise<void> {
    const tsc = join(root, 'node_modules/typescript-native/bin/tsc')
    const { folder: cwd } = project
    const compiled = await run(process.execPath, [tsc, ...STRICT, ...args], { cwd }).catch(error => error)
    if (compiled instanceof Error) throw new Error(Object(compiled).stdout)
  }
})
