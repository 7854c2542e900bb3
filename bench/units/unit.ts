import type { Node, Site } from './site.ts'

/** Makes the call number `i` of a unit. */
export type Call = (node: Node, i: number) => Promise<unknown>

/** One kind of call to Redis, without HTTP. */
export interface Unit {
  readonly name: string
  /** The divisor of the number of calls. A unit that takes longer makes fewer calls. */
  readonly oneOf: number
  /** Prepares so many calls. This time is not measured. */
  prepare (site: Site, count: number): Promise<Call>
}
