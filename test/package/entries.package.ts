import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { PackedProject } from './packed-project.ts'
import { NAME, run, unpackedProject } from './packed-project.ts'

interface Entry {
  /** The most modules of this package that it may load. */
  readonly own: number
  /** The most modules that it may load, those of other packages included. */
  readonly all: number
  /** The folders of this package that it loads modules of. */
  readonly folders: readonly string[]
  /** The packages of `OPTIONAL` that it loads. */
  readonly packages?: readonly string[]
}

/** Not every application installs these, or loads them. */
const OPTIONAL = [
  'cli-table3', 'commander', 'esbuild', 'fastify', 'ghtml', 'ioredis', 'prom-client', 'react', 'redis', 'vue'
]

const ENTRIES: Readonly<Record<string, Entry>> = {
  '.': {
    own: 140,
    all: 175,
    folders: [
      'admin', 'administration', 'browser-files', 'connections', 'core', 'diagnostics', 'http', 'options', 'ping',
      'request', 'store', 'sweep'
    ]
  },
  './env': { own: 56, all: 86, folders: ['core', 'diagnostics', 'env', 'http', 'options', 'store', 'sweep'] },
  './redis': { own: 80, all: 86, folders: ['core', 'diagnostics', 'store'] },
  './testing': { own: 96, all: 122, folders: ['client', 'core', 'diagnostics', 'store', 'sweep', 'testing'] },
  './metrics': { own: 14, all: 118, folders: ['core', 'metrics', 'request'], packages: ['prom-client'] },
  './client': { own: 112, all: 112, folders: ['client', 'core'] },
  './client/element': { own: 50, all: 50, folders: ['client', 'core'] },
  './client/react': { own: 34, all: 38, folders: ['client', 'core'], packages: ['react'] },
  './client/vue': { own: 34, all: 75, folders: ['client', 'core'], packages: ['vue'] }
}

let project: PackedProject

before(async () => { project = await unpackedProject() })
after(async () => await project.remove())

describe('an entry of the package', () => {
  for (const [entry, { own, all, folders, packages = [] }] of Object.entries(ENTRIES)) {
    it(`${entry} loads only what it needs`, async () => {
      const loaded = await loadedBy(['--input-type=module', '--eval', `import '${nameOf(entry)}'`])
      assert.deepEqual(foldersOf(loaded), folders)
      assert.deepEqual(OPTIONAL.filter(name => loaded.some(path => path.includes(`/node_modules/${name}/`))), packages)
      assert.ok(ownOf(loaded).length <= own, `${ownOf(loaded).length} modules of its own`)
      assert.ok(loaded.length <= all, `${loaded.length} modules`)
    })

    it(`${entry} is there for require() too, with the same exports and without a warning`, async () => {
      await writeFile(join(project.folder, 'exports.cjs'), `
const required = Object.keys(require('${nameOf(entry)}')).filter(name => name !== '__esModule').sort()
import('${nameOf(entry)}').then(imported => console.log(JSON.stringify([required, Object.keys(imported).sort()])))
`)
      const { stdout, stderr } = await run(process.execPath, ['exports.cjs'], { cwd: project.folder })
      const [required, imported] = JSON.parse(stdout)
      assert.deepEqual([required, stderr], [imported, ''])
      assert.ok(required.length > 0)
    })
  }

  it('is in this list', async () => {
    const { exports } = JSON.parse(await readFile(join(project.folder, 'node_modules', NAME, 'package.json'), 'utf8'))
    const modules = Object.keys(exports).filter(entry => !/\.(?:css|json)$/.test(entry))
    assert.deepEqual(modules.sort(), Object.keys(ENTRIES).sort())
  })
})

describe('an application in CommonJS', () => {
  it('registers what require() gives, and serves the client and the admin page', async () => {
    await writeFile(join(project.folder, 'app.cjs'), `
const fastify = require('fastify')
const sessionSecurity = require('fastify-session-security')
const app = fastify()
app.register(sessionSecurity, { session: { secret: 'x'.repeat(32) }, userOf: session => session.user })
app.register(sessionSecurity.sessionAdmin, { authorize: () => true })
app.inject('/session_security/admin').then(({ statusCode, body }) => console.log(statusCode, /client\\.js/.test(body)))
`)
    const { stdout, stderr } = await run(process.execPath, ['app.cjs'], { cwd: project.folder })
    assert.deepEqual([stdout, stderr], ['200 true\n', ''])
  })
})

describe('the command line', () => {
  it('alone loads what it needs', async () => {
    const loaded = await loadedBy([join(project.folder, 'node_modules', NAME, 'dist/cli/main.js'), '--version'])
    const packages = OPTIONAL.filter(name => loaded.some(path => path.includes(`/node_modules/${name}/`)))
    assert.deepEqual(packages, ['cli-table3', 'commander'])
    assert.deepEqual(foldersOf(loaded).filter(folder => ['admin', 'client', 'demo', 'testing'].includes(folder)), [])
  })
})

/** The files that a process of Node loads. The engine lists them in its report of coverage. */
async function loadedBy (args: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(project.folder, 'loaded-'))
  await run(process.execPath, args, { cwd: project.folder, env: { ...process.env, NODE_V8_COVERAGE: folder } })
  const [report = ''] = await readdir(folder)
  const { result } = JSON.parse(await readFile(join(folder, report), 'utf8')) as { result: Array<{ url: string }> }
  return result.map(({ url }) => url).filter(url => url.startsWith('file:')).map(url => fileURLToPath(url))
}

/** The modules of this package, by their places in `dist`. */
function ownOf (files: readonly string[]): string[] {
  return files.map(file => file.split(`/node_modules/${NAME}/dist/`)[1]).filter(path => path !== undefined)
}

function foldersOf (files: readonly string[]): string[] {
  const folders = ownOf(files).filter(path => path.includes('/')).map(path => path.split('/')[0] ?? '')
  return [...new Set(folders)].sort()
}

function nameOf (entry: string): string {
  return NAME + entry.slice(1)
}
