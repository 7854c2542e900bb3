/**
 * A number of something, one text for each plural category of the language; `#` is the number. It stands in the case
 * that `in {time}` and `after {time}` want, which is not always the one that a dictionary or `Intl` gives.
 */
export type Plural = { readonly other: string } & { readonly [category in Intl.LDMLPluralRule]?: string }

/** Everything that the client says in one language. Texts, never HTML; `{time}` is a time such as "1 minute 42 seconds". */
export interface Locale {
  /** BCP 47. */
  readonly lang: string
  readonly dir: 'ltr' | 'rtl'
  readonly second: Plural
  readonly minute: Plural
  readonly hour: Plural
  /** The heading of the warning. */
  readonly title: string
  /** Nobody does anything: `{time}` until the end. */
  readonly idle: string
  /** The end comes whatever anybody does: `{time}` until then. */
  readonly absolute: string
  readonly stay: string
  readonly signOut: string
  /** Closes a warning that nothing can be done about. */
  readonly close: string
  /** Below the warning while the server cannot be reached. */
  readonly offline: string
  /** The heading while the page is hidden because nobody knows whether the session is alive. */
  readonly hiddenTitle: string
  readonly hidden: string
  readonly retry: string
  readonly signOutFailed: string
  /** The heading for a person whose hand is at the warning when something else has extended the session. */
  readonly stayed: string
  /** While an answer is under way. */
  readonly wait: string
  /** Something other than the server answers for it: a sign-in of another system, a captive portal. */
  readonly refused: string
  readonly reload: string
  /** The heading of a page that is still there after its end. */
  readonly ended: string
  /** Below that heading, when the page is over because it was another person's. */
  readonly otherUser: string
  readonly signIn: string
  /** For screen readers, now and then: `{time}`. */
  readonly spoken: string
  /** In front of the title of the tab: `{time}`. */
  readonly tab: string
  /** What was typed before the session ended is offered. */
  readonly draft: string
  readonly restore: string
  readonly discard: string
  readonly restored: string
  readonly discarded: string
  /** A number of fields, as in a list: "3 fields, 14:32". */
  readonly field: Plural
  /** What was typed in this session, and is not saved, is offered. */
  readonly kept: string
  /** `{done}` of `{all}` entries are back; the others stand below. */
  readonly restoredSome: string
  readonly discardSure: string
  readonly keep: string
  /** Behind a form whose text is not kept whole. */
  readonly tooLong: string
  /** Asks whether to leave a page; shown by browsers that do not have a text of their own. */
  readonly leave: string
  /** What WCAG 2.2.6 wants people to know beforehand: `{time}`. */
  readonly notice: string
}
