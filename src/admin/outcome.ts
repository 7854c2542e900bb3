import { count } from './format.ts'

/*
 * The message of a page about what was just done. It is one of these texts with numbers. The address carries its code
 * and the numbers only, so that no text on the page ever comes from an address.
 */

interface Counts {
  readonly sessions: number
  readonly tokens: number
  readonly failed: number
  readonly more: number
  readonly left: number
  readonly before: number
}

const TEXTS = {
  ended: () => 'The session has been ended.',
  'ended-before': () => 'That session had already ended.',
  'sessions-ended': ({ sessions, before, left }: Counts) =>
    `${count(sessions, 'session has', 'sessions have')} been ended.${endedBefore(before)}${others(left)}`,
  'none-chosen': () => 'No session was chosen. Mark the sessions to end first.',
  'user-ended': ({ sessions, left }: Counts) =>
    `${count(sessions, 'session has', 'sessions have')} been ended.${others(left)}`,
  'user-ended-with-tokens': ({ sessions, tokens, left }: Counts) => [
    `${count(sessions, 'session has', 'sessions have')} been ended and ${count(tokens, 'token')} revoked.`,
    others(left)
  ].join(''),
  swept: ({ sessions, failed, more }: Counts) => [
    `The sweep found ${count(sessions + failed, 'ended session')}.`,
    failed > 0 ? `${count(failed, 'end')} could not be notified: a sweep tries again in a minute.` : '',
    more > 0 ? 'There are more: run the sweep again.' : ''
  ].filter(Boolean).join(' '),
  revoked: () => 'The token has been revoked.',
  'not-known': () => 'No token with that id was registered. It is refused from now on.',
  'user-revoked': ({ tokens }: Counts) => `${count(tokens, 'token has', 'tokens have')} been revoked.`
}

type OutcomeCode = keyof typeof TEXTS

export type Outcome = { readonly done: OutcomeCode } & Partial<Counts>

/** Returns the fields of the address to which the browser is redirected. */
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
    before: number('before')
  })
}

function endedBefore (before: number): string {
  return before === 0 ? '' : ` ${count(before, 'other session')} had already ended.`
}

/** Reports sessions that this version of the package cannot end. */
function others (left: number): string {
  if (left === 0) return ''
  return ` ${count(left, 'session')} of a later version of this package can only be ended by a node of that version.`
}

function isCode (done: string | null): done is OutcomeCode {
  return done !== null && Object.hasOwn(TEXTS, done)
}
