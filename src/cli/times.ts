/** Seconds of each unit. */
const UNITS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const

type Unit = keyof typeof UNITS

/** Formats a duration in the largest unit of which it has two: `90 min`, `25 hr`, `3 days`. */
export function duration (seconds: number): string {
  const units: Unit[] = ['day', 'hour', 'minute']
  const unit = units.find(unit => seconds >= 2 * UNITS[unit]) ?? 'second'
  const count = Math.max(0, Math.floor(seconds / UNITS[unit]))
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'short' }).format(count)
}

/** Formats a time seen from now: `4 min ago`, `in 25 sec`. */
export function relative (atMs: number, nowMs: number): string {
  const seconds = (atMs - nowMs) / 1000
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`
}

/** Formats a time seen from now, and as in a log. */
export function exactly (atMs: number, nowMs: number): string {
  return `${relative(atMs, nowMs)} (${new Date(atMs).toISOString()})`
}

/** Formats a number with its noun: `1 session`, `1,200 sessions`. */
export function counted (count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`
}
