import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** The bytes that a page pays for something, minified and compressed. */
async function weigh (contents: string): Promise<number> {
  const { outputFiles: [file] } = await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('../../src/client/', import.meta.url)) },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false
  })
  assert.ok(file !== undefined)
  return gzipSync(file.contents, { level: 9 }).length
}

describe('the client is small', () => {
  it('needs less than 3 kB for the monitor', async () => {
    const bytes = await weigh('export { createIdleMonitor } from "./monitor.ts"')
    assert.ok(bytes < 3000, `${bytes} bytes`)
  })

  it('needs less than half a kB for the pinger', async () => {
    const bytes = await weigh('export { createPinger } from "./pinger.ts"')
    assert.ok(bytes < 512, `${bytes} bytes`)
  })
})
