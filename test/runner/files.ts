import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The kinds of test files, by their needs. The kind `long` is for coverage. */
export type Kind = 'unit' | 'redis' | 'browser' | 'package' | 'long'

/** Long tests that run what no shorter one does: forms, frames, frameworks, rich text. */
const LONG = /browser\/long-(?:forms|frame|rich)/

/** The files that run in one process. Loading Node, tsx and Fastify takes longer than most files. */
const AT_MOST = { unit: 6, redis: 8, browser: 2, package: 1, long: 1 }

/** Groups of test files, each for one process. */
export function groupsOf (kind: Kind): string[][] {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).sort().map(file => join('test', file))
    .filter(file => kindOf(file) === kind)
  const alone = files.filter(needsProcess)
  const together = files.filter(file => !needsProcess(file))
  const count = Math.ceil(together.length / AT_MOST[kind])
  // Neighbours cost alike: each group takes files from the whole list.
  const groups = Array.from({ length: count }, (_, index) => together.filter((_, at) => at % count === index))
  return [...alone.map(file => [file]), ...groups]
}

/** By the name of a file, by what it imports, and by what that imports. */
function kindOf (file: string): Kind | undefined {
  if (file.endsWith('.package.ts')) return 'package'
  if (LONG.test(file)) return 'long'
  if (!file.endsWith('.test.ts')) return undefined
  const imported = [...importsOf(file)]
  if (imported.some(path => /helpers\/chromium/.test(path))) return 'browser'
  return imported.some(path => /helpers\/redis-/.test(path)) ? 'redis' : 'unit'
}

/** Whether a file measures the heap of its process, or takes long with a fleet. */
function needsProcess (file: string): boolean {
  return /\bgc\(|prepareFleet\(/.test(readFileSync(file, 'utf8'))
}

/** The files that each file imports itself. Many test files share what they import, so each file is read once. */
const direct = new Map<string, readonly string[]>()

function importsOf (file: string, known = new Set<string>()): Set<string> {
  if (known.has(file) || !existsSync(file)) return known
  known.add(file)
  for (const imported of directImportsOf(file)) importsOf(imported, known)
  return known
}

function directImportsOf (file: string): readonly string[] {
  const found = direct.get(file)
  if (found !== undefined) return found
  const matches = readFileSync(file, 'utf8').matchAll(/^(?:import |export |\}).*'(\.[^']+\.ts)'$/gm)
  const imports = [...matches].map(([, path = '']) => join(dirname(file), path))
  direct.set(file, imports)
  return imports
}
