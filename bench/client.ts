/**
 * Measures the client of a page: bytes, time of an activity, pings in an hour. The bench runs no browser. It uses a
 * model of one, and moves the model's clock: `test/client/fake-world.ts`.
 *
 *     npm run bench:client
 */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { FakeWorld } from '../test/client/fake-world.ts'
import { markdown } from './table.ts'

const HOUR = 3600
const WARN_AFTER = 540
const EXPIRE_AFTER = 600

/** Seconds from one activity of a working person to the next. */
const PACE = 5

const PARTS = {
  monitor: 'export { createIdleMonitor } from "./monitor/monitor.ts"',
  'monitor and dialog, in English': [
    'export { createIdleMonitor } from "./monitor/monitor.ts"',
    'export { createWarningDialog } from "./warning/dialog.ts"'
  ].join('; '),
  'as it is served, without a language: client.js': 'export * from "./auto.ts"',
  'forms: forms.js': 'export * from "./forms-auto.ts"',
  'one language: texts/en.js': 'export { en as default } from "./locales/en.ts"',
  'pinger, for a timer of your own': 'export { createPinger } from "./monitor/pinger.ts"',
  'stylesheet: client.css': '@import "./client.css";'
}

console.log(markdown(['', 'bytes, minified', 'gzipped'], await Promise.all(Object.entries(PARTS)
  .map(async ([name, contents]) => {
    const bytes = await bundle(contents)
    return [name, bytes.length, gzipSync(bytes, { level: 9 }).length]
  }))))
console.log()
console.log(markdown(
  ['one activity', 'ns'], [['within the same second', await activityNs(0)], ['a second later', await activityNs(1000)]]
))
console.log()
const counts = []
for (const tabs of [1, 5, 40]) counts.push([tabs, await pingsOf(tabs, true), await pingsOf(tabs, false)])
console.log(markdown(
  [
    `tabs; warn after ${WARN_AFTER} s, expire after ${EXPIRE_AFTER} s`, 'pings in an hour of work',
    'until nobody is signed in any more'
  ],
  counts
))

async function bundle (contents: string): Promise<Uint8Array> {
  const { outputFiles: [file] } = await build({
    stdin: {
      contents,
      resolveDir: fileURLToPath(new URL('../src/client/', import.meta.url)),
      loader: contents.startsWith('@') ? 'css' : 'ts'
    },
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    write: false
  })
  return file?.contents ?? new Uint8Array()
}

/** @param apartMs milliseconds from one activity to the next */
async function activityNs (apartMs: number): Promise<string> {
  const world = new FakeWorld({ warnAfter: 1e9, expireAfter: 2e9 })
  const { monitor } = await world.open()
  const count = 200_000
  const startedMs = performance.now()
  for (let i = 0; i < count; i++) {
    world.timeline.nowMs += apartMs
    monitor.activity()
  }
  return ((performance.now() - startedMs) / count * 1e6).toFixed(0)
}

/** Counts the pings of an hour. A person works in one tab after another, or nobody works. */
async function pingsOf (count: number, isWorking: boolean): Promise<number> {
  const world = new FakeWorld({ warnAfter: WARN_AFTER, expireAfter: EXPIRE_AFTER })
  const tabs = []
  for (let i = 0; i < count; i++) tabs.push(await world.open())
  world.pings.length = 0
  for (let seconds = 0; seconds < HOUR; seconds += PACE) {
    if (isWorking) tabs[Math.floor(seconds / 60) % count]?.monitor.activity()
    await world.advance(PACE)
  }
  return world.pings.length
}
