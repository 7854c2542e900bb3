import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Locale } from '../client/locales/locale.ts'
import type { StaticFile } from './static-file.ts'
import { versionOf } from './static-file.ts'

/** The browser side as files. */
export interface ClientFiles {
  /** By their names: `client.js`, `forms.js`, `push.js`, `client.css`. */
  readonly files: ReadonlyMap<string, StaticFile>
  /** A module of texts for each language, by its tag in lower case: `pt-br`. */
  readonly texts: ReadonlyMap<string, StaticFile>
  /** Of all of them: one that changes gives all another address, so that what a script imports fits it. */
  readonly version: string
}

const JAVASCRIPT = 'text/javascript; charset=utf-8'

/** The names are those that package.json's "build:client" gives the sources. */
const FILES = [
  { name: 'client.js', source: 'auto.ts', type: JAVASCRIPT },
  { name: 'forms.js', source: 'forms-auto.ts', type: JAVASCRIPT },
  { name: 'push.js', source: 'push.ts', type: JAVASCRIPT },
  { name: 'client.css', source: 'client.css', type: 'text/css; charset=utf-8' }
] as const

/** Scripts and stylesheet, as `npm run build` made them; a checkout, where it did not, makes them on the spot. */
export async function loadClientFiles (locales: readonly Locale[]): Promise<ClientFiles> {
  const files = await Promise.all(FILES.map(async ({ name, source, type }) => {
    const body = await readBuilt(name) ?? await make(source)
    return [name, { type, body }] as const
  }))
  const texts = locales.map(locale => {
    return [locale.lang.toLowerCase(), { type: JAVASCRIPT, body: textsModule(locale) }] as const
  })
  const all = [...files, ...texts]
  const version = versionOf(...all.flatMap(([name, { body }]) => [`\n${name}\n`, body]))
  return { files: new Map(files), texts: new Map(texts), version }
}

/** JSON is JavaScript, line separators included (ES2019). */
function textsModule (locale: Locale): string {
  return `export default ${JSON.stringify(locale)}\n`
}

async function readBuilt (name: string): Promise<Buffer | undefined> {
  if (isSource) return undefined
  return await readFile(new URL(`../client/bundle/${name}`, import.meta.url))
}

const isSource = import.meta.url.endsWith('.ts')

/** As the script "build:client" in package.json does. esbuild is there wherever the tests are. */
async function make (source: string): Promise<Buffer> {
  const { build } = await import('esbuild')
  const { outputFiles: [file] } = await build({
    entryPoints: [fileURLToPath(new URL(`../client/${source}`, import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: ['chrome97', 'firefox98', 'safari15.4'],
    charset: 'utf8',
    define: { WITHOUT_ENGLISH: 'true' },
    write: false
  })
  return Buffer.from(file?.contents ?? '')
}
