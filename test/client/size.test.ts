import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** Returns the bytes of a bundle, minified and compressed. */
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
  it('needs at most 12.5 kB for the monitor and the warning, in English', async () => {
    const parts = 'export { createIdleMonitor } from "./monitor/monitor.ts"; export { ' +
      'createWarningDialog } from "./warning/dialog.ts"'
    const bytes = await weigh(parts)
    assert.ok(bytes <= 12.5 * 1024, `${bytes} bytes`)
  })

  it('needs at most 27.5 kB for all parts with one language', async () => {
    const parts = ['monitor/monitor', 'warning/dialog', 'forms/form-guard'].map(part => `export * from "./${part}.ts"`)
    const bytes = await weigh(parts.join('\n'))
    assert.ok(bytes <= 27.5 * 1024, `${bytes} bytes`)
  })

  it('needs less than half a kB for the pinger', async () => {
    const bytes = await weigh('export { createPinger } from "./monitor/pinger.ts"')
    assert.ok(bytes < 512, `${bytes} bytes`)
  })
})

describe('the oldest supported browsers can read the client', () => {
  const oldest = ['chrome97', 'firefox98', 'safari15.4']

  for (const module of ['auto', 'forms-auto', 'react', 'vue', 'session-warning']) {
    it(`nothing of ${module} has to be written in another way for them`, async () => {
      const [asWritten, forThem] =
        await Promise.all(['esnext', oldest].map(async target => await translated(`${module}.ts`, target)))
      assert.equal(forThem, asWritten)
    })
  }

  it('a style that they cannot read stands behind one that they can', async () => {
    const styles = await readFile(new URL('../../src/client/client.css', import.meta.url), 'utf8')
    assert.doesNotMatch(styles, /@media[^{]*[<>]/) // a range: Safari 16.4
    for (const line of styles.split('\n').filter(line =>
      !line.startsWith('@supports') && /\d(?:vi|vb|dvb|dvh|svb|svh)\b/.test(line)
    )) {
      const [, property] = /([a-z-]+): [^:]*;/.exec(line) ?? []
      const [before] = styles.split(line)
      assert.match(
        before ?? '', new RegExp(`(?:  ${String(property)}: [^;]+;\\n|@supports \\(block-size: 1dvb\\) \\{\\n)$`), line
      )
    }
  })
})

/** Translates a module and its imports for some browsers. */
async function translated (path: string, target: string | string[]): Promise<string> {
  const { outputFiles: [file] } = await build({
    entryPoints: [fileURLToPath(new URL(`../../src/client/${path}`, import.meta.url))],
    bundle: true,
    external: ['react', 'vue'],
    format: 'esm',
    target,
    write: false,
    logLevel: 'silent'
  })
  return file?.text ?? ''
}
