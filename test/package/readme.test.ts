import assert from 'node:assert/strict'
import { access, readFile, readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/program.ts'
import * as errors from '../../src/errors.ts'
import { locales } from '../../src/client/locales/all.ts'
import * as environment from '../../src/env.ts'
import * as exported from '../../src/index.ts'
import { VARIABLE_NAMES } from '../../src/env/variables.ts'
import { resolveOptions } from '../../src/options/resolve-options.ts'
import { DEFAULT_PREFIX, resolveAdminOptions } from '../../src/admin/options.ts'
import { NAMES, metricOf } from '../../src/metrics/names.ts'
import { DEFAULT_URL, resolveMetricsOptions } from '../../src/metrics/options.ts'
import { RedisStore } from '../../src/redis.ts'
import { CHANNELS } from '../helpers/channels.ts'
import {
  ACL_COMMANDS, ACL_FOR_A_CLUSTER, ACL_FOR_CLIENT_INFO, ACL_FOR_CONNECTIONS, ACL_FOR_CONNECTIONS_OF_A_CLUSTER,
  ACL_FOR_OPTIONS, ACL_FOR_SENTINELS, ACL_FOR_THE_WARNING, aclRules
} from '../redis/acl.ts'
import { anchorOf, docs, pages, sections, table } from './docs.ts'

const root = new URL('../../', import.meta.url)
const manifest = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))

function names (rows: string[][]): string[] {
  return rows.map(([name = '']) => name.replaceAll('`', '')).sort()
}

/** Returns the option names in the error about an unknown one. */
function knownOptions (refuse: () => unknown): string[] {
  try {
    refuse()
    return []
  } catch (error) {
    return /The options are: (.*)\.$/.exec((error as Error).message)?.[1]?.split(', ').sort() ?? []
  }
}

/** Returns the commands, with their arguments. */
function commandsOf (command: Command, before = ''): Array<{ usage: string, flags: string[] }> {
  return command.commands.flatMap(child => {
    const name = `${before}${child.name()}`
    if (child.commands.length > 0) return commandsOf(child, `${name} `)
    const required = child.registeredArguments.filter(argument => argument.required)
    const words = required.map(argument => `<${argument.name()}>`)
    return [{ usage: [name, ...words].join(' '), flags: child.options.map(({ long }) => String(long)) }]
  })
}

