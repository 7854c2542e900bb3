import assert from 'node:assert/strict'
import { readFile, readdir } from 'node:fs/promises'
import { describe, it } from 'node:test'
import type { Command } from 'commander'
import { buildProgram } from '../../src/cli/program.ts'
import { en } from '../../src/client/locales/en.ts'
import * as adminErrors from '../../src/admin/errors.ts'
import * as errors from '../../src/errors.ts'
import { TestKitError } from '../../src/testing/errors.ts'
import { readExports } from './exported.ts'
import { codesIn, hasName, namesIn, reference, rowsUnder, sectionAt, tables } from './page-parts.ts'

const root = new URL('../../', import.meta.url)
const exported = readExports()
const EXPORTS = 'docs/reference/exports.md'

/**
 * Types whose members are documented elsewhere. They belong to other packages, to the DOM, to another type, or to the
 * source, which the author of a store reads.
 */
const WITHOUT_MEMBERS = new Set([
  'AnyNodeRedis', 'NodeRedisClient', 'NodeRedisCluster', 'NodeRedisSentinel', 'ConnectionTarget', 'Surroundings',
  'SessionWarningElement', 'Application', 'FollowedPage', 'FollowedContext', 'ClientSettings', 'SessionContents',
  'PublicPolicy', 'MemoryStore', 'RedisStore',
  'Status', 'OwnSession', 'DraftStorage', 'SessionSecurityState', 'SessionWarningOptions',
  'LoadActivity', 'Loaded', 'Recorded', 'Beginning', 'Begun', 'Predecessor', 'SessionLimit', 'ClaimedBatch', 'Page',
  'PageQuery', 'Row', 'Changes', 'NewToken', 'TokenQuery', 'WatchedSession', 'EndSubscription', 'FoundSession'
])

/** The rows of exports.md: an export of an entry, and where it is explained. */
const listed = [...exported.keys()].flatMap(entry => {
  const section = sectionAt(EXPORTS, entry.replaceAll('/', '')) ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` \|.*\]\(([^)#]+)#?([^)]*)\) \|$/gm)]
  return rows.map(([, name = '', file = '', anchor = '']) => {
    return { entry, name, path: new URL(file, `file:///${EXPORTS}`).pathname.slice(1), anchor }
  })
})

/** Rows of the reference whose first cell is one of these names. */
function rowsOf (names: readonly string[]): string[] {
  return tables.filter(({ path }) => path !== EXPORTS)
    .flatMap(({ rows }) => rows.flatMap(([cell = '']) => codesIn(cell))).filter(code => names.includes(code))
}

/** Returns the members of a type, an interface or a class. */
function membersOf (name: string): readonly string[] | undefined {
  return [...exported.values()].map(names => names.get(name)).find(members => members?.length)
}

function optionsOf (command: Command): Array<{ long: string, flags: string }> {
  const own = command.options.map(({ long, flags }) => ({ long: String(long), flags }))
  return [...own, ...command.commands.flatMap(optionsOf)]
}

