/** What a bench is at, in the last line of a terminal. Without a text the line is cleared. */
export function progress (text = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}
