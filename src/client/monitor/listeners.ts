/** Who wants to hear of what. One that throws keeps nobody else from hearing it, and nothing from going on. */
export function createListeners<Name, Message> (): {
  /** @returns off */
  on (name: Name, listener: (message: Message) => void): () => void
  tell (names: readonly Name[], message: Message): void
} {
  const all = new Set<(name: Name, message: Message) => void>()
  return {
    on (wanted, listener) {
      const hear = (name: Name, message: Message): void => {
        try {
          if (name === wanted) listener(message)
        } catch (error) {
          reportError(error)
        }
      }
      all.add(hear)
      return () => { all.delete(hear) }
    },
    tell (names, message) {
      for (const name of names) all.forEach(hear => hear(name, message))
    }
  }
}
