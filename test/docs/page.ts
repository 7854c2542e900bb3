import assert from 'node:assert/strict'
import { pages } from '../package/docs.ts'

/** The text of one page of the docs, by its path from the top of the repository. */
export function pageText (path: string): string {
  return pages.find(page => page.path === path)?.text ?? assert.fail(`no page ${path}`)
}

/** The one block of code of a page that has this language and holds this text, as it stands. */
export function block (path: string, language: string, text: string): string {
  const blocks = [...pageText(path).matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, name, code = '']) => name === language && code.includes(text))
  assert.equal(blocks.length, 1, `${path}: ${language}, ${text}`)
  return blocks[0]?.[2] ?? ''
}

/** The one block of JavaScript of a page that holds this text, without its imports, for `run()`. */
export function script (path: string, text: string): string {
  return block(path, 'js', text).replaceAll(/^import .*\n/gm, '')
}
