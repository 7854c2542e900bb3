import { BadEnvError } from '../errors.ts'
import type { Note } from '../options/option-notes.ts'
import { FOREIGN, NOT_READ } from './foreign-names.ts'
import type { Values, VariableName } from './variables.ts'
import { VARIABLES, VARIABLE_NAMES, isVariable } from './variables.ts'

/** The variables of the environment, after reading. */
export interface Environment {
  readonly values: Values
  /** Returns a variable's name as the environment has it: with or without `DJANGO_`. */
  readonly spelling: (name: VariableName) => string
  /** Notes on variables that are not read. */
  readonly notes: readonly Note[]
}

interface Spelled {
  readonly text: string
  /** The name as it stands in the environment. */
  readonly as: string
}

const PREFIX = 'SESSION_SECURITY_'

/** Matches names of session settings that another program reads. */
const ELSEWHERE = /^(?:SESSION_COOKIE_|DJANGO_SESSION_)/

/**
 * Reads the variables, each with or without `DJANGO_` before its name.
 *
 * @throws {BadEnvError} which names every variable that is wrong, is written twice, or has no counterpart here
 */
export function readEnv (env: NodeJS.ProcessEnv): Environment {
  const all = Object.entries(env).map(([as, text = '']) => ({ as, text: unquoted(text.trim()) }))
  const given = all.filter(({ text }) => text !== '')
  const problems = given.flatMap(({ as }) => problemOf(as))
  const found = new Map<VariableName, Spelled>()
  for (const spelled of given) {
    const name = withoutDjango(spelled.as)
    if (!isVariable(name)) continue
    const other = found.get(name)
    if (other !== undefined && other.text !== spelled.text) {
      problems.push(`${other.as} and ${spelled.as} say different things: leave one out.`)
    }
    found.set(name, spelled)
  }
  const values: Record<string, unknown> = {}
  for (const [name, { as, text }] of found) {
    const { read, expected } = VARIABLES[name]
    values[name] = read(text)
    const received = JSON.stringify(text.slice(0, 80))
    if (values[name] === undefined) problems.push(`${as} must be ${expected}; received ${received}.`)
  }
  if (problems.length > 0) throw new BadEnvError(problems.join(' '))
  return { values, spelling: name => found.get(name)?.as ?? name, notes: given.flatMap(({ as }) => noteOf(as)) }
}

function withoutDjango (name: string): string {
  return name.replace(/^DJANGO_/, '')
}

/** Removes quotes around a value: `docker --env-file` keeps them, a shell does not. */
function unquoted (text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2]?.trim() ?? text
}

function problemOf (as: string): string[] {
  const name = withoutDjango(as)
  const advice = FOREIGN.get(name)
  if (advice !== undefined) return [`${as} has no counterpart here. ${advice}`]
  if (!name.startsWith(PREFIX) || isVariable(name)) return []
  return [`there is no variable ${as}. The variables are: ${VARIABLE_NAMES.join(', ')}.`]
}

function noteOf (as: string): Note[] {
  const name = withoutDjango(as)
  if (isVariable(name)) return []
  const advice = NOT_READ.get(name) ?? (ELSEWHERE.test(as) ? 'there is no such variable.' : undefined)
  return advice === undefined ? [] : [{ level: 'warn', text: `${as} is not read: ${advice}` }]
}
