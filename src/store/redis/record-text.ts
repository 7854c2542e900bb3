import type { Authentication, BeginningAuthentication } from '../../core/authentication.ts'
import { areMethods, withAuthentication } from '../../core/authentication.ts'
import { isSeconds } from '../../core/clock.ts'
import type { Terms, Timeouts } from '../../core/terms.ts'
import { END_REASONS, setRight, stateOf } from '../../core/policy.ts'
import type { SessionRecord } from '../../core/record.ts'
import type { Handle } from '../handle.ts'
import type { Device, EndedSession, FoundSession, LiveSession, LoadActivity } from '../store.ts'
import { liveSession } from '../live-session.ts'
import { fromWord, toWord } from './words.ts'

/**
 * The version of the record of a session. The record is the first line of the stored text. It is made of words with
 * one space between them, and the version is the first word:
 *
 *     1 live     <startedAtMs> <lastActivityMs> <warnAfter> <expireAfter> <absoluteTimeout | -> <user | ->
 *                <deadline under which it is indexed, in seconds after the start> <root | ->
 *                [<address | -> <user agent | -> [<authenticatedAtMs | -> <methods, with commas | ->
 *                [<PUBLISH | SPUBLISH, if it has connections>]]]
 *     1 visitor  likewise: an anonymous session
 *     1 ended    <reason> <startedAtMs> <last activity, in ms after that> <end, in ms after that> <token | ->
 *                <name of the person who ended it | -> <user | ->   (the device: see lua/index.lua)
 *     1 replaced <handles of its family, with commas | -> <moment of its renewal, in ms>     (see lua/family.lua; a
 *                fifth word: see lua/predecessor.lua)
 *
 * Scripts take words apart in a microsecond, and words are short. A later version that only adds words at the end keeps
 * the number, so that two versions work side by side while nodes are being exchanged. A session with another number is
 * `later`: this version does not read it.
 */
const VERSION = '1'

const NONE = '-'

/** The word between the record of an ended session and its device. */
const BAR = '|'

/** Encodes the terms as the scripts take them. */
export function encodeTerms (terms: Terms): string {
  return `${terms.isAuthenticated ? 'live' : 'visitor'} ${encodeTimeouts(terms)}`
}

/** Encodes timeouts alone. */
export function encodeTimeouts ({ warnAfter, expireAfter, absoluteTimeout }: Timeouts): string {
  return `${warnAfter} ${expireAfter} ${absoluteTimeout === false ? NONE : absoluteTimeout}`
}

/** Encodes an activity for load.lua. */
export function encodeActivity (activity: LoadActivity | null): string {
  if (activity === null) return ''
  const { throttleMs, timeouts } = activity
  return timeouts === undefined ? String(throttleMs) : `${throttleMs} ${encodeTimeouts(timeouts)}`
}

/**
 * Encodes device and authentication of a sign-in as words at the end of the record. There are none, two or four.
 * begin.lua dates an authentication without a moment.
 */
export function encodeSignIn (
  device: Device | undefined, authentication: BeginningAuthentication | undefined
): string {
  if (device === undefined && authentication === undefined) return ''
  const words = `${toWord(device?.address)} ${toWord(device?.userAgent)}`
  if (authentication === undefined) return words
  const { atMs, methods } = authentication
  return `${words} ${atMs === undefined ? NONE : Math.floor(atMs)} ${methods.length === 0 ? NONE : methods.join()}`
}

/**
 * Decodes the state of a session at a moment.
 * @param lastMs the last activity, if it is another than the record says
 * @returns `null` if the text is no record
 */
export function decodeSession (handle: Handle, text: string, nowMs: number, lastMs?: number): FoundSession | null {
  const unended = LIVE.exec(text)
  if (unended !== null) {
    const session = liveFrom(unended, nowMs, lastMs)
    return session === null ? null : endedIfExpired(handle, session, nowMs)
  }
  const [version = '', state, ...words] = text.split(' ')
  if (version !== VERSION) {
    return /^\d+$/.test(version) && state !== undefined ? { state: 'later' } : null
  } // is_later() in record.lua
  if (state === 'ended') return endedFrom(handle, words)
  if (state !== 'replaced' || words[0] === undefined) return null
  return { state: 'renewed', successors: words[0] === NONE ? [] : words[0].split(',') }
}

/** Returns the root of the family of a live session, by its record. */
export function familyIn (handle: Handle, text: string): Handle | undefined {
  const root = /^1 live (?:[^ ]+ ){7}([\w-]+)/.exec(text)?.[1]
  return root === NONE ? handle : root
}

/** Returns the ms since a session was renewed; 0 if its record does not say. */
export function decodeRenewedForMs (text: string, nowMs: number): number {
  const sinceMs = toTime(text.split(' ')[3] ?? '')
  return isTime(sinceMs) ? Math.max(0, nowMs - sinceMs) : 0
}

