import type { Violation } from './checker.ts'
import type { Exchange, Field } from './events.ts'
import { FIELDS } from './events.ts'
import type { Life } from './lives.ts'
import { pathOf, show } from './lives.ts'

/**
 * G8: an edit that was answered is there for every later request. Other requests may have edited other fields, and the
 * session may have been renewed. A field has one edit at a time. An edit that failed may have been done all the same,
 * even later. A sign-in takes along the contents of an anonymous session, and nothing of another user's (G15).
 */
export function lostEdits (life: Life, lives: ReadonlyMap<string, Life>): Violation[] {
  const { handle, exchanges, isAnonymous } = life
  const source = sourceOf(life, lives)
  const readings = exchanges.filter(({ fields, account, kind }) => {
    return fields !== undefined && (account?.letIn === true ||
      (isAnonymous && kind === 'sign-in' && account?.letIn === false))
  })
  // An anonymous session that was signed in to is gone, for a second sign-in too, perhaps also by one that failed.
  const isTaken = exchanges.some(({ kind, status }) => kind === 'sign-in' && status !== 200)
  const telling = isAnonymous ? readings.slice(0, isTaken ? 0 : 1) : readings
  return telling.flatMap(reading => FIELDS.flatMap(field => {
    const found = reading.fields?.[field]
    const allowed = allowedIn(field, reading, life, source)
    if (allowed.includes(found)) return []
    return [{
      rule: 'lost edit', handle, detail: `"${field}" is ${found}, not ${allowed.join(' or ')}: ${show(reading)}`
    }]
  }))
}

/** Returns the session whose contents a sign-in takes along. There is none if another user was signed in, or nobody. */
function sourceOf ({ begin }: Life, lives: ReadonlyMap<string, Life>): Life | undefined {
  return begin.kind === 'sign-in' && begin.account?.letIn === true ? undefined : lives.get(begin.handle)
}

function allowedIn (field: Field, reading: Exchange, life: Life, source: Life | undefined): Array<number | undefined> {
  const { begin, predecessor, exchanges } = life
  const found = begin.edit?.field === field
    ? begin.edit.value
    : source === undefined ? undefined : begin.fields?.[field]
  const before = pathOf(life).slice(1).flatMap(({ exchanges }) => exchanges)
    .concat(predecessor === undefined ? source?.exchanges ?? [] : [])
    .filter(({ receivedAtMs }) => receivedAtMs > begin.sentAtMs)
  const begun = [...before, ...exchanges].filter(({ edit, sentAtMs }) =>
    edit?.field === field && sentAtMs < reading.receivedAtMs
  )
  const done = begun.filter(edit => {
    return isDone(edit) && edit.receivedAtMs < reading.sentAtMs &&
      (edit.handle === life.handle || isCarriedOver(edit, life))
  })
  const open = begun.filter(edit => !done.includes(edit) && mayBeDone(edit)).map(({ edit }) => edit?.value)
  if (done.length === 0) return [...open, found]
  return [...open, done.sort((a, b) => a.sentAtMs - b.sentAtMs).at(-1)?.edit?.value]
}

/** Answered, by a session that was still there when the answer left. */
function isDone ({ status, account }: Exchange): boolean {
  return status === 200 && account?.letIn === true && account.lastActivityMs !== undefined
}

function mayBeDone ({ status, account }: Exchange): boolean {
  return status !== 200 || account?.letIn === true
}

/** Written when its session went on as this one, and as no other. */
function isCarriedOver (
  { sentAtMs, receivedAtMs, waitMs = 0, handle }: Exchange, { begin, predecessor, exchanges }: Life
): boolean {
  if (predecessor?.handle !== handle || sentAtMs + waitMs <= begin.receivedAtMs) return false
  const renewals = [
    ...predecessor.exchanges.filter(other => other !== begin), ...exchanges
  ].filter(({ kind }) => kind === 'renew')
  return !renewals.some(({ sentAtMs }) => sentAtMs < receivedAtMs)
}
