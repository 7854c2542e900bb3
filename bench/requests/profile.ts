import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { markdown } from '../table.ts'
import type { Scenario } from './scenarios.ts'

/**
 * The parts of a `--cpu-prof` file that are read here.
 * @see https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile
 */
interface Profile {
  readonly nodes: ReadonlyArray<{
    readonly id: number,
    readonly callFrame: { readonly functionName: string, readonly url: string }
  }>
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Share of the samples that is skipped. The server starts and the compiler runs in that part. */
const WARM_FROM = 0.4

/** Smaller shares of the time get no line. */
const LEAST_SHARE = 0.01

export function profileDir (profiles: string, { name }: Scenario): string {
  return join(profiles, name.replace(/\W+/g, '-'))
}

/** Shows each library's share of the time in which the servers were busy. Time counts for the function that ran. */
export async function renderShares (profiles: string, scenarios: readonly Scenario[]): Promise<string> {
  const tables = await Promise.all(scenarios.map(async scenario => {
    const shares = await sharesIn(profileDir(profiles, scenario))
    return markdown([scenario.name, '%'], shares.map(([who, share]) => [who, (share * 100).toFixed(1)]))
  }))
  return tables.join('\n\n')
}

async function sharesIn (dir: string): Promise<Array<[who: string, share: number]>> {
  const spent = new Map<string, number>()
  for (const file of await readdir(dir)) {
    const { nodes, samples, timeDeltas } = JSON.parse(await readFile(join(dir, file), 'utf8')) as Profile
    const who = new Map(nodes.map(({ id, callFrame }) => [id, spenderOf(callFrame)]))
    for (let i = Math.floor(samples.length * WARM_FROM); i < samples.length; i++) {
      const spender = who.get(samples[i] ?? NaN) ?? ''
      spent.set(spender, (spent.get(spender) ?? 0) + (timeDeltas[i] ?? 0))
    }
  }
  spent.delete('(idle)')
  const all = [...spent.values()].reduce((sum, time) => sum + time, 0)
  return [...spent].map(([spender, time]): [string, number] => [spender, time / all])
    .filter(([, share]) => share >= LEAST_SHARE).sort(([, a], [, b]) => b - a)
}

function spenderOf ({ functionName, url }: Profile['nodes'][number]['callFrame']): string {
  if (url === '') return functionName === '' ? '(native)' : functionName
  const [, library] = /node_modules\/((?:@[^/]+\/)?[^/]+)(?!.*node_modules)/.exec(url) ?? []
  if (library !== undefined) return library
  if (/\/(?:dist|src)\//.test(url)) return 'fastify-session-security'
  return url.startsWith('node:') ? url.replace(/^(node:(?:internal\/)?\w+).*/, '$1') : 'the benchmark'
}
