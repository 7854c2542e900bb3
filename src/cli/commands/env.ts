import { VARIABLES, VARIABLE_NAMES } from '../../env/variables.ts'
import { EXIT } from '../problem.ts'
import type { Terminal } from '../terminal.ts'

/** Matches values that need no quotes in an `.env`. */
const PLAIN = /^[\w./:-]*$/

/** Prints a `.env` in which each variable is a comment with its default. */
export async function printEnv (terminal: Terminal): Promise<number> {
  const parts = VARIABLE_NAMES.map(name => {
    const { standard, comment } = VARIABLES[name]
    return `# ${comment}\n#${name}=${PLAIN.test(standard) ? standard : `"${standard}"`}\n`
  })
  await terminal.print(`${HEAD}\n${parts.join('\n')}`)
  return EXIT.ok
}

const HEAD = `# Variables of sessions, for optionsFromEnv() of fastify-session-security. The values are the defaults.
# Remove the "#" before a variable that you change. Each name may have DJANGO_ before it.
`
