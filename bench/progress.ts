/** Shows the present step of a bench in the last line of a terminal. Without a text it clears the line. */
export function progress (text = ''): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`)
}
