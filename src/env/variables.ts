import { isSeconds } from '../core/clock.ts'

/** Lists the environment variables: the form, the option that each sets, and the default. */

/** The form of a variable. */
interface Kind<Value> {
  /** The form in words, for an error. */
  readonly expected: string
  /**
   * Reads a value.
   *
   * @returns `undefined` if the form is wrong
   */
  readonly read: (text: string) => Value | undefined
}

export interface Variable<Value = unknown> extends Kind<Value> {
  /** The option that it sets. */
  readonly sets: string
  /** The default, written as the variable would have it; '' for none. */
  readonly standard: string
  /** One line that explains it to people. */
  readonly comment: string
}

/** Words that django-environ takes for true, and words that its users write for false. */
const TRUE = ['true', '1', 'yes', 'y', 'on', 'ok']
const FALSE = ['false', '0', 'no', 'n', 'off']

const SAME_SITES = ['lax', 'strict', 'none'] as const

const SECONDS: Kind<number> = { expected: 'a number of seconds above 0', read: readSeconds }
const SECONDS_OR_FALSE: Kind<number | false> = {
  expected: 'a number of seconds above 0, or false',
  read: text => readFlag(text) === false && text !== '0' ? false : readSeconds(text)
}
const FLAG: Kind<boolean> = { expected: 'true or false', read: readFlag }
const TEXT: Kind<string> = { expected: 'a text', read: text => text }
const TEXTS: Kind<readonly string[]> = {
  expected: 'texts, separated by commas',
  read: text => text.split(',').map(part => part.trim()).filter(part => part !== '')
}
/** An address. Django has `False` here for none, and `True` for an address that is set elsewhere. */
const ADDRESS: Kind<string | null> = {
  expected: 'an address, or false: it is what Django calls LOGOUT_REDIRECT_URL',
  read: text => readFlag(text) === undefined ? text : readFlag(text) === false ? null : undefined
}
const SECURE: Kind<boolean | 'auto'> = {
  expected: 'true, false or auto', read: text => text.toLowerCase() === 'auto' ? 'auto' : readFlag(text)
}
const SAME_SITE: Kind<typeof SAME_SITES[number] | false> = {
  expected: 'Lax, Strict, None or false',
  read: text => SAME_SITES.find(name => name === text.toLowerCase()) ?? (readFlag(text) === false ? false : undefined)
}
/** A domain. Python's `None` as a text is no domain to any browser. */
const DOMAIN: Kind<string> = {
  expected: 'a domain; for none, leave it out', read: text => /^(?:none|false|true)$/i.test(text) ? undefined : text
}
const PRESET: Kind<Preset> = {
  expected: 'django', read: text => text.toLowerCase() === 'django' ? 'django' : undefined
}

/** `django`: the age of the cookie is the life of a session. */
export type Preset = 'django'

export const VARIABLES = {
  SESSION_SECURITY_PRESET: {
    ...PRESET,
    sets: 'preset',
    standard: '',
    comment: 'django: a session lives as long as SESSION_COOKIE_AGE says, as in Django'
  },
  SESSION_SECURITY_WARN_AFTER: {
    ...SECONDS, sets: 'warnAfter', standard: '540', comment: 'seconds without activity until the warning'
  },
  SESSION_SECURITY_EXPIRE_AFTER: {
    ...SECONDS, sets: 'expireAfter', standard: '600', comment: 'seconds without activity until the end'
  },
  SESSION_SECURITY_ABSOLUTE_TIMEOUT: {
    ...SECONDS_OR_FALSE,
    sets: 'absoluteTimeout',
    standard: '43200',
    comment: 'seconds from sign-in to the end, whatever happens; or false'
  },
  SESSION_SECURITY_PASSIVE_URLS: {
    ...TEXTS,
    sets: 'passiveUrls',
    standard: '',
    comment: 'paths of requests that are no activity, such as /api/unread,/health/*'
  },
  SESSION_SECURITY_REDIRECT_TO_LOGOUT: {
    ...ADDRESS,
    sets: 'redirectToLogout',
    standard: '',
    comment: 'where the browser goes at the end: a path or an address'
  },
  SESSION_SECURITY_PING_URL: {
    ...TEXT,
    sets: 'pingUrl',
    standard: '/session_security/ping',
    comment: 'the path that a page reports idle seconds to'
  },
  SESSION_SECURITY_SWEEP_CRON: {
    ...TEXT,
    sets: 'sweep.cron',
    standard: '',
    comment: 'when to look for ended sessions, such as 0 5 * * *; without it, every tenth of EXPIRE_AFTER'
  },
  SESSION_COOKIE_AGE: {
    ...SECONDS,
    sets: 'session.cookie.maxAge',
    standard: '',
    comment: 'seconds until the browser forgets the cookie; without it, when the browser closes'
  },
  SESSION_EXPIRE_AT_BROWSER_CLOSE: {
    ...FLAG,
    sets: 'session.cookie.maxAge',
    standard: 'true',
    comment: 'true: the cookie goes with the browser, whatever its age'
  },
  SESSION_SAVE_EVERY_REQUEST: {
    ...FLAG, sets: 'session.rolling', standard: 'false', comment: 'whether activity renews a cookie that has an age'
  },
  SESSION_COOKIE_NAME: {
    ...TEXT, sets: 'session.cookieName', standard: 'sessionId', comment: 'the name of the cookie'
  },
  SESSION_COOKIE_SECURE: {
    ...SECURE,
    sets: 'session.cookie.secure',
    standard: 'true',
    comment: 'true: over https only; auto: as the request came'
  },
  SESSION_COOKIE_HTTPONLY: {
    ...FLAG, sets: 'session.cookie.httpOnly', standard: 'true', comment: 'true: no script can read the cookie'
  },
  SESSION_COOKIE_SAMESITE: {
    ...SAME_SITE,
    sets: 'session.cookie.sameSite',
    standard: '',
    comment: 'Lax, Strict or None: whether requests from other sites bring the cookie'
  },
  SESSION_COOKIE_DOMAIN: {
    ...DOMAIN, sets: 'session.cookie.domain', standard: '', comment: 'other hosts of this domain get the cookie too'
  },
  SESSION_COOKIE_PATH: {
    ...TEXT, sets: 'session.cookie.path', standard: '/', comment: 'the cookie is sent to what lies below this path'
  }
} as const satisfies Readonly<Record<string, Variable>>

export type VariableName = keyof typeof VARIABLES

/** The values of the variables that are set. */
export type Values = {
  readonly [Name in VariableName]?: typeof VARIABLES[Name] extends Variable<infer Value> ? Value : never
}

export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly VariableName[]

export function isVariable (name: string): name is VariableName {
  return Object.hasOwn(VARIABLES, name)
}

function readSeconds (text: string): number | undefined {
  const seconds = /^\d{1,12}(?:\.\d{1,6})?$/.test(text) ? Number(text) : NaN
  return isSeconds(seconds) ? seconds : undefined
}

function readFlag (text: string): boolean | undefined {
  if (TRUE.includes(text.toLowerCase())) return true
  return FALSE.includes(text.toLowerCase()) ? false : undefined
}
