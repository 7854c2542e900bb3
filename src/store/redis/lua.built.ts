import { readFileSync, readdirSync } from 'node:fs'

const FOLDER = new URL('lua/', import.meta.url)

/** The files of `lua/` by their names, without comments. Redis would receive and keep comments too. */
export const LUA: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER).map(file => [file, withoutComments(readFileSync(new URL(file, FOLDER), 'utf8'))])
)

/** `--@include` stays: scripts.ts puts the other file in its place. */
function withoutComments (lua: string): string {
  return lua
    .replace(/--\[\[[\s\S]*?\]\]/g, '')
    .replace(/ *--(?!@).*$/gm, '')
    .replace(/\n{2,}/g, '\n')
    .trim()
}
