import Table from 'cli-table3'

/** Formats a Markdown table. The first column is aligned to the left, the numbers to the right. */
export function markdown (head: readonly string[], rows: ReadonlyArray<ReadonlyArray<string | number>>): string {
  const none = [
    'top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'mid', 'left-mid',
    'mid-mid', 'right-mid'
  ]
  const table = new Table({
    chars: { ...Object.fromEntries(none.map(name => [name, ''])), left: '|', middle: '|', right: '|' },
    style: { head: [], border: [], compact: true },
    head: [...head]
  })
  table.push(head.map((_column, i) => i === 0 ? '---' : '---:'), ...rows.map(row => row.map(String)))
  return table.toString()
}
