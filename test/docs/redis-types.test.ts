import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { pages } from '../package/docs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const COMPILER = join(root, 'node_modules/typescript-native/bin/tsc')

/** Options of ioredis without which an outage lasts longer than it must. Those for a Cluster are among its own. */
const NEEDED = ['commandTimeout: 1000', 'socketTimeout: 5000', 'maxRetriesPerRequest: 1', 'etryStrategy:',
  "reconnectOnError: ({ message }) => message.includes('READONLY')"]

/** The snippets that make a client of Redis, with their page. */
const snippets = pages.flatMap(({ path, text }) => [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)]
  .map(([, code = '']) => ({ path, code }))
  .filter(({ code }) => /new (?:Redis|Cluster)\(|createClient\(/.test(code)))

describe('the snippets of the docs that make a client of Redis', () => {
  it('give ioredis all that it needs for an outage', () => {
    const ofIoredis = snippets.filter(({ code }) => code.includes("from 'ioredis'"))
    assert.equal(ofIoredis.length, 4)
    for (const { path, code } of ofIoredis) {
      assert.deepEqual(NEEDED.filter(option => !code.includes(option)), [], `${path}: ${code}`)
    }
  })

  it('pass the strictest TypeScript', async t => {
    assert.deepEqual(await complaints(t, snippets.map(({ code }) => code)), '')
  })
})

/** Returns what the compiler says of these modules, in which `app` is Fastify's. */
async function complaints (test: TestContext, codes: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(root, 'node_modules/.snippets-'))
  test.after(async () => await rm(folder, { recursive: true }))
  await Promise.all(codes.map(async (code, index) => {
    const types = code.replaceAll("'redis'", "'redis6'") // the name of that package here
    await writeFile(join(folder, `snippet-${index}.mts`), `${types}
declare const app: import('fastify').FastifyInstance
export {}
`)
  }))
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({
    extends: join(root, 'tsconfig.json'),
    compilerOptions: {
      paths: { 'fastify-session-security/redis': [join(root, 'src/redis.ts')] },
      typeRoots: [join(root, 'node_modules/@types')]
    },
    include: ['*.mts'],
    exclude: []
  }))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [COMPILER, '-p', folder])
    return stdout
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
  }
}
