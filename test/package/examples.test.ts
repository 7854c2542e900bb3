import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { describe, it } from 'node:test'

const EXAMPLES = new URL('../../examples/', import.meta.url)

const entries = await readdir(EXAMPLES, { withFileTypes: true })
const folders = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)

describe('the examples', () => {
  it('are all in the list', async () => {
    const list = await readFile(new URL('README.md', EXAMPLES), 'utf8')
    for (const folder of folders) assert.ok(list.includes(`[${folder}](${folder})`), folder)
  })

  it('have each a README of one screen, with links to files that exist', async () => {
    for (const folder of folders) {
      const address = new URL(`${folder}/README.md`, EXAMPLES)
      const text = await readFile(address, 'utf8')
      assert.ok(text.split('\n').length <= 32, `${folder}: short`)
      for (const [, link = ''] of text.matchAll(/\]\(((?!https?:)[^)]+)\)/g)) {
        assert.ok(existsSync(new URL(link, address)), `${folder}: ${link}`)
      }
    }
  })
})
