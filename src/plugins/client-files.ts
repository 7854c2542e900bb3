import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** A file for browsers. */
export interface ClientFile {
  readonly name: string
  readonly type: string
  readonly content: Buffer
  /** Of the content: another one, another address. */
  readonly hash: string
}

const FILES = [
  { name: 'client.js', source: 'auto.ts', type: 'text/javascript; charset=utf-8' },
  { name: 'client.css', source: 'client.css', type: 'text/css; charset=utf-8' }
]

/** The script and the stylesheet, as `npm run build` made them; a checkout, where it did not, makes them on the spot. */
export async function loadClientFiles (): Promise<ClientFile[]> {
  return await Promise.all(FILES.map(async ({ name, source, type }) => {
    const content = await readBuilt(name) ?? await make(source)
    return { name, type, content, hash: hash('sha256', content, 'base64url').slice(0, 16) }
  }))
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
    target: 'es2022',
    charset: 'utf8',
    write: false
  })
  return Buffer.from(file?.contents ?? '')
}
