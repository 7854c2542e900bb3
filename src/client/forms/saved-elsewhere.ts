import type { DraftStorage } from './draft-store.ts'

/**
 * A message between tabs. `saved`: drafts that are saved, up to a time of typing. `asks`: the drafts of a tab that
 * wants to know.
 */
interface Message {
  readonly saved?: ReadonlyArray<readonly [id: string, typedAtMs: number]>
  readonly asks?: readonly string[]
}

export interface SavedElsewhere {
  send (id: string, typedAtMs: number): void
  ask (ids: readonly string[]): void
  close (): void
}

const MOST = 100

/**
 * Tells other tabs which drafts are saved. A browser gives a duplicated tab a copy of all drafts, and the copy must not
 * offer a saved one. The tab that saved it says so, and remembers it for a copy that asks later.
 */
export function openSavedElsewhere (
  user: string, storage: DraftStorage, onSaved: (id: string, typedAtMs: number) => void
): SavedElsewhere {
  const key = `session-security:saved:${encodeURIComponent(user)}`
  const known = new Map<string, number>(remembered(storage, key))
  const channel = typeof BroadcastChannel === 'function' ? new BroadcastChannel(key) : undefined
  const post = (message: Message): void => channel?.postMessage(message)

  function note (id: string, typedAtMs: number): void {
    known.set(id, typedAtMs)
    try {
      storage.setItem(key, JSON.stringify([...known].slice(-MOST)))
    } catch {
      // Without room, the other tab may get the message again.
    }
  }

  if (channel !== undefined) {
    channel.onmessage = ({ data }) => {
      const { saved = [], asks = [] }: Message = Object(data)
      for (const [id, typedAtMs] of saved) onSaved(id, typedAtMs)
      const answers = asks.flatMap(id => known.has(id) ? [[id, known.get(id) ?? 0] as const] : [])
      if (answers.length > 0) post({ saved: answers })
    }
  }
  return {
    send (id, typedAtMs) {
      note(id, typedAtMs)
      post({ saved: [[id, typedAtMs]] })
    },
    ask (ids) {
      for (const id of ids) {
        const typedAtMs = known.get(id)
        if (typedAtMs !== undefined) onSaved(id, typedAtMs)
      }
      if (ids.length > 0) post({ asks: ids })
    },
    close: () => channel?.close()
  }
}

function remembered (storage: DraftStorage, key: string): Array<[string, number]> {
  try {
    const list: unknown = JSON.parse(storage.getItem(key) ?? '[]')
    const isOne = (one: unknown): one is [string, number] => Array.isArray(one) && typeof one[1] === 'number'
    return Array.isArray(list) ? list.filter(isOne) : []
  } catch {
    return []
  }
}
