import type { Life, Violation } from './checker.ts'
import { show } from './checker.ts'
import type { Exchange, Field } from './events.ts'
import { FIELDS } from './events.ts'

/**
 * G8: an edit that was answered is there for whoever asks later, whatever other requests did to other fields. A field
 * has one edit at a time. One that failed may have been done all the same, even later.
 */
export function lostEdits ({ handle, exchanges }: Life): Violation[] {
  return exchanges.filter(({ fields, account }) => fields !== undefined && account?.letIn === true).flatMap(reading => FIELDS.flatMap(field => {
    const found = reading.fields?.[field]
    const allowed = allowedIn(field, reading, exchanges)
    if (allowed.includes(found)) return []
    return [{ rule: 'lost edit', handle, detail: `"${field}" is ${found}, not ${allowed.join(' or ')}: ${show(reading)}` }]
  }))
}

function allowedIn (field: Field, reading: Exchange, exchanges: readonly Exchange[]): Array<number | undefined> {
  const begun = exchanges.filter(({ edit, sentAtMs }) => edit?.field === field && sentAtMs < reading.receivedAtMs)
  const done = begun.filter(edit => isDone(edit) && edit.receivedAtMs < reading.sentAtMs)
  const open = begun.filter(edit => !done.includes(edit) && mayBeDone(edit))
  return [...open.map(({ edit }) => edit?.value), done.sort((a, b) => a.sentAtMs - b.sentAtMs).at(-1)?.edit?.value]
}

/** Answered, by a session that was still there when the answer left. */
function isDone ({ status, account }: Exchange): boolean {
  return status === 200 && account?.letIn === true && account.lastActivityMs !== undefined
}

function mayBeDone ({ status, account }: Exchange): boolean {
  return status !== 200 || account?.letIn === true
}
