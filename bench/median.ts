export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** Returns the median ratio of a value to the reference of its round. A slow round slows both, so the ratio holds. */
export function medianRatio (values: readonly number[], references: readonly number[] | undefined): number | undefined {
  if (references === undefined) return undefined
  return median(values.map((value, i) => value / (references[i] ?? NaN)))
}
