/** An application can sign marks, and only nodes of the same application can check. */
export interface ApplicationMarks {
  /** The marks of this node, one for each of its secrets. */
  own (): readonly string[]
  /** @returns the marks of this node that are missing among those; `null` if none of those was made with one of its secrets */
  missing (known: readonly string[]): readonly string[] | null
}
