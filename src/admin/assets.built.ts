import { readFileSync } from 'node:fs'

export const STYLE = read('admin.css')
export const SCRIPT = read('admin.js')

function read (name: string): string {
  return readFileSync(new URL(`assets/${name}`, import.meta.url), 'utf8')
}
