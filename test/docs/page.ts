import assert from 'node:assert/strict'
import { pages } from '../package/docs.ts'

/** Returns the text of a page of the docs, by its path in the repository. */
export function pageText (path: string): string {
  return pages.find(page => page.path === path)?.text ?? assert.fail(`no page ${path}`)
}

/** Returns the one block of code of this language that holds this text. */
export function block (path: string, language: string, text: string): string {
  const blocks = [...pageText(path).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name, code = '']) => name === language && code.includes(text))
  assert.equal(blocks.length, 1, `${path}: ${language}, ${text}`)
  return blocks[0]?.[2] ?? ''
}

/** Returns the one block of JavaScript that holds this text, without imports, for `run()`. */
export function script (path: string, text: string): string {
  return block(path, 'js', text).replaceAll(/^import .*\n/gm, '')
}
