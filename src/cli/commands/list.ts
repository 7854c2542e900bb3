import { pick } from '../../option-checks.ts'
import type { ListOptions } from '../../store/administration.ts'
import { listSessions } from '../../store/administration.ts'
import type { Context } from '../context.ts'
import type { Extent } from '../paging.ts'
import { printList } from '../paging.ts'
import { EXIT } from '../problem.ts'
import { sessionCells } from '../session-cells.ts'

export interface ListFlags extends Extent, Pick<ListOptions, 'user' | 'userPrefix' | 'state' | 'order'> {}

export async function list (context: Context, flags: ListFlags): Promise<number> {
  const which = pick(flags, ['user', 'userPrefix', 'state', 'order'])
  await printList(context, {
    name: 'sessions',
    cells: sessionCells,
    fetch: async page => {
      const { sessions, cursor } = await listSessions(context.store, { ...which, ...page })
      return { rows: sessions, cursor }
    }
  }, flags)
  return EXIT.ok
}
