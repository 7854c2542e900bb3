/**
 * A number of something, one text for each plural category of the language. `#` is the number. The text has the
 * grammatical case that `in {time}` and `after {time}` want. A dictionary or `Intl` may give another one.
 */
export type Plural = { readonly other: string } & { readonly [category in Intl.LDMLPluralRule]?: string }

/**
 * Everything that the client says in one language. These are texts, never HTML. `{time}` is a time such as "1 minute 42
 * seconds".
 */
export interface Locale {
  /** BCP 47. */
  readonly lang: string
  readonly dir: 'ltr' | 'rtl'
  readonly second: Plural
  readonly minute: Plural
  readonly hour: Plural
  /** The heading of the warning. */
  readonly title: string
  /** The session ends in `{time}` without activity. */
  readonly idle: string
  /** The session ends in `{time}`, whatever the person does. */
  readonly absolute: string
  readonly stay: string
  readonly signOut: string
  /** Closes a warning against which no action helps. */
  readonly close: string
  /** Stands below the warning while the server cannot be reached. */
  readonly offline: string
  /** The heading of a hidden page whose session may have ended. */
  readonly hiddenTitle: string
  readonly hidden: string
  readonly retry: string
  readonly signOutFailed: string
  /** The heading for a person at the warning when the session goes on. */
  readonly stayed: string
  /** Stands there while an answer is under way. */
  readonly wait: string
  /** Something other than the server answers: another system's sign-in, or a captive portal. */
  readonly refused: string
  readonly reload: string
  /** The heading of a page that is still there after its end. */
  readonly ended: string
  /** Stands below that heading when another user is signed in. */
  readonly otherUser: string
  readonly signIn: string
  /** The time left, `{time}`, which a screen reader speaks now and then. */
  readonly spoken: string
  /** Stands in front of the title of the tab, with `{time}`. */
  readonly tab: string
  /** Offers text that was typed before the session ended. */
  readonly draft: string
  readonly restore: string
  readonly discard: string
  readonly restored: string
  readonly discarded: string
  /** A number of fields, as in a list: "3 fields, 14:32". */
  readonly field: Plural
  /** Offers text that was typed in this session and is not saved. */
  readonly kept: string
  /** `{done}` of `{all}` entries are back; the others stand below. */
  readonly restoredSome: string
  readonly discardSure: string
  readonly keep: string
  /** Stands behind a form whose text is not kept whole. */
  readonly tooLong: string
  /** Asks before a page is left, in browsers without a text of their own. */
  readonly leave: string
  /** Tells people beforehand about the timeout, `{time}`, as WCAG 2.2.6 demands. */
  readonly notice: string
}
