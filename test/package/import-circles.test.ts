import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../../src', import.meta.url))

/** An import or a re-export of a module of this package, of values or types. */
const IMPORT = /\b(?:from|import)\s*\(?\s*'(\.[^']+\.tsx?)'/g

/** Reads the imports of all modules in src, types included. */
async function readImports (): Promise<ReadonlyMap<string, readonly string[]>> {
  const entries = await readdir(src, { recursive: true })
  const modules = entries.filter(name => /\.tsx?$/.test(name))
  return new Map(await Promise.all(modules.map(async (module): Promise<[string, readonly string[]]> => {
    const text = await readFile(path.join(src, module), 'utf8')
    const imported = [...text.matchAll(IMPORT)].map(([, to = '']) => path.join(path.dirname(module), to))
    return [module, imported]
  })))
}

/** Finds circles by a walk in depth. Each circle ends with the module that it begins with. */
function circlesIn (imports: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (module: string, trail: readonly string[]): void => {
    const start = trail.indexOf(module)
    if (start >= 0) circles.push([...trail.slice(start), module].join(' → '))
    if (start >= 0 || done.has(module)) return
    for (const next of imports.get(module) ?? []) walk(next, [...trail, module])
    done.add(module)
  }
  for (const module of imports.keys()) walk(module, [])
  return circles
}

test('finds a circle', () => {
  assert.deepEqual(circlesIn(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b → c → b'])
})

test('no modules of src import each other in a circle, types included', async () => {
  const imports = await readImports()
  const unknown = [...imports.values()].flat().filter(module => !imports.has(module))
  assert.deepEqual(unknown, [])
  assert.deepEqual(circlesIn(imports), [])
})