describe('the list of exports', () => {
  it('has every entry of the package', async () => {
    const { exports } = JSON.parse(await readFile(new URL('package.json', root), 'utf8'))
    const entries = Object.keys(exports).filter(name => !/\.(?:css|json)$/.test(name))
    const names = entries.map(name => name.replace('.', 'fastify-session-security'))
    assert.deepEqual([...exported.keys()].sort(), names.sort())
  })

  it('has every export of each entry once, and no other', () => {
    for (const [entry, names] of exported) {
      const rows = listed.filter(row => row.entry === entry).map(({ name }) => name)
      assert.deepEqual(rows.sort(), [...names.keys()].sort(), entry)
    }
  })

  it('leads to where each export is explained, with all of its members', () => {
    const missing = listed.flatMap(({ entry, name, path, anchor }) => {
      const section = sectionAt(path, anchor) ?? ''
      const code = [...codesIn(section), ...section.match(/^#+ .*$/gm) ?? []].join('\n')
      const members = WITHOUT_MEMBERS.has(name) ? [] : exported.get(entry)?.get(name) ?? []
      const isNamed = path.startsWith('docs/reference/') && name !== 'default' // a guide names members alone
      return [...isNamed ? [name] : [], ...members].filter(one => !hasName(code, one))
        .map(one => `${one} of ${name}: ${path}#${anchor}`)
    })
    assert.deepEqual(missing, [])
  })
})

describe('the tables of the reference', () => {
  it('list all members of the type that they are about, and no others', () => {
    const about = tables.flatMap(({ heading, head: [first = ''], rows }) => {
      const named = /^(?:field|member|option) of `(\w+)`$/.exec(first)?.[1]
      const type = named ?? (first === 'option' ? `${heading}Options` : heading)
      const members = membersOf(type)
      return members === undefined ? [] : [{ type, members, rows }]
    })
    assert.ok(about.length >= 25)
    const listed = about.map(({ type, rows }) => [type, ...rows.flatMap(([cell = '']) => namesIn(cell)).sort()])
    assert.deepEqual(listed, about.map(({ type, members }) => [type, ...members]))
  })

  it('have every error in one row, with its status and its class', () => {
    const classes = Object.entries({ ...errors, ...adminErrors, TestKitError })
      .filter(([, value]) => value.prototype instanceof Error)
    const made = classes.map(([name, ErrorClass]) => {
      const Known = ErrorClass as unknown as new (...words: string[]) => { code: string, statusCode: number }
      const { code, statusCode } = new Known('', '', '')
      return { name, code, statusCode }
    })
    const codes = [...new Set(made.map(({ code }) => code))]
    assert.deepEqual(rowsOf(codes).sort(), [...codes].sort())
    const rows = tables.filter(({ path }) => path.endsWith('errors.md')).flatMap(({ rows }) => rows)
    for (const { name, code, statusCode } of made) {
      const [, status, names = ''] = rows.find(([cell]) => cell === `\`${code}\``) ?? []
      assert.deepEqual([status, names.includes(`\`${name}\``)], [String(statusCode), true], name)
    }
  })

  it('have every text of the client as it is in English', () => {
    const rows = rowsUnder('The texts of the client')
    assert.deepEqual(rows.flatMap(([cell = '']) => namesIn(cell)).sort(), Object.keys(en).sort())
    for (const [cell = '', text] of rows) {
      const value = Reflect.get(en, namesIn(cell)[0] ?? '')
      if (typeof value === 'string' && namesIn(cell).length === 1) assert.equal(text, value)
    }
  })

  it('have every CSS property, and no other', async () => {
    const style = await readFile(new URL('src/client/client.css', root), 'utf8')
    const used = [...new Set(style.match(/--session-security-[\w-]+/g))]
    const listed = rowsUnder('CSS properties').flatMap(([cell = '']) => codesIn(cell))
    assert.deepEqual(listed.sort(), used.sort())
  })

  it('have every attribute of the tags', async () => {
    const source = await readFile(new URL('src/browser-files/session-client-decorator.ts', root), 'utf8')
    const written = [...new Set([...source.matchAll(/'(data-[\w-]+)'/g)].map(([, name = '']) => name))]
    assert.ok(written.length > 15)
    const code = codesIn(sectionAt('docs/reference/client.md', 'in-the-browser') ?? '').join('\n')
    for (const name of written) assert.ok(hasName(code, name), name)
  })

  it('have every attribute that a page may set, and the event and the message that it may send', async () => {
    const folder = new URL('src/client/', root)
    const files = (await readdir(folder, { recursive: true })).filter(file => file.endsWith('.ts'))
    const texts = await Promise.all(files.map(async file => await readFile(new URL(file, folder), 'utf8')))
    const source = texts.join('\n')
    const used = [...new Set(source.match(/\bdata-(?:session-[\w-]+|no-\w+|key|id)\b|\bsession-saved\b/g))]
    assert.ok(source.includes("'session-security:activity'"))
    const listed = rowsUnder('Attributes and events in your pages').flatMap(([cell = '']) => codesIn(cell))
    assert.deepEqual(listed.sort(), [...used, "{ type: 'session-security:activity' }"].sort())
  })

  it('have every attribute and event of the element', async () => {
    const source = await readFile(new URL('src/client/session-warning.ts', root), 'utf8')
    const [comment = ''] = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\nexport class/.exec(source) ?? []
    const code = codesIn(sectionAt('docs/reference/client-parts.md', 'the-element') ?? '').join('\n')
    const names = codesIn(comment).filter(name => /^(?:[a-z]+-[a-z-]+|lang)$/.test(name))
    assert.ok(names.length >= 12)
    for (const name of names) assert.ok(hasName(code, name), name)
  })

  it('have every flag of the command line with its argument', () => {
    const nothing = async (): Promise<void> => {}
    const program = buildProgram({ env: {}, write () {}, complain () {}, run: nothing, runAlone: nothing })
    const own = rowsUnder('Command line').flatMap(([, , options = '']) => codesIn(options))
    const common = rowsUnder('Flags').flatMap(([cell = '']) => codesIn(cell))
    const all = optionsOf(program).filter(({ long }) => long !== '--version')
    for (const { long, flags } of all) assert.ok(common.includes(flags) || own.includes(long), flags)
    for (const flags of common) assert.ok(all.some(option => option.flags === flags), flags)
  })

  it('stand under headings that no other page of the reference has with a table', () => {
    const places = tables.map(({ path, heading }) => `${heading}\n${path}`)
    const headings = [...new Set(places)].map(place => place.split('\n')[0])
    assert.deepEqual(headings.filter((heading, index) => headings.indexOf(heading) !== index), [])
    assert.ok(reference.length >= 13)
  })
})
