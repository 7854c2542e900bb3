import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { FastifyInstance } from 'fastify'
import Fastify from 'fastify'
import type { Browser, Page } from 'playwright-core'
import { bundleForm } from '../helpers/page-coverage.ts'
import { inQuietContext } from '../helpers/quiet-context.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The policy of a careful site. It refuses inline code and styles, and files from elsewhere. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; " +
  "base-uri 'none'"

/** Milliseconds: longer than anything takes here. */
const PATIENCE_MS = 40_000

/** Bundles a few lines of code. Their imports are paths from the root of the project. */
export async function bundle (code: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    ...bundleForm(),
    format: 'esm',
    target: 'es2022'
  })
  return outputFiles[0]?.text ?? ''
}

/**
 * Starts a site on loopback with pages of HTML by their path. All have the same script and the client's stylesheet.
 *
 * @param extend adds plugins and pages of another kind
 */
export async function startSite (
  pages: Record<string, string>, code: string, extend?: (app: FastifyInstance) => Promise<void>
): Promise<FastifyInstance> {
  const app = Fastify()
  await extend?.(app)
  const script = await bundle(code)
  const styles = await readFile(new URL('../../src/client/client.css', import.meta.url))
  app.addContentTypeParser('application/x-www-form-urlencoded', (_request, _payload, done) => done(null, null))
  app.addHook('onSend', async (_request, reply) => { reply.header('content-security-policy', POLICY) })
  app.get('/test.js', async (_request, reply) => reply.type('text/javascript').send(script))
  app.get('/client.css', async (_request, reply) => reply.type('text/css').send(styles))
  app.get(
    '/page.css',
    async (_request, reply) => reply.type('text/css')
      .send('html { color-scheme: light dark; background: Canvas; font: 1rem/1.5 system-ui }')
  )
  app.get('/favicon.ico', async (_request, reply) => reply.code(204).send())
  for (const [path, html] of Object.entries(pages)) {
    app.route({
      method: ['GET', 'POST'], url: path, handler: async (_request, reply) => reply.type('text/html').send(html)
    })
  }
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app
}

export function page (title: string, body: string, lang = 'en'): string {
  return `<!doctype html>
<html lang="${lang}">
  <head>
    <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>
    <link rel="stylesheet" href="/page.css"><link rel="stylesheet" href="/client.css"><script type="module"
      src="/test.js"></script>
  </head>
  <body><main><h1>${title}</h1>${body}</main></body>
</html>`
}

export type PageOptions = Parameters<Browser['newContext']>[0]

/** Opens a browser of its own for one test. The console must stay empty, and the policy be kept. */
export async function withPage (
  browser: Browser, site: FastifyInstance, options: PageOptions, test: (page: Page) => Promise<void>, expected?: RegExp
): Promise<void> {
  await inQuietContext(browser, { baseURL: site.listeningOrigin, ...options }, async context => {
    context.setDefaultTimeout(PATIENCE_MS)
    await test(await context.newPage())
  }, expected)
}

/** Waits until an expression holds in the page. A policy without `unsafe-eval` forbids playwright's own way. */
export async function until (page: Page, expression: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (await page.evaluate(expression) !== true) {
    if (Date.now() > end) throw new Error(`waited in vain for ${expression}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
