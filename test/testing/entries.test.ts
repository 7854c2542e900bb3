import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const src = fileURLToPath(new URL('../../src/', import.meta.url))

interface Loaded {
  /** Of this package, by their paths below src. */
  readonly modules: readonly string[]
  /** Other packages. */
  readonly packages: readonly string[]
}

/** All that an entry may load, now or later. */
async function loadedBy (entry: string): Promise<Loaded> {
  const { metafile } = await build({
    entryPoints: [src + entry],
    absWorkingDir: src,
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    metafile: true,
    write: false
  })
  const external = Object.values(metafile.inputs)
    .flatMap(({ imports }) => imports.filter(({ external }) => external === true))
  return {
    modules: Object.keys(metafile.inputs),
    packages: [...new Set(external.map(({ path }) => path).filter(path => !path.startsWith('node:')))].sort()
  }
}

describe('the test kit', () => {
  const browser = ['index', 'auto', 'forms-auto', 'react', 'vue', 'session-warning'].map(name => `client/${name}`)
  for (const entry of ['index', 'redis', ...browser, 'cli/main']) {
    it(`is not loaded by ${entry}`, async () => {
      const { modules } = await loadedBy(`${entry}.ts`)
      assert.deepEqual(modules.filter(module => module.startsWith('testing')), [])
    })
  }

  it('needs no package that a server does not need, and nothing of Redis', async () => {
    const [kit, server] = [await loadedBy('testing.ts'), await loadedBy('index.ts')]
    assert.ok(kit.modules.includes('testing/kit.ts') && kit.modules.includes('client/monitor/next.ts'))
    assert.deepEqual(kit.packages.filter(name => !server.packages.includes(name)), [])
    assert.deepEqual(
      kit.modules.filter(module => /^(store\/redis|cli|demo|client\/(forms|warning))\//.test(module)), []
    )
  })
})
