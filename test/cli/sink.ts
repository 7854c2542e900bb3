import { Writable } from 'node:stream'

/** Collects what a process would write to a pipe or a terminal. */
export class Sink extends Writable {
  readonly isTTY: boolean
  readonly columns: number | undefined
  text = ''

  constructor ({ isTTY = false, columns }: { readonly isTTY?: boolean, readonly columns?: number } = {}) {
    super({ decodeStrings: false })
    this.isTTY = isTTY
    this.columns = columns
  }

  override _write (chunk: string, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}