/**
 * Decodes a live session, even if its deadline has passed.
 * @returns `null` if the record is of another state
 */
export function decodeLive (text: string, nowMs: number): LiveSession | null {
  const unended = LIVE.exec(text)
  return unended === null ? null : liveFrom(unended, nowMs)
}

/** The record of a live or an anonymous session, as parse() in lua/record.lua reads it. */
const LIVE = new RegExp([
  /^1 (live|visitor) (\d{1,14}) (\d{1,14}) ([\d.e-]+) ([\d.e-]+) ([\d.e-]+)/,
  / ([^ ]+) -?\d{1,14} [\w-]+(?: (.*))?$/
].map(({ source }) => source).join(''))

function endedIfExpired (handle: Handle, session: LiveSession, nowMs: number): FoundSession {
  const current = stateOf(session.record, nowMs)
  if (current.state !== 'ended') return session
  if (!session.record.isAuthenticated) return { state: 'unknown' }
  const { startedAtMs, lastActivityMs } = setRight(session.record, nowMs)
  const { reason, deadlineMs: endedAtMs } = current
  return ended({ handle, reason, startedAtMs, lastActivityMs, endedAtMs }, session.user, session.device)
}

function liveFrom (words: RegExpExecArray, nowMs: number, lastMs?: number): LiveSession | null {
  const [, state, started, last, warn, expire, absolute, userWord, signIn] = words
  const [warnAfter, expireAfter] = [Number(warn), Number(expire)]
  const absoluteTimeout = absolute === NONE ? false : Number(absolute)
  if (!isSeconds(warnAfter) || !isSeconds(expireAfter)) return null
  if (absoluteTimeout !== false && !isSeconds(absoluteTimeout)) return null
  const user = fromWord(userWord)
  if (user === null) return null
  const record: SessionRecord = {
    isAuthenticated: state === 'live',
    startedAtMs: Number(started),
    lastActivityMs: lastMs ?? Number(last),
    warnAfter,
    expireAfter,
    absoluteTimeout
  }
  if (signIn === undefined) return liveSession(record, user, undefined, nowMs)
  const more = signIn.split(' ')
  return liveSession(withAuthentication(record, authenticationIn(more)), user, deviceIn(more), nowMs)
}

function endedFrom (handle: Handle, words: string[]): FoundSession | null {
  const reason = END_REASONS.find(reason => reason === words[0])
  const startedAtMs = toTime(words[1] ?? '')
  const lastActivityMs = startedAtMs + toSpan(words[2] ?? '')
  const endedAtMs = lastActivityMs + toSpan(words[3] ?? '')
  const [by, user] = words.slice(5, 7).map(fromWord)
  if (reason === undefined || by === null || user === null || words.length < 7) return null
  if (!isTime(startedAtMs) || !isTime(lastActivityMs) || !isTime(endedAtMs)) return null
  const times = { startedAtMs, lastActivityMs, endedAtMs }
  const bar = words.indexOf(BAR)
  const device = bar < 0 ? undefined : deviceIn(words.slice(bar + 1))
  return ended({ handle, reason, ...times, ...optional('by', by) }, user, device)
}

/** Decodes the two words of a device, which may be missing. */
function deviceIn ([address, userAgent]: string[]): Device | undefined {
  if (address === undefined) return undefined
  const known = { ...optional('address', fromWord(address)), ...optional('userAgent', fromWord(userAgent)) }
  return Object.keys(known).length === 0 ? undefined : known
}

/** Decodes the two words behind those of the device, which may be missing. */
function authenticationIn ([,, at = '', methods = NONE]: string[]): Authentication | undefined {
  const [atMs, names] = [toTime(at), methods === NONE ? [] : methods.split(',')]
  return isTime(atMs) && areMethods(names) ? { atMs, methods: names } : undefined
}

function ended (
  words: Omit<EndedSession, 'user' | 'device'>, user: string | undefined, device: Device | undefined
): FoundSession {
  return { state: 'ended', ended: { ...words, ...optional('user', user), ...(device === undefined ? {} : { device }) } }
}

function optional<Key extends string> (key: Key, value: string | undefined | null): { [K in Key]?: string } {
  return value == null ? {} : { [key]: value } as { [K in Key]: string }
}

/**
 * Reads a time as the scripts do. A word that only one of both took for a number would make a session alive here and
 * not there.
 */
function toTime (word: string): number {
  return /^\d{1,14}$/.test(word) ? Number(word) : NaN
}

/** Reads a span. A clock that was set back may leave a moment before the one that the span counts from. */
function toSpan (word: string): number {
  return /^-?\d{1,14}$/.test(word) ? Number(word) : NaN
}

function isTime (value: number | undefined): value is number {
  return value !== undefined && !Number.isNaN(value)
}
