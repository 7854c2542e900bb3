import assert from 'node:assert/strict'
import * as environment from '../../src/env.ts'
import * as exported from '../../src/index.ts'
import { SECRET } from '../helpers/app.ts'
import { sections } from './docs.ts'

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor as
  new (...words: string[]) => (...values: unknown[]) => Promise<unknown>

/** Returns the one snippet under a heading that holds this text, without imports. */
export function snippet (heading: string, text: string): string {
  const found = sections(heading).map(section => {
    const all = [...section.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code)
    return all.filter(code => code.includes(text))
  })
  const [codes = []] = found.filter(({ length }) => length > 0)
  assert.equal(codes.length, 1, `${heading}: ${text}`)
  return (codes[0] ?? '').replaceAll(/^import .*\n/gm, '')
}

/** Runs a snippet with all exports of this package and with `names`. */
export async function run (code: string, names: Readonly<Record<string, unknown>>): Promise<unknown> {
  const { default: _, ...known } = { ...exported, ...environment, secret: SECRET, ...names } as Record<string, unknown>
  return await new AsyncFunction(...Object.keys(known), code)(...Object.values(known))
}
