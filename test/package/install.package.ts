import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))

describe('the packed tarball', () => {
  let folder: string
  let tarball: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'packed-'))
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root })
    const [{ filename }] = JSON.parse(stdout)
    tarball = join(folder, filename)
  })

  after(async () => { await rm(folder, { recursive: true, force: true }) })

  it('holds what is needed, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball])
    const files = stdout.trim().split('\n').map(file => file.replace('package/', ''))
    assert.deepEqual(files.filter(file => !file.startsWith('dist/')).sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    assert.ok(files.includes('dist/index.js') && files.includes('dist/index.d.ts'))
    const scripts = (await readdir(join(root, 'src/store/redis/lua'))).map(file => `dist/store/redis/lua/${file}`)
    assert.deepEqual(files.filter(file => file.endsWith('.lua')).sort(), scripts.sort())
    assert.deepEqual(files.filter(file => /test|demo|\.map$/.test(file)), [])
  })

  it('passes publint and are-the-types-wrong', async () => {
    await run('npx', ['publint', '--strict', tarball], { cwd: root })
    await run('npx', ['attw', tarball, '--profile', 'esm-only'], { cwd: root })
  })

  it('runs the first example of the README, as pasted, in an empty project', { timeout: 180_000 }, async () => {
    const readme = await readFile(join(root, 'README.md'), 'utf8')
    const [, install = ''] = /```sh\n(npm install .*)\n```/.exec(readme) ?? []
    const [, example = ''] = /```js\n(import Fastify[\s\S]*?)```/.exec(readme) ?? []
    assert.ok(example.trim().split('\n').length <= 16)
    await writeFile(join(folder, 'package.json'), '{ "type": "module", "private": true }')
    await writeFile(join(folder, 'app.js'), example)
    const packages = install.replace('npm install ', '').split(' ').map(name => name === 'fastify-session-security' ? tarball : name)
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages], { cwd: folder })
    const { address, stop } = await start(folder)
    try {
      assert.equal((await fetch(`${address}/api/unread`)).status, 401)
      const signedIn = await fetch(`${address}/sign-in`, { method: 'POST' })
      const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
      assert.deepEqual(await (await fetch(`${address}/api/unread`, { headers: { cookie } })).json(), { unread: 3 })
      const view = await (await fetch(`${address}/session_security/ping?idleFor=0`, { headers: { cookie } })).json() as { state: string, expireAfter: number }
      assert.deepEqual([view.state, view.expireAfter], ['active', 600])
    } finally {
      await stop()
    }
  })
})

async function start (cwd: string): Promise<{ address: string, stop: () => Promise<void> }> {
  const child = spawn(process.execPath, ['app.js'], { cwd, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = async (): Promise<void> => { child.kill(); await exited }
  let output = ''
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      output += String(chunk)
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? []
      if (found !== undefined) resolve(found)
    })
    child.once('exit', () => reject(new Error(`the example did not start: ${output}`)))
  })
  return { address, stop }
}
