/** Milliseconds that a script may take to bring a form to a page. */
export const FORM_DELAY_MS = 4000

/** Milliseconds before a new region gets its text. A screen reader ignores text in a region that has just come. */
export const REGION_DELAY_MS = 100
