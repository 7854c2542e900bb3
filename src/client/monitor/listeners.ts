import { report } from '../report.ts'

/** Creates a list of listeners by name. An error of one listener stops neither the others nor the caller. */
export function createListeners<Name, Message> (): {
  /** @returns a function that removes the listener */
  on (name: Name, listener: (message: Message) => void): () => void
  notify (names: readonly Name[], message: Message): void
} {
  const all = new Set<(name: Name, message: Message) => void>()
  return {
    on (wanted, listener) {
      const receive = (name: Name, message: Message): void => {
        if (name === wanted) attempt(() => listener(message))
      }
      all.add(receive)
      return () => { all.delete(receive) }
    },
    notify (names, message) {
      for (const name of names) all.forEach(receive => receive(name, message))
    }
  }
}

/** Runs a function that must not stop anything else. It reports an error as one that nobody caught. */
export function attempt (run: () => unknown): void {
  try {
    run()
  } catch (error) {
    report(error)
  }
}
