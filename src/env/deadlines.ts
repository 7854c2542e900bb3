import { BadEnvError } from '../errors.ts'
import type { Note } from '../options/option-notes.ts'
import type { SessionSecurityOptions } from '../options/options.ts'
import type { Environment } from './read-env.ts'
import type { Preset } from './variables.ts'

/** Deadlines that follow from the age of the cookie. */
export interface Deadlines {
  readonly expireAfter?: number
  readonly absoluteTimeout?: number
  readonly notes: readonly Note[]
}

/** The application's own options that affect the deadlines. */
type Given = Pick<SessionSecurityOptions, 'expireAfter' | 'absoluteTimeout' | 'session'>

const ANOTHER = 'SESSION_SECURITY_ABSOLUTE_TIMEOUT sets another time, or false for none.'

/**
 * Derives deadlines from Django's age of the cookie: the life of the session there. Django counts it from the last
 * request if each request saves the session, else from the last change of it, most often the sign-in.
 *
 * @param byApplication the preset that the application asks for; the environment outweighs it
 * @throws {BadEnvError} for an age that may be the life of the session, or not
 */
export function deadlinesOf (
  { values, spelling }: Environment, given: Given, byApplication: Preset | undefined
): Deadlines {
  const { SESSION_COOKIE_AGE: age, SESSION_SECURITY_EXPIRE_AFTER: expireAfter } = values
  const name = spelling('SESSION_COOKIE_AGE')
  if ((values.SESSION_SECURITY_PRESET ?? byApplication) === undefined) {
    const isSaid = age === undefined || expireAfter !== undefined || given.expireAfter !== undefined
    if (!isSaid) throw new BadEnvError(undecided(name, age))
    return { notes: [] }
  }
  if (age === undefined) {
    return noting({}, `${name} is not set: the preset changes no deadline. No session lives for Django's two weeks.`)
  }
  if (expireAfter !== undefined) {
    const which = spelling('SESSION_SECURITY_EXPIRE_AFTER')
    return noting({}, `${name} is the age of the cookie alone: ${which} says when sessions end.`)
  }
  const idle = `${name}=${age}: a session ends after ${inWords(age)} without activity`
  const isEndSaid = values.SESSION_SECURITY_ABSOLUTE_TIMEOUT !== undefined || given.absoluteTimeout !== undefined
  if (isEndSaid) return noting({ expireAfter: age }, `${idle}.`)
  if ((values.SESSION_SAVE_EVERY_REQUEST ?? given.session.rolling) === true) {
    const also = 'Here one also ends some time after the sign-in, which Django does not know'
    return noting({ expireAfter: age }, `${idle}. ${also}: ${ANOTHER}`)
  }
  const also = 'and as long after the sign-in at the latest, since SESSION_SAVE_EVERY_REQUEST is not true'
  return noting({ expireAfter: age, absoluteTimeout: age }, `${idle}, ${also}. ${ANOTHER}`)
}

function undecided (name: string, age: number): string {
  return `${name} is ${age}, and no variable says whether that is only the age of the cookie. ` +
    'For sessions that live so long, as in Django, set SESSION_SECURITY_PRESET to django; otherwise set ' +
    'SESSION_SECURITY_EXPIRE_AFTER, to 600 for instance, which is the default.'
}

function noting (deadlines: Omit<Deadlines, 'notes'>, text: string): Deadlines {
  return { ...deadlines, notes: [{ level: 'info', text }] }
}

const UNITS = [['d', 86_400], ['h', 3600], ['min', 60]] as const

/** Formats seconds as `32400 s (9 h)`. */
function inWords (seconds: number): string {
  const found = UNITS.find(([, length]) => seconds % length === 0)
  return found === undefined ? `${seconds} s` : `${seconds} s (${seconds / found[1]} ${found[0]})`
}
