/** A door that a test opens: whoever waits at it goes on, in the order that the test decides. */
export interface Latch {
  readonly opened: Promise<void>
  open (): void
}

export function latch (): Latch {
  let open = (): void => {}
  const opened = new Promise<void>(resolve => { open = resolve })
  return { opened, open: () => open() }
}
