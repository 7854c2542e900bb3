import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const CLIENT = new URL('../client/', import.meta.url)

/** Under `npm run test:coverage`, source maps tell which lines of the sources a browser ran. */
const isCounted = process.env.NODE_V8_COVERAGE !== undefined

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(CLIENT),
  entryPoints: [
    { in: 'auto.ts', out: 'client' },
    { in: 'forms-auto.ts', out: 'forms' },
    { in: 'push.ts', out: 'push' },
    { in: 'client.css', out: 'client' }
  ],
  outdir: '.',
  bundle: true,
  ...(isCounted ? { sourcemap: 'inline', sourceRoot: CLIENT.href } : { minify: true }),
  format: 'esm',
  target: ['chrome97', 'firefox98', 'safari15.4'],
  charset: 'utf8',
  define: { WITHOUT_ENGLISH: 'true' },
  write: false
})

/** The browser side by the names of its files: `client.js`, `forms.js`, `push.js`, `client.css`. */
export const CLIENT_BUNDLE: Readonly<Record<string, string>> = Object.fromEntries(
  outputFiles.map(({ path, text }) => [basename(path), text])
)
