import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import * as environment from '../../src/env.ts'
import * as exported from '../../src/index.ts'
import { SECRET } from '../helpers/app.ts'

export const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8')

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as
  new (...words: string[]) => (...values: unknown[]) => Promise<unknown>

/** The one snippet under that heading of the README that holds this text, without its imports. */
export function snippet (heading: string, text: string): string {
  const section = readme.split(`\n## ${heading}\n`)[1] ?? readme.split(`\n### ${heading}\n`)[1] ?? ''
  const codes = [...(section.split(/\n##+ /)[0] ?? '').matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const [found = '', ...others] = codes.filter(code => code.includes(text))
  assert.ok(found !== '' && others.length === 0, `${heading}: ${text}`)
  return found.replaceAll(/^import .*\n/gm, '')
}

/** Runs a snippet as it stands, with all exports of this package under their names, and `names` beside them. */
export async function run (code: string, names: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { default: _, ...known } = { ...exported, ...environment, secret: SECRET, ...names } as Record<string, unknown>
  return await new AsyncFunction(...Object.keys(known), code)(...Object.values(known))
}
