import { readFileSync, readdirSync } from 'node:fs'

const FOLDER = new URL('assets/', import.meta.url)

/** The files of `assets/` by their names. */
export const ASSETS: Readonly<Record<string, string>> = Object.fromEntries(
  readdirSync(FOLDER).map(name => [name, readFileSync(new URL(name, FOLDER), 'utf8')])
)
