/** Signs marks that only nodes of the same application can check. */
export interface ApplicationMarks {
  /** Returns the marks of this node, one for each of its secrets. */
  own (): readonly string[]
  /**
   * Compares known marks with those of this node.
   * @returns this node's marks that are missing among them; `null` if none of them is of its secrets
   */
  missing (known: readonly string[]): readonly string[] | null
}
