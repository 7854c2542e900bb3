import fc from 'fast-check'
import type { Redis } from 'ioredis'
import { handleOf } from '../../src/store/handle.ts'
import { toLines } from '../../src/store/redis/lines.ts'

/** A text that must show nowhere. */
export const CONFIDENTIAL = 'confidential'

/** In a record: the moment at which it is written, by Redis' clock. */
export const NOW = '<now>'

/** A record of ours under `@`, and contents: all that stands in the session's key. */
export type Fields = Record<string, string>

export const LIVE = `1 live ${NOW} ${NOW} 300 600 - - ${NOW} -`

export const NO_RECORD: Record<string, Fields> = {
  'fields without a record': { user: `"${CONFIDENTIAL}"` },
  'a record without a version': { '@': `live ${NOW} ${NOW} 300 600 - - ${NOW}` },
  'an empty record': { '@': '' },
  'a record of one space': { '@': ' ' },
  'a record that is garbage': { '@': `\u0000${CONFIDENTIAL}\n%{}🜁 [[[` },
  'a record of 100,000 characters': { '@': '1 live '.repeat(14_286) },
  'a record in a state that does not exist': { '@': `1 undead ${NOW} ${NOW} 300 600 - -` },
  'a record in capitals': { '@': LIVE.toUpperCase() },
  'words for numbers': { '@': `1 live abc ${CONFIDENTIAL} 300 600 - - ${NOW} -` },
  'numbers that are none': { '@': '1 live 1 2 nan inf - - 5' },
  'a number with two points': { '@': `1 live ${NOW} ${NOW} 3.0.0 600 - - ${NOW} -` },
  'a negative time': { '@': '1 live -1 -2 300 600 - - 5' },
  'a time with a fraction': { '@': `1 live ${NOW}.5 ${NOW}.5 300 600 - - ${NOW} -` },
  'a time too large to be exact': { '@': `1 live ${'9'.repeat(30)} ${'9'.repeat(30)} 300 600 - - ${NOW} -` },
  'a time beyond all numbers': { '@': `1 live ${'9'.repeat(400)} ${'9'.repeat(400)} 300 600 900 - ${NOW} -` },
  'a negative timeout': { '@': `1 live ${NOW} ${NOW} 300 -600 - - ${NOW} -` },
  'a negative timeout, of long ago': { '@': '1 live 1 2 300 -600 - - 5' },
  'a timeout of nothing': { '@': `1 live ${NOW} ${NOW} 0 0 - - ${NOW} -` },
  'a timeout beyond all calendars': { '@': `1 live ${NOW} ${NOW} 300 1e300 - - ${NOW} -` },
  'a timeout beyond all numbers': { '@': `1 live ${NOW} ${NOW} 300 1e999 - - ${NOW} -` },
  'a timeout in hexadecimal': { '@': `1 live ${NOW} ${NOW} 300 0x600 - - ${NOW} -` },
  'a negative absolute timeout': { '@': `1 live ${NOW} ${NOW} 300 600 -1 - ${NOW} -` },
  'an absolute timeout of nothing': { '@': `1 live ${NOW} ${NOW} 300 600 0 - ${NOW} -` },
  'an absolute timeout that is a word': { '@': `1 live ${NOW} ${NOW} 300 600 never - ${NOW} -` },
  'a record that breaks off after its state': { '@': '1 live' },
  'a record that breaks off after its times': { '@': `1 live ${NOW} ${NOW} -` },
  'a record that breaks off before its user': { '@': `1 live ${NOW} ${NOW} 300 600 - -` },
  'a record that breaks off before the deadline under which it is indexed': {
    '@': `1 live ${NOW} ${NOW} 300 600 - - -`
  },
  'a record of which that deadline is a word': { '@': `1 live ${NOW} ${NOW} 300 600 - - soon -` },
  'a record of which that deadline has letters': { '@': `1 live ${NOW} ${NOW} 300 600 - - ${NOW}ms -` },
  'a record with two spaces': { '@': `1 live  ${NOW} ${NOW} 300 600 - - ${NOW} -` },
  'a user that cannot be decoded': { '@': `1 live ${NOW} ${NOW} 300 600 - %zz ${NOW} -` },
  'an anonymous record with words for numbers': { '@': '1 visitor a b c d e f 5' },
  'an end that breaks off': { '@': '1 ended idle' },
  'an end without a user': { '@': `1 ended idle ${NOW} ${NOW} ${NOW}` },
  'an end for a reason that does not exist': { '@': `1 ended boredom ${NOW} ${NOW} ${NOW} - -` },
  'an end of a session that began at a negative time': { '@': '1 ended idle -1 2 3 - - -' },
  'a renewal without a successor': { '@': '1 replaced' }
}

/** Words that may stand between spaces. */
const words = fc.constantFrom(
  '', '0', '1', '2', '-', '--', '-1', '60.001', '5', '600', '2147483647', '2147483648', '1e15', '1e300', '1e999',
  '-1e999', 'e', '.', NOW, '99999999999999', '100000000000001', '9007199254740991', '9007199254740993',
  '99999999999999999999', 'nan', 'inf', 'live', 'visitor', 'ended', 'replaced', 'idle', 'open', 'taken', 'ada', ',',
  'a,b', '%zz', '%20', '}', '\n'
)

export const garbledRecords = fc.oneof(
  { arbitrary: fc.string({ unit: 'binary', maxLength: 60 }), weight: 1 },
  { arbitrary: fc.array(words, { maxLength: 10 }).map(some => some.join(' ')), weight: 1 },
  // One of ours with a word or two replaced.
  {
    arbitrary: fc.tuple(
      fc.constantFrom(
        LIVE, `1 visitor ${NOW} ${NOW} 600 600 - - 0 -`, `1 live ${NOW} ${NOW} 300 600 900 ada ${NOW} - - -`,
        `1 ended idle ${NOW} 5 600000 - - ada`,
        `1 replaced ${handleOf('one')},${handleOf('two')} ${NOW} 1,2`, `1 renewed ${handleOf('one')} 2 ${NOW}`
      ),
      fc.array(fc.tuple(fc.nat(9), words), { minLength: 1, maxLength: 2 })
    ).map(
      ([text, changes]) => changes.reduce(
        (some, [at, word]) => some.with(at % some.length, word), text.split(' ')
      ).join(' ')
    ),
    weight: 4
  }
)

/** Writes a record and contents into a session's key. */
export async function write (client: Redis, key: string, { '@': record = '', ...contents }: Fields): Promise<void> {
  const [seconds = NaN, microseconds = NaN] = (await client.time()).map(Number)
  const now = String(seconds * 1000 + Math.floor(microseconds / 1000))
  await client.set(key, (record + toLines(contents)).replaceAll(NOW, now))
}

/** Puts a session into the indexes as the next that the sweep looks at. */
export async function putForward (client: Redis, key: string, handle: string): Promise<void> {
  const base = key.slice(0, key.indexOf('}') + 1)
  for (const index of ['due', 'open']) await client.zadd(base + index, 1, handle)
}
