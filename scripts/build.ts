/**
 * Makes `dist` from `src`.
 *
 * 1. The compiler writes the modules without comments, and the declarations with them. Maps of both lead to `src`,
 *    which the package contains. It checks no types: `npm run typecheck` does.
 * 2. A module `*.built.ts` reads the source tree. The build runs it and writes what it exports in its place, so that
 *    the package reads no file at run time, and survives a bundler.
 * 3. Modules and declarations that no entry reaches are removed.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { CLIENT_BUNDLE } from '../src/browser-files/client-bundle.built.ts'
import { literalsOf } from './literals.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const src = join(root, 'src')
const dist = join(root, 'dist')
const { bin, exports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))

/** The package does not contain the sources of these, so a map would lead nowhere. */
const WITHOUT_SOURCES = ['cli', 'demo'].map(folder => join(dist, folder))

await rm(dist, { recursive: true, force: true })
await Promise.all([
  compile('--sourceMap', '--removeComments'),
  compile('--declaration', '--declarationMap', '--emitDeclarationOnly')
])
for (const file of await filesOf(src, /\.built\.ts$/)) await writeExports(file)
await writeFile(join(dist, 'client/client.css'), CLIENT_BUNDLE['client.css'] ?? '')
// TypeScript 6 asks an import of a stylesheet for types
await writeFile(join(dist, 'client/client.css.d.ts'), 'export {}\n')
await removeUnreached()
for (const folder of WITHOUT_SOURCES) for (const file of await filesOf(folder, /\.js$/)) await removeMap(file)
for (const file of commands()) await chmod(file, 0o755)

async function compile (...options: readonly string[]): Promise<void> {
  const tsc = join(root, 'node_modules/typescript-native/bin/tsc')
  const args = [tsc, '-p', 'tsconfig.build.json', ...options]
  const compiler = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
  const [code] = await once(compiler, 'exit')
  assert.equal(code, 0, 'the compiler failed')
}

async function writeExports (source: string): Promise<void> {
  const written = join(dist, relative(src, source)).replace(/\.ts$/, '.js')
  await writeFile(written, await literalsOf(source))
  await rm(`${written}.map`)
}

async function removeUnreached (): Promise<void> {
  const reached = new Set<string>()
  const entries = Object.values(exports).filter(entry => typeof entry === 'object')
  const files = entries.flatMap(entry => Object.values(Object(entry))).map(inRoot)
  const left = [...commands(), ...files.filter(file => /\.[jt]s$/.test(file))]
  for (let file = left.pop(); file !== undefined; file = left.pop()) {
    if (reached.has(file)) continue
    reached.add(file)
    left.push(...await importsOf(file))
  }
  for (const file of await filesOf(dist, /\.[jt]s$/)) {
    if (reached.has(file)) continue
    await rm(file)
    await rm(`${file}.map`, { force: true })
  }
}

/** The files of this package that a module or a declaration names. A declaration names sources: `./clock.ts`. */
async function importsOf (file: string): Promise<string[]> {
  const { importedFiles } = ts.preProcessFile(await readFile(file, 'utf8'), true, true)
  const extension = file.endsWith('.d.ts') ? '.d.ts' : '.js'
  return importedFiles.filter(({ fileName }) => fileName.startsWith('.')).map(({ fileName }) => {
    return resolve(dirname(file), fileName.replace(/\.[jt]s$/, extension))
  })
}

async function removeMap (file: string): Promise<void> {
  const text = await readFile(file, 'utf8')
  await writeFile(file, text.replace(/\n\/\/# sourceMappingURL=.*$/m, ''))
  await rm(`${file}.map`, { force: true })
}

function commands (): string[] {
  return Object.values(bin).map(inRoot)
}

function inRoot (path: unknown): string {
  return join(root, String(path))
}

async function filesOf (folder: string, names: RegExp): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile() && names.test(entry.name))
  return files.map(entry => join(entry.parentPath, entry.name))
}
