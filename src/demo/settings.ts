import { parseArgs } from 'node:util'

export interface Settings {
  readonly port: number
  readonly warnAfter: number
  readonly expireAfter: number
  /** The Redis of the sessions. Absent: they are in this process. */
  readonly redisUrl?: string
}

/** The call of the command line. */
export type Asked =
  | { readonly kind: 'serve', readonly settings: Settings }
  | { readonly kind: 'help' }
  | { readonly kind: 'bad', readonly problem: string }

export const HELP = `Usage: npx fastify-session-security demo [options]

  --port <number>           the port on 127.0.0.1; 0 for any free port          (PORT, default 3000)
  --expire-after <seconds>  idle seconds until the session ends                 (EXPIRE_AFTER, default 60)
  --warn-after <seconds>    idle seconds until the warning                      (WARN_AFTER, default a third of it)
  --redis <url>             keep sessions in Redis, for several nodes           (REDIS_URL, default in memory)
  --help                    show this help
`

const DEFAULT_PORT = 3000
const DEFAULT_EXPIRE_AFTER = 60

/** A value, and the name of its option or variable. */
interface Given {
  readonly name: string
  readonly text: string
}

/**
 * Reads the settings of the demo. Options of the command line replace variables. The plugin checks the times itself.
 */
export function readSettings (args: string[], env: NodeJS.ProcessEnv): Asked {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        'warn-after': { type: 'string' },
        'expire-after': { type: 'string' },
        redis: { type: 'string' },
        help: { type: 'boolean' }
      }
    })
    if (values.help === true) return { kind: 'help' }
    const port = portOf(given(values.port, env, 'port'))
    const expireAfter = secondsOf(given(values['expire-after'], env, 'expire-after')) ?? DEFAULT_EXPIRE_AFTER
    const warnAfter = secondsOf(given(values['warn-after'], env, 'warn-after')) ?? expireAfter / 3
    const redisUrl = urlOf(values.redis === undefined
      ? given(undefined, env, 'redis-url')
      : { name: '--redis', text: values.redis })
    return {
      kind: 'serve', settings: { port, warnAfter, expireAfter, ...(redisUrl === undefined ? {} : { redisUrl }) }
    }
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return { kind: 'bad', problem: error.message.replaceAll('\n', ' ') }
  }
}

/** Returns an option or a variable. An empty variable counts as not set. */
function given (option: string | undefined, env: NodeJS.ProcessEnv, name: string): Given | undefined {
  if (option !== undefined) return { name: `--${name}`, text: option }
  const variable = name.toUpperCase().replace('-', '_')
  const text = env[variable]
  return text === undefined || text === '' ? undefined : { name: variable, text }
}

function portOf (value: Given | undefined): number {
  if (value === undefined) return DEFAULT_PORT
  const port = /^\d{1,5}$/.test(value.text) ? Number(value.text) : NaN
  return port <= 65_535 ? port : refuse(value, 'a number from 0 to 65535')
}

function secondsOf (value: Given | undefined): number | undefined {
  if (value === undefined) return undefined
  const seconds = /^\d+(?:\.\d+)?$/.test(value.text) ? Number(value.text) : NaN
  return seconds > 0 ? seconds : refuse(value, 'a number of seconds above 0')
}

/** Reads a URL. The error never shows it, since it may hold a password. */
function urlOf (value: Given | undefined): string | undefined {
  if (value === undefined) return undefined
  if (/^rediss?:\/\//.test(value.text) && URL.canParse(value.text)) return value.text
  throw new TypeError(`${value.name} must be a URL such as redis://127.0.0.1:6379.`)
}

function refuse ({ name, text }: Given, expected: string): never {
  throw new TypeError(`${name} must be ${expected}; received ${JSON.stringify(text)}.`)
}
