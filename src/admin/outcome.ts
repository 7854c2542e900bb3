import { count } from './format.ts'

/** What a page says of what was done just before: one of these texts, and numbers. No text ever comes from the address. */

interface Counts {
  readonly sessions: number
  readonly tokens: number
  readonly failed: number
  readonly more: number
  readonly left: number
  readonly over: number
}

const TEXTS = {
  ended: () => 'The session has been ended.',
  over: () => 'That session had already ended.',
  'sessions-ended': ({ sessions, over, left }: Counts) =>
    `${count(sessions, 'session has', 'sessions have')} been ended.${before(over)}${others(left)}`,
  'none-chosen': () => 'No session was chosen. Mark those that are to end first.',
  'user-ended': ({
    sessions, left
  }: Counts) => `${count(sessions, 'session has', 'sessions have')} been ended.${others(left)}`,
  'user-ended-with-tokens': ({ sessions, tokens, left }: Counts) =>
    `${count(sessions, 'session has', 'sessions have')} been ended and ${count(tokens, 'token')} revoked.${others(left)}`,
  swept: ({ sessions, failed, more }: Counts) => [
    `The sweep found ${count(sessions + failed, 'session that had', 'sessions that had')} ended.`,
    failed > 0 ? `The application could not be told of ${failed.toLocaleString('en')}: this will be tried again.` : '',
    more > 0 ? 'More are waiting: run the sweep again.' : ''
  ].filter(Boolean).join(' '),
  revoked: () => 'The token has been revoked.',
  'not-known': () => 'No token of that id was registered. It is refused from now on.',
  'user-revoked': ({ tokens }: Counts) => `${count(tokens, 'token has', 'tokens have')} been revoked.`
}

type OutcomeCode = keyof typeof TEXTS

export type Outcome = { readonly done: OutcomeCode } & Partial<Counts>

/** For the address that the browser is sent on to. */
export function outcomeFields ({ done, ...counts }: Outcome): Record<string, string> {
  return { done, ...Object.fromEntries(Object.entries(counts).map(([name, number]) => [name, String(number)])) }
}

/** @returns `undefined` for anything that {@link outcomeFields} does not write. */
export function readOutcome (from: URLSearchParams): string | undefined {
  const done = from.get('done')
  if (!isCode(done)) return undefined
  const number = (name: keyof Counts): number => Number(/^\d{1,9}$/.exec(from.get(name) ?? '')?.[0] ?? 0)
  return TEXTS[done]({
    sessions: number('sessions'),
    tokens: number('tokens'),
    failed: number('failed'),
    more: number('more'),
    left: number('left'),
    over: number('over')
  })
}

/** Sessions that had ended already. */
function before (over: number): string {
  return over === 0 ? '' : ` ${count(over, 'other one', 'other ones')} had already ended.`
}

/** Sessions that nobody could end here. */
function others (left: number): string {
  return left === 0
    ? ''
    : ` A later version of this package keeps ${left.toLocaleString('en')} more, which only a node of that version can end.`
}

function isCode (done: string | null): done is OutcomeCode {
  return done !== null && Object.hasOwn(TEXTS, done)
}
