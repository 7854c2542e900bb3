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
  it('needs at most 12 kB for the monitor and the warning, in English', async () => {
    const parts = 'export { createIdleMonitor } from "./monitor/monitor.ts"; export { createWarningDialog } from "./warning/dialog.ts"'
    const bytes = await weigh(parts)
    assert.ok(bytes <= 12 * 1024, `${bytes} bytes`)
  })

  it('needs at most 26 kB for all parts with one language, of which forms, a module that is loaded later, have 14', async () => {
    const parts = ['monitor/monitor', 'warning/dialog', 'forms/form-guard'].map(part => `export * from "./${part}.ts"`)
    const bytes = await weigh(parts.join('\n'))
    assert.ok(bytes <= 26 * 1024, `${bytes} bytes`)
  })

  it('needs less than half a kB for the pinger', async () => {
    const bytes = await weigh('export { createPinger } from "./monitor/pinger.ts"')
    assert.ok(bytes < 512, `${bytes} bytes`)
  })
})
