import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { root, run } from './packed-project.ts'

describe('the bill of materials', () => {
  it('lists the dependencies, with those of their own, and no package that only the tests need', async () => {
    const { stdout } = await run('npm', ['run', '--silent', 'sbom'], { cwd: root, maxBuffer: 2 ** 26 })
    const { components }: { components: ReadonlyArray<{ name: string }> } = JSON.parse(stdout)
    const names = components.map(({ name }) => name)
    const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    for (const name of [...Object.keys(dependencies), 'safe-stable-stringify']) assert.ok(names.includes(name), name)
    assert.ok(!names.includes('esbuild'))
  })
})
