import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pages } from '../package/docs.ts'
// A snippet imports it under another name.
import './debian-playwright.ts'

const execute = promisify(execFile)
const root = fileURLToPath(new URL('../../', import.meta.url))
const page = await readFile(`${root}docs/guides/testing.md`, 'utf8')

/** The packages that the snippets import, in a checkout without a build. */
const PLACES: Readonly<Record<string, string>> = {
  'fastify-session-security': 'src/index.ts',
  'fastify-session-security/testing': 'src/testing.ts',
  'playwright-core': 'test/testing/debian-playwright.ts'
}

/** The snippets that are written for this. */
function snippets (kind: string): string[] {
  return [...page.matchAll(/```js (.*)\n([\s\S]*?)```/g)]
    .flatMap(([, named, code = '']) => named === kind ? [code] : [])
}

/** A snippet as it stands, with other places in its imports. */
function placed (code: string): string {
  return code.replaceAll(/^(import .* from) '(.*)'$/gm, (line, words: string, name: string) => {
    const place = PLACES[name]
    return place === undefined ? line : `${words} '${root}${place}'`
  })
}

describe('the page about tests', () => {
  let folder: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'testing-'))
    await symlink(`${root}node_modules`, join(folder, 'node_modules'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    const [application = '', ...others] = snippets('app.js')
    assert.equal(others.length, 0)
    await writeFile(join(folder, 'app.js'), placed(application))
  })
  after(async () => { await rm(folder, { recursive: true, force: true }) })

  async function write (kind: string, ending: string): Promise<string[]> {
    const files = snippets(kind)
      .map((code, index) => [`${kind.replace(':', '-')}-${index}${ending}`, placed(code)] as const)
    for (const [name, code] of files) await writeFile(join(folder, name), code)
    return files.map(([name]) => name)
  }

  /** The same as a person types, in a process that knows nothing of this one. */
  async function runIn (args: string[]): Promise<string> {
    const { NODE_TEST_CONTEXT, ...env } = process.env
    const { stdout } = await execute(process.execPath, args, { cwd: folder, env })
    return stdout
  }

  it('runs under node:test', async () => {
    const files = await write('node:test', '.test.js')
    assert.equal(files.length, 2)
    const out = await runIn(['--import', 'tsx', '--test', '--test-reporter', 'tap', ...files])
    assert.match(out, /^# tests 4\n[\s\S]*^# pass 4\n[\s\S]*^# fail 0$/m)
  })

  it('runs under Vitest', async () => {
    const files = await write('vitest', '.spec.js')
    assert.equal(files.length, 1)
    const program = join(root, 'node_modules/vitest/vitest.mjs')
    const out = await runIn([program, 'run', '--root', folder, '--reporter', 'json', ...files])
    const { numTotalTests, numPassedTests } = JSON.parse(out.slice(out.indexOf('{')))
    assert.deepEqual([numTotalTests, numPassedTests], [1, 1])
  })

  it('runs with Playwright', async () => {
    const files = await write('playwright', '.test.js')
    assert.equal(files.length, 1)
    const out = await runIn(['--import', 'tsx', '--test', '--test-reporter', 'tap', ...files])
    assert.match(out, /^# pass 1\n[\s\S]*^# fail 0$/m)
  })

  it('is linked to by another page', () => {
    const others = pages.filter(({ path }) => !path.endsWith('guides/testing.md'))
    assert.ok(others.some(({ text }) => /\]\([\w./]*testing\.md\)/.test(text)))
  })

  it('shows no code that is not run, and ten lines that test a log-out', () => {
    const [first = ''] = snippets('node:test')
    assert.equal(/=> \{\n([\s\S]*?)\n\}\)\n/.exec(first)?.[1]?.split('\n').length, 9)
    const all = ['app.js', 'node:test', 'vitest', 'playwright'].flatMap(snippets)
    assert.equal(all.length, page.match(/^```\w/gm)?.length)
  })
})
