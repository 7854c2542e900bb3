import { COOKIE_KEY, RECORD_KEY, difference, serialize } from '../store/contents.ts'
import { asError } from '../thrown.ts'
import type { Binding } from './binding.ts'
import { carryOut } from './carry-out.ts'
import type { SessionObject } from './fastify-session-internals.ts'
import type { SavedBy } from './judge.ts'
import { isUnderAnotherName, judge } from './judge.ts'
import type { Plan } from './planned-beginning.ts'
import type { SessionLink } from './session-link.ts'

/** Tells whether a save has anything to do. @throws {NotSerializableError} */
export function isModified (session: SessionObject, binding: Binding): boolean {
  const { link, isRenewed, context } = binding
  if (isRenewed || (context?.proof ?? null) !== null) return true
  if (link === null) {
    const isOwn = (key: string): boolean => key === COOKIE_KEY || key === RECORD_KEY
    return Object.keys(session).some(key => !isOwn(key) && session[key as keyof SessionObject] !== undefined)
  }
  if (!link.isLive) return !link.isAsLoaded(session)
  return !link.isAsLoaded(session) || isUnderAnotherName(binding) || isOfAnotherAge(session, binding, link)
}

/**
 * Tells whether the session holds the contents of a failed save.
 *
 * A second try would fail again, or sign in after a refusal.
 */
export function hasFailedWith (session: SessionObject, { failed }: Binding): boolean {
  return failed !== null && difference(failed, serialize(session)) === null
}

/**
 * Saves the session. It judges and serialises in this tick, and writes in the order of the calls.
 *
 * @param by the application's call, or the end of the request
 */
export async function saveSession (session: SessionObject, binding: Binding, by: SavedBy): Promise<void> {
  const plan = planSave(session, binding, by)
  if (plan === null) {
    await binding.queue
    binding.isSaved = binding.link?.isLive === true // contents that the store holds already are saved, too
    return
  }
  const before = binding.queue
  const write = (): Promise<void> => carryOut(plan, session, binding)
  const work = before === null ? write() : before.then(write)
  const settled = work.then(() => {}, () => {})
  binding.queue = settled
  try {
    await work
  } catch (error) {
    undo(plan, session, binding)
    throw asError(error)
  } finally {
    if (binding.queue === settled) binding.queue = null
  }
  binding.isSaved = binding.link?.isLive === true
}

function planSave (session: SessionObject, binding: Binding, by: SavedBy): Plan | null {
  binding.isRefused = false
  try {
    return judge(session, binding, by)
  } catch (error) {
    binding.isRefused = true
    throw asError(error)
  }
}

function undo (plan: Plan, session: SessionObject, binding: Binding): void {
  binding.failed = plan.kind === 'end' ? null : plan.contents
  plan.undo()
  if (binding.link === null) Reflect.deleteProperty(session, RECORD_KEY)
}

function isOfAnotherAge ({ cookie }: SessionObject, { shared }: Binding, { contents, since }: SessionLink): boolean {
  return shared.cookie.encodedAge(cookie, since) !== contents[COOKIE_KEY]
}
