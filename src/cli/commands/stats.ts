import type { Context } from '../context.ts'
import { printOne } from '../context.ts'
import { EXIT } from '../problem.ts'

export async function stats (context: Context): Promise<number> {
  const [sessions, tokens] = await Promise.all([context.store.stats(), context.store.tokens.count()])
  const { live, due, ended, untold } = sessions
  await printOne(context, { ...sessions, tokens }, () => ({
    live: String(live),
    due: `${due} (past their deadline; the next sweep ends them)`,
    ended: `${ended} (still known)`,
    untold: `${untold} (of the ended ones: nobody has been told of them yet)`,
    tokens: String(tokens)
  }))
  return EXIT.ok
}
