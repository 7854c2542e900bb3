/** One page in one browser, used as a person does: by pointer and keyboard. */
export interface Tab {
  goTo (url: string): Promise<void>
  /** Goes one page back, as the browser's button does. The call does not wait for the page. */
  back (): Promise<void>
  /** Evaluates an expression of JavaScript in the page. Rejects while the page lies between two documents. */
  read (expression: string): Promise<unknown>
  /** Moves the pointer there at once, in CSS pixels of the viewport. */
  move (x: number, y: number): Promise<void>
  /** Presses the first button of the pointer, or releases it. */
  button (isDown: boolean): Promise<void>
  /** Presses a key and releases it: a letter, or a name of `KeyboardEvent.key`. */
  press (key: string): Promise<void>
  /** Opens another tab of the same browser in front of this one. */
  open (): Promise<Tab>
  toFront (): Promise<void>
  /** Takes a picture as PNG. */
  screenshot (): Promise<Buffer>
}

/** A running browser. */
export interface Driver {
  /** Opens the first tab of a person without cookies. The tabs of the visit before are closed. */
  visit (): Promise<Tab>
  /** Lists the ids of all processes of the browser, without those of what drives it. */
  processes (): number[]
  close (): Promise<void>
}

export interface BrowserKind {
  readonly name: 'Chromium' | 'Firefox' | 'WebKit'
  launch (): Promise<Driver>
}

/** No step of a script takes longer than this, in milliseconds. */
export const PATIENCE_MS = 20_000

/** No call of a driver takes longer than this, unless the browser hangs, in milliseconds. */
export const CALL_MS = 15_000

/** The most milliseconds of a read. A browser that changes its document may never answer it. In milliseconds. */
export const READ_MS = 5000

/**
 * Bounds the wait for a promise.
 *
 * @throws {Error} after `ms` milliseconds
 */
export async function within<Value> (ms: number, action: string, promise: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${action} took longer than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
