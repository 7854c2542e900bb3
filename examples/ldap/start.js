// This script starts a small directory with the people of people.ldif, and the server. It needs Debian's `slapd`.
// With a directory of your own, set LDAP_URL and the variables of directory.js, and start server.js alone.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const { LDAP_PORT = '3890' } = process.env
const url = `ldap://127.0.0.1:${LDAP_PORT}`
const folder = mkdtempSync(join(tmpdir(), 'example-ldap-'))
const config = join(folder, 'slapd.conf')
const schemas = ['core', 'cosine', 'inetorgperson'].map(name => `include /etc/ldap/schema/${name}.schema`).join('\n')
writeFileSync(config, `${schemas}
modulepath /usr/lib/ldap
moduleload back_mdb
database mdb
suffix dc=example,dc=org
rootdn cn=admin,dc=example,dc=org
rootpw secret
directory ${folder}
`)

const options = { stdio: 'inherit', env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` } }
execFileSync('slapadd', ['-f', config, '-l', fileURLToPath(new URL('people.ldif', import.meta.url))], options)
const slapd = spawn('slapd', ['-f', config, '-h', url, '-d', '0'], options)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, stop)

while (!await answers()) await sleep(50)
process.env.LDAP_URL = url
console.log('Remove an account:', `ldapdelete -x -H ${url} -D cn=admin,dc=example,dc=org -w secret`,
  'uid=ada,ou=people,dc=example,dc=org')
await import('./server.js')

async function stop () {
  slapd.kill()
  await once(slapd, 'exit')
  rmSync(folder, { recursive: true })
  process.exit()
}

async function answers () {
  const socket = connect(Number(LDAP_PORT), '127.0.0.1')
  return await once(socket, 'connect').then(() => true, () => false).finally(() => socket.destroy())
}