/** The anchors of a page, as GitHub makes them of its headings. */
function anchors (text: string): string[] {
  return [...text.matchAll(/^#+ .*$/gm)].map(([heading]) => anchorOf(heading))
}

function flagsIn (text: string): string[] {
  return [...new Set(text.match(/--[a-z-]+/g))]
}

describe('the docs are true', () => {
  it('names only scripts that there are', () => {
    const scripts = [...docs.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => String(name))
    assert.ok(scripts.includes('bench'))
    assert.deepEqual(scripts.filter(name => !(name in manifest.scripts)), [])
  })

  it('lists every option, and no other', async () => {
    const known = knownOptions(() => resolveOptions(JSON.parse('{"no such option":1}')))
    assert.ok(known.includes('allowedOrigins'))
    assert.deepEqual(names(table('Options')), known)
  })

  it('lists every environment variable, and no other', () => {
    assert.deepEqual(names(table('Variables')), [...VARIABLE_NAMES].sort())
  })

  it('lists every option of RedisStore, and no other', () => {
    assert.deepEqual(names(table('RedisStore')), knownOptions(() => new RedisStore(JSON.parse('{"no such option":1}'))))
  })

  it('lists every option of the admin page, and no other, with the defaults that hold', () => {
    const known = knownOptions(() => resolveAdminOptions(JSON.parse('{"no such option":1}')))
    assert.deepEqual(names(table('Admin page')), [...known, 'prefix'].sort())
    const stated = new Map(table('Admin page').map(([name = '', value = '']) => {
      return [name.replaceAll('`', ''), value.replaceAll('`', '')]
    }))
    assert.equal(stated.get('pageSize'), String(resolveAdminOptions({ authorize: () => true }).pageSize))
    assert.equal(stated.get('prefix'), DEFAULT_PREFIX)
  })

  it('lists the rights that the store needs, and no others', () => {
    const [, listed = ''] = /```text\n(~fss:\* [\s\S]*?)```/.exec(docs) ?? []
    assert.deepEqual(listed.trim().split(/\s+/).sort(), aclRules(ACL_COMMANDS).sort())
    const further = [
      ...ACL_FOR_THE_WARNING, ...ACL_FOR_A_CLUSTER, ...ACL_FOR_OPTIONS, ...ACL_FOR_CLIENT_INFO, ...ACL_FOR_SENTINELS,
      ...ACL_FOR_CONNECTIONS, ...ACL_FOR_CONNECTIONS_OF_A_CLUSTER
    ]
    for (const command of further) assert.ok(docs.replaceAll('\\|', '|').includes(`+${command}`), command)
  })

  it('lists every command of the command line with its arguments and options, and no other', () => {
    const commands = commandsOf(buildProgram({
      env: {}, write () {}, complain () {}, run: async () => {}, runAlone: async () => {}
    }))
    const [described, printed] = [table('Command line'), table('Output of the commands')]
    assert.deepEqual(names(described), commands.map(({ usage }) => usage).sort())
    const forPrograms = commands.filter(({ flags }) => flags.includes('--json'))
    assert.deepEqual(names(printed), forPrograms.map(({ usage }) => usage.replace(/ <.*/, '')).sort())
    const rows = new Map(described.map(([usage = '', , options = '']) => [usage.replaceAll('`', ''), flagsIn(options)]))
    const [, common = ''] = /All but `demo` and `env` take ([\s\S]*?)\n\n/.exec(docs) ?? []
    for (const { usage, flags } of commands.filter(({ usage }) => usage !== 'demo' && usage !== 'env')) {
      assert.deepEqual([...rows.get(usage) ?? [], ...flagsIn(common)].sort(), flags.sort(), usage)
    }
  })

  it('states the defaults that hold', () => {
    const given = { session: { secret: 'x'.repeat(32) }, userOf: () => null }
    const defaults = new Map<string, unknown>(Object.entries(resolveOptions(given)))
    let checked = 0
    for (const [name = '', stated = ''] of table('Options')) {
      const key = name.replaceAll('`', '')
      const value = defaults.get(key)
      if (key in given || key === 'store' || key === 'prefix' || value === undefined) continue
      assert.equal(stated.replaceAll(/[`']/g, ''), Array.isArray(value) ? '[]' : String(value), name)
      checked++
    }
    assert.ok(checked >= 10)
    assert.ok(resolveOptions(given).store instanceof exported.MemoryStore)
  })

  it('lists every member of request.sessionSecurity, and no other', async () => {
    const source = await readFile(new URL('src/request/request-session-security.ts', root), 'utf8')
    const [, body = ''] = source.split('export interface RequestSessionSecurity {')
    const members = [...body.matchAll(/^ {2}(?:readonly )?(\w+)(?::| \()/gm)].map(([, name = '']) => name)
    assert.ok(members.length > 10)
    const listed = table('In a request').flatMap(([cell = '']) => {
      return [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name)
    })
    assert.deepEqual(listed.sort(), members.sort())
  })

  it('quotes the texts of the errors that somebody meets who moves', () => {
    const section = sections('Errors that you may meet').join('\n').replaceAll(/\s+/g, ' ')
    const quoted = /1\. "([^"]+)"/.exec(section)?.[1] ?? '?'
    assert.ok(new errors.SessionAlreadyRegisteredError().message.startsWith(quoted), quoted)
  })

  it('lists every option of the browser\'s tags with its attribute, and every language', async () => {
    const source = await readFile(new URL('src/browser-files/tag-options.ts', root), 'utf8')
    const [, list = ''] = /const TAG_KEYS = \[([^\]]*)\]/.exec(source) ?? []
    const keys = [...list.matchAll(/'(\w+)'/g)].map(([, key = '']) => key)
    const rows = table('In the browser').map(([name = '', attribute = '']) => {
      return `${name} ${attribute}`.replaceAll('`', '').trim()
    })
    const kebab = (key: string): string => key.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    const attributes: Readonly<Record<string, string>> = { drafts: 'draft-key' } // without a key, none are kept
    const expected = keys.map(key => `${key} data-${attributes[key] ?? kebab(key)}`)
    assert.deepEqual(rows.sort(), [...expected, 'languages', 'prefix'].sort())
    const [, listed = ''] = /\*\*Languages\*\*: ([\w, -]+), chosen/.exec(docs) ?? []
    assert.deepEqual(listed.split(', '), locales.map(({ lang }) => lang).sort())
  })

  it('names what the browser side exports, and sizes that hold', async () => {
    const index = await readFile(new URL('src/client/index.ts', root), 'utf8')
    for (const [, name = ''] of index.matchAll(/^export \{ (\w+) \}/gm)) {
      if (name !== 'noticeText') assert.ok(docs.includes(name), name)
    }
    const css = await readFile(new URL('src/client/client.css', root), 'utf8')
    for (const [, property = ''] of css.matchAll(/var\(--session-security(-[\w-]+)/g)) {
      const isNamed = docs.includes(`\`${property}\``) || docs.includes(`\`--session-security${property}\``)
      assert.ok(isNamed, property)
    }
  })

  it('names only npm scripts that exist', () => {
    const named = [...docs.matchAll(/npm (?:run )?([a-z:]+)/g)].map(([, name]) => String(name))
    const scripts = named.filter(name => !['ci', 'install'].includes(name))
    assert.ok(scripts.includes('test') && scripts.includes('start'))
    for (const name of scripts) assert.ok(name in manifest.scripts, name)
  })

  it('imports and names only what is exported', () => {
    const imports = [...docs.matchAll(/import \w+, \{ (.*?) \} from 'fastify-session-security'/g)]
    const imported = imports.flatMap(([, list = '']) => list.split(', '))
    const called = [
      'sessionSecurity', 'sessionAdmin', 'sessionClient', 'requireSession', 'sameOriginPath', 'MemoryStore',
      'ActivityStore', 'fromSessionStore', 'END_REASONS'
    ]
    for (const name of [...imported, ...called]) {
      assert.ok(name in exported, name)
      assert.ok(docs.includes(name), name)
    }
    for (const name of Object.keys(environment)) assert.ok(docs.includes(name), name)
    assert.equal(exported.default, exported.sessionSecurity)
  })

  it('imports, on each page, what the code of the page takes from the package', () => {
    const own = Object.keys({ ...exported, ...environment, RedisStore }).filter(name => name !== 'default')
    for (const { path, text } of pages) {
      const code = [...text.matchAll(/^```(?:jsx?|ts)\b.*\n([\s\S]*?)^```/gm)].map(([, one]) => one).join('\n')
      const imports = [...code.matchAll(/^import [^']*'[^']*'$/gm)].join('\n')
      const rest = code.replaceAll(/^import [^']*'[^']*'$/gm, '').replaceAll(/\/\/ .*$/gm, '')
      const used = own.filter(name => new RegExp(`(?<![.\\w])${name}(?=[(),)])`).test(rest))
      const missing = used.filter(name => !new RegExp(`\\b${name}\\b`).test(imports))
      assert.deepEqual(missing, [], path)
    }
  })

  it('links only to files and headings that exist', async () => {
    for (const { path, text } of pages) {
      for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
        const { pathname, hash } = new URL(link, new URL(path, root))
        const file = new URL(`file://${pathname}`)
        await access(file)
        if (hash !== '') assert.ok(anchors(await readFile(file, 'utf8')).includes(hash.slice(1)), `${path}: ${link}`)
      }
    }
  })

  it('leads from the README to every page', () => {
    const linked = new Set(['README.md'])
    for (let before = 0; before < linked.size;) {
      before = linked.size
      for (const { path, text } of pages) {
        if (!linked.has(path)) continue
        for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)\s#]+)/g)) {
          linked.add(new URL(link, `file:///${path}`).pathname.slice(1))
        }
      }
    }
    assert.deepEqual(pages.map(({ path }) => path).filter(path => !linked.has(path)), [])
  })

  it('shows the demo\'s timer as it is', async () => {
    const timer = await readFile(new URL('src/demo/assets/timer.js', root), 'utf8')
    const [, shown] = /<!-- timer -->\n```js\n([\s\S]*?)```\n<!-- \/timer -->/.exec(docs) ?? []
    assert.equal(shown, timer)
  })

  it('lists every channel, and no other', () => {
    const rows = table('Audit trail and metrics').filter(([name = '']) => name.startsWith('`fastify-session-security:'))
    assert.deepEqual(names(rows), [...CHANNELS].sort())
  })

  it('lists every event of the audit trail with its own fields, and no other', async () => {
    const source = await readFile(new URL('src/diagnostics/audit-event.ts', root), 'utf8')
    const common = ['event', 'atMs', 'handle', 'user', 'device', 'by', 'actor', 'reason']
    const declared = [...source.matchAll(/interface \w+ extends Happened<'([\w-]+)'>[^{]*\{([\s\S]*?)\n\}/g)]
    const expected = declared.map(([, event = '', body = '']) => {
      const own = [...body.matchAll(/^ {2}readonly (\w+\??):/gm)].map(([, name = '']) => name)
      return [event, ...own.filter(name => !common.includes(name.replace('?', ''))).sort()]
    })
    const listed = table('The audit trail').map(([event = '', own = '']) => {
      return [event.replaceAll('`', ''), ...[...own.matchAll(/`(\w+\??)`/g)].map(([, name = '']) => name).sort()]
    }).filter(([event = '']) => expected.some(([name]) => name === event))
    assert.equal(expected.length, 9)
    assert.deepEqual(listed.sort(), expected.sort())
  })

  it('lists every metric and every option of the metrics, and no other, with the defaults that hold', () => {
    const rows = table('Prometheus')
    const known = knownOptions(() => resolveMetricsOptions(JSON.parse('{"no such option":1}'), true))
    const metrics = Object.values(NAMES).map(metricOf)
    assert.deepEqual(names(rows), [...known, 'prefix', ...metrics].sort())
    assert.equal(rows.find(([name]) => name === '`url`')?.[1], `\`${DEFAULT_URL}\``)
  })

  it('shows the recipes as they are tested', async () => {
    const shown = [...docs.matchAll(/<!-- recipe: ([\w-]+) -->\n```(jsx?)\n([\s\S]*?)```\n<!-- \/recipe -->/g)]
    const recipes = ['plain', 'react', 'react-idle-timer', 'vue', 'vueuse']
    assert.deepEqual([...new Set(shown.map(([, name]) => name))].sort(), recipes)
    for (const [, name = '', ending = '', text] of shown) {
      assert.equal(text, await readFile(new URL(`test/client/recipes/${name}.${ending}`, root), 'utf8'))
    }
  })

  it('has a version in the changelog', async () => {
    const changelog = await readFile(new URL('CHANGELOG.md', root), 'utf8')
    assert.ok(changelog.includes(`## ${manifest.version}`))
  })
})

describe('the source keeps its habits', () => {
  it('has no file of more than 250 lines', async () => {
    const files = (await readdir(new URL('src/', root), { recursive: true })).filter(file => file.endsWith('.ts'))
    assert.ok(files.length > 20)
    for (const file of files) {
      const lines = (await readFile(new URL(`src/${file}`, root), 'utf8')).split('\n').length
      assert.ok(lines <= 250, `${file} has ${lines} lines`)
    }
  })

  it('locks no download hosts', async () => {
    assert.ok(!(await readFile(new URL('package-lock.json', root), 'utf8')).includes('"resolved"'))
  })
})
