import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { literalsOf } from '../../scripts/literals.ts'

const BUNDLES = fileURLToPath(new URL('../../node_modules/.cache/test-programs/', import.meta.url))

/** The bundles of this process, by their sources. Several test files start the same program. */
const bundles = new Map<string, Promise<string>>()

/**
 * Bundles a TypeScript program, so that its processes start without a compiler.
 *
 * A start takes a third of the time. The bundle is removed when this process ends. No module of it may read files by
 * its own place.
 * @param entry Beside the caller's module, whose `import.meta.url` is `base`.
 * @returns the path of the bundle
 */
export async function program (entry: string, base: string): Promise<string> {
  const source = fileURLToPath(new URL(entry, base))
  const bundle = bundles.get(source) ?? bundled(source)
  bundles.set(source, bundle)
  return await bundle
}

async function bundled (source: string): Promise<string> {
  const outfile = join(BUNDLES, `${basename(source, '.ts')}-${process.pid}.js`)
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true, // for coverage
    plugins: [{
      name: 'literals',
      setup: ({ onLoad }) => onLoad({ filter: /\.built\.ts$/ }, async ({ path }) => ({
        contents: await literalsOf(path)
      }))
    }]
  })
  process.once('exit', () => { for (const end of ['', '.map']) rmSync(`${outfile}${end}`, { force: true }) })
  return outfile
}
