import { auditRevocation, isAudited } from '../../diagnostics/audit.ts'
import { pick } from '../../option-checks.ts'
import type { Context } from '../context.ts'
import { listTokens } from '../../store/token-list.ts'
import { printNone, printOne } from '../context.ts'
import type { Extent } from '../paging.ts'
import { printList } from '../paging.ts'
import { printableJson } from '../printable.ts'
import { EXIT } from '../problem.ts'
import { counted } from '../times.ts'
import { tokenCard, tokenCells } from '../token-cells.ts'

export interface TokenListFlags extends Extent {
  readonly user?: string
}

export interface RevokeFlags {
  /** The name of the operator, for lists and the audit trail. */
  readonly by: string
}

export async function printTokens (context: Context, flags: TokenListFlags): Promise<number> {
  const which = pick(flags, ['user'])
  await printList(context, {
    name: 'tokens',
    cells: tokenCells,
    fetch: async page => {
      const { tokens, cursor } = await listTokens(context.store.tokens, { ...which, ...page })
      return { rows: tokens, cursor }
    }
  }, flags)
  return EXIT.ok
}

export async function showToken (context: Context, id: string): Promise<number> {
  const token = await context.store.tokens.find(id)
  if (token === null) {
    await printNone(context, 'No token with this name is known. It was never tracked, or it has expired.')
    return EXIT.failed
  }
  await printOne(context, token, nowMs => tokenCard(token, nowMs))
  return EXIT.ok
}

export async function revokeToken (context: Context, id: string, { by }: RevokeFlags): Promise<number> {
  const { store, terminal, json } = context
  const known = await store.tokens.revoke(id, by)
  if (isAudited()) auditRevocation({ what: 'token', atMs: store.timeOfDay(), token: id, count: Number(known), by })
  const token = await store.tokens.find(id)
  if (json) await terminal.print(`${printableJson({ known, token })}\n`)
  else if (token !== null) await printOne(context, token, nowMs => tokenCard(token, nowMs))
  if (!known && !json) {
    await terminal.say('The token was not known. If the application tracks it within 30 days, it is revoked.')
  }
  return known ? EXIT.ok : EXIT.failed
}

export async function revokeTokensOf (context: Context, user: string, { by }: RevokeFlags): Promise<number> {
  const { store } = context
  const revoked = await store.tokens.revokeUser(user, by)
  if (isAudited()) auditRevocation({ what: 'tokens', atMs: store.timeOfDay(), user, count: revoked, by })
  if (context.json) await context.terminal.print(`${printableJson({ revoked })}\n`)
  else await context.terminal.say(`${counted(revoked, 'token')} revoked.`)
  return revoked > 0 ? EXIT.ok : EXIT.failed
}
