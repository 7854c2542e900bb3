// This script does without containers. It starts Redis, two nodes, and nginx with the nginx.conf of compose.yaml.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const { PORT = '8080', REDIS_SERVER = 'redis-server' } = process.env
const folder = mkdtempSync(join(tmpdir(), 'example-two-nodes-'))
chmodSync(folder, 0o755) // the workers of nginx have a user of their own
const socket = join(folder, 'redis.sock')
const children = []
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)

start(REDIS_SERVER, ['--port', '0', '--unixsocket', socket, '--save', '', '--maxmemory-policy', 'noeviction'])
await answers({ path: socket })

let site = readFileSync(new URL('nginx.conf', import.meta.url), 'utf8').replace('listen 80', `listen 127.0.0.1:${PORT}`)
for (const NODE of ['node-a', 'node-b']) {
  const SESSION_SECRET = 'for the example only, 32 characters long'
  const env = { NODE, PORT: '0', REDIS_URL: socket, SESSION_SECRET }
  const node = start(process.execPath, [fileURLToPath(new URL('node.js', import.meta.url))], env)
  const [line] = await once(node.stdout, 'data')
  const [address] = /127\.0\.0\.1:\d+/.exec(line)
  site = site.replace(`${NODE}:3000`, address)
  console.log(`${NODE} answers at ${address}. End it: kill ${node.pid}`)
}

writeFileSync(join(folder, 'site.conf'), site)
const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(name => `${name}_temp_path ${name};`).join(' ')
writeFileSync(join(folder, 'nginx.conf'), `pid nginx.pid; error_log stderr; daemon off;
events {}
http { access_log off; ${places} include site.conf; }
`)
start('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'])
await answers({ host: '127.0.0.1', port: Number(PORT) })
console.log(`Open http://127.0.0.1:${PORT}`)

function start (program, args, env = {}) {
  const PATH = `${process.env.PATH}:/usr/sbin`
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, PATH, ...env } })
  children.push({ child, ended: once(child, 'exit') })
  child.stdout.resume()
  return child
}

async function stop () {
  for (const { child } of children) child.kill()
  await Promise.all(children.map(({ ended }) => ended))
  rmSync(folder, { recursive: true })
  process.exit()
}

async function answers (address) {
  for (;;) {
    const connection = connect(address)
    const isThere = await once(connection, 'connect').then(() => true, () => false)
    connection.destroy()
    if (isThere) return
    await sleep(50)
  }
}
