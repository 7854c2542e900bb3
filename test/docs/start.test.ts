import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { transform } from 'esbuild'
import Fastify from 'fastify'
import * as exported from '../../src/index.ts'
import { pages, sections } from '../package/docs.ts'
import { run, snippet } from '../package/run-snippet.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** Without comments and white space; names stay. */
const MINIFY = { minifyWhitespace: true, minifySyntax: true }
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

function page (path: string): string {
  return pages.find(page => page.path === path)?.text ?? assert.fail(path)
}

/** The first block of that language on a page. */
function block (path: string, language: string): string {
  const [, code] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page(path)) ?? []
  return code ?? assert.fail(`${path}: ${language}`)
}

/** Returns the code of the first cells of the tables under a heading. */
function firstCells (text: string): string[] {
  const cells = [...text.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell)
  return cells.flatMap(cell => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))
}

describe('the first pages of the docs', () => {
  it('the README has at most 10 kB', () => {
    assert.ok(Buffer.byteLength(page('README.md')) <= 10_000)
  })

  it('the application in TypeScript is the one of the README, with types', async () => {
    const [js, ts] = await Promise.all([
      transform(block('README.md', 'js'), { loader: 'js', ...MINIFY }),
      transform(block('docs/getting-started.md', 'ts'), { loader: 'ts', ...MINIFY })
    ])
    assert.equal(ts.code, js.code)
  })

  it('the index lists each page once', () => {
    const rows = [...page('docs/README.md').matchAll(/^\| \[[^\]]+\]\(([^)]+)\) \|/gm)]
    const listed = rows.map(([, path = '']) => `docs/${path}`)
    const paths = pages.map(({ path }) => path).filter(path => path.startsWith('docs/') && path !== 'docs/README.md')
    assert.deepEqual(paths.filter(path => !listed.includes(path)), [])
    assert.deepEqual(listed.filter((path, at) => listed.indexOf(path) !== at), [])
  })

  it('the guarantees are all there, each with a page that explains it', () => {
    const items = (sections('Guarantees')[0] ?? '').split('\n- ').slice(1)
    const expected = Array.from({ length: 18 }, (_, index) => `G${index + 1}`)
    assert.deepEqual(items.map(item => /^\*\*(G\d+) /.exec(item)?.[1]), expected)
    for (const item of items) assert.match(item, /\[[^\]]+\]\([^)]+\)/)
  })

  it('the way of a request names each hook in the order in which it is added', async () => {
    const source = await readFile(join(root, 'src/session-security.ts'), 'utf8')
    const added = [...source.matchAll(/addHook\('(\w+)', (\w+)\)/g)]
    const drawn = sections('A request through the hooks')[0] ?? ''
    const phases = ['onRequest', 'preParsing', 'preValidation', 'preHandler', 'onSend', 'onResponse']
    const expected = phases.flatMap(phase => added.filter(([, name]) => name === phase).map(([, , hook]) => hook))
    assert.ok(expected.length >= 8)
    assert.deepEqual(drawn.match(new RegExp(`\\b(?:${[...new Set(expected)].join('|')})\\b`, 'g')), expected)
  })

  it('the folders of the source are those that there are, and imports run downward', async () => {
    const entries = await readdir(join(root, 'src'), { withFileTypes: true })
    const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
    const listed = firstCells(sections('Folders')[0] ?? '').filter(name => /^[a-z-]+$/.test(name))
    assert.deepEqual(listed.sort(), folders.sort())
    const rows = (sections('Imports run downward')[0] ?? '').split('\n')
      .map((line): string[] => line.match(/[a-z-]+/g) ?? [])
    const rowOf = (folder: string): number => rows.findIndex(names => names.includes(folder))
    for (const folder of folders) {
      for (const imported of await importsOf(folder)) {
        assert.ok(rowOf(folder) < rowOf(imported), `${folder} imports ${imported}`)
      }
    }
  })

  it('the configuration for auditors is accepted', async test => {
    const app = Fastify()
    test.after(async () => await app.close())
    const env = { SESSION_SECRET: 'x'.repeat(32) }
    const names = { app, sessionSecurity: exported.sessionSecurity, process: { env } }
    await run(snippet('Compliance', '__Host-session'), names)
    const { expireAfter, absoluteTimeout } = app.sessionSecurity.policy
    assert.deepEqual([expireAfter, absoluteTimeout], [600, 43_200])
  })

  it('the guide for contributors names the dependencies and the scripts that there are', async () => {
    const guide = await readFile(join(root, 'CONTRIBUTING.md'), 'utf8')
    const [before = '', dependencies = ''] = guide.split('## Dependencies')
    assert.deepEqual(firstCells(dependencies).sort(), Object.keys(manifest.dependencies).sort())
    const scripts = [...before.matchAll(/^\| `npm (?:run )?([a-z:]+)` \|/gm)].map(([, name = '']) => name)
    const tests = Object.keys(manifest.scripts).filter(name => /^test(?!:types)/.test(name))
    assert.deepEqual(scripts.sort(), ['bench', 'build', 'setup', 'start', ...tests].sort())
  })
})

/** The other folders of the source that the files of a folder import. */
async function importsOf (folder: string): Promise<Set<string>> {
  const found = new Set<string>()
  const files = await readdir(join(root, 'src', folder), { recursive: true })
  for (const file of files.filter(file => file.endsWith('.ts'))) {
    const text = await readFile(join(root, 'src', folder, file), 'utf8')
    for (const [, path = ''] of text.matchAll(/from '(\.[^']+)'/g)) {
      const [target = '', ...rest] = normalize(join(folder, dirname(file), path)).split('/')
      if (rest.length > 0 && target !== folder) found.add(target)
    }
  }
  return found
}
