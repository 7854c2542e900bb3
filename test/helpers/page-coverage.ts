import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'

type Entries = Awaited<ReturnType<Page['coverage']['stopJSCoverage']>>

const ROOT = new URL('../../', import.meta.url)

/** The start of a source map at the end of a script. */
const INLINE_MAP = '\n//# sourceMappingURL=data:application/json;base64,'

/**
 * The arguments of a Chromium that counts all.
 *
 * Otherwise the counts of a document go with it, and functions that come from the cache of compiled scripts are counted
 * without their blocks.
 */
export const COUNTING = ['--enable-features=RenderDocument:level/crashed-frame', '--v8-cache-options=none']

/** Whether this run counts what runs. */
export function isCounted (): boolean {
  return process.env.NODE_V8_COVERAGE !== undefined
}

/** Options of esbuild for the script of a page. V8 counts by blocks, which a minifier rewrites. */
export function bundleForm (): { minify: true } | { sourcemap: 'inline', sourceRoot: string } {
  return isCounted() ? { sourcemap: 'inline', sourceRoot: ROOT.href } : { minify: true }
}

/**
 * Counts what the pages of a context run, if Node counts what it runs itself.
 *
 * @returns a function that writes the counts of the open pages beside those of Node, where c8 reads both
 */
export function countScripts (context: BrowserContext): () => Promise<void> {
  const { NODE_V8_COVERAGE: folder } = process.env
  if (folder === undefined) return async () => {}
  const pages = new Map<Page, Promise<void>>()
  context.on('page', page => {
    const started = page.coverage.startJSCoverage({ resetOnNavigation: false })
    // A page without scripts, or one that has gone, has nothing to count.
    pages.set(page, started.catch(() => { pages.delete(page) }))
  })
  return async () => {
    mkdirSync(folder, { recursive: true })
    await Promise.all(pages.values())
    for (const page of pages.keys()) {
      if (page.isClosed()) continue
      const report = reportOf(await page.coverage.stopJSCoverage(), folder)
      writeFileSync(join(folder, `page-${randomUUID()}.json`), JSON.stringify(report))
    }
  }
}

/** The scripts whose source maps this process has written. */
const written = new Set<string>()

/** Returns a report like those of Node, in which a script is a file. Equal scripts have one name. */
function reportOf (entries: Entries, folder: string): object {
  const result: object[] = []
  const maps: Record<string, object> = {}
  for (const { source = '', scriptId, functions } of entries) {
    const [script, encoded] = source.split(INLINE_MAP)
    if (script === undefined || encoded === undefined) continue
    const url = pathToFileURL(join(folder, `${createHash('sha256').update(source).digest('hex')}.js`)).href
    result.push({ url, scriptId, functions })
    if (written.has(url)) continue
    written.add(url)
    const { sourceRoot, sources, ...map } = JSON.parse(Buffer.from(encoded, 'base64').toString())
    const paths = sources.map((path: string) => resolve(fileURLToPath(sourceRoot), path))
    maps[url] = { data: { ...map, sources: paths }, lineLengths: script.split('\n').map(line => line.length) }
  }
  return { result, 'source-map-cache': maps }
}
