import { VARIABLES, VARIABLE_NAMES } from '../../env/variables.ts'
import { EXIT } from '../problem.ts'
import type { Terminal } from '../terminal.ts'

/** Whatever an `.env` parser might take for something else stands in quotes. */
const PLAIN = /^[\w./:-]*$/

/** Writes a `.env` in which every variable is a comment, with its default: remove the # of what you change. */
export async function printEnv (terminal: Terminal): Promise<number> {
  const parts = VARIABLE_NAMES.map(name => {
    const { standard, comment } = VARIABLES[name]
    return `# ${comment}\n#${name}=${PLAIN.test(standard) ? standard : `"${standard}"`}\n`
  })
  await terminal.print(`${HEAD}\n${parts.join('\n')}`)
  return EXIT.ok
}

const HEAD = `# Sessions, for optionsFromEnv() of fastify-session-security. What stands here is the default.
# Remove the "#" before what you change. Each name may have DJANGO_ before it.
`
