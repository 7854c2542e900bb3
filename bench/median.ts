export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2
}

/** The median of the ratios of values to those that were measured in the same round: a slow round slows both. */
export function medianRatio (values: readonly number[], references: readonly number[] | undefined): number | undefined {
  if (references === undefined) return undefined
  return median(values.map((value, i) => value / (references[i] ?? NaN)))
}
