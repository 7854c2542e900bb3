/** A promise that a test resolves, to decide the order of events. */
export interface Latch {
  readonly opened: Promise<void>
  open (): void
}

export function latch (): Latch {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => { open = resolve })
  return { opened, open: () => open() }
}
