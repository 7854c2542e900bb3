import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'

/** Runs a module `*.built.ts`, and returns a module that exports the same values as literals. */
export async function literalsOf (source: string): Promise<string> {
  const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(source).href)
  return Object.entries(exported).map(([name, value]) => {
    const literal = JSON.stringify(value)
    assert.deepEqual(JSON.parse(literal), value, `${name} in ${source} must be JSON`)
    return `export const ${name} = ${literal};\n`
  }).join('')
}
