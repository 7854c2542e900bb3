/** Lists the attributes by which the client, its stylesheet and the page know each other. */

/** The attribute of `<html>` while the page must not be rendered. */
export const CONCEALED = 'data-session-concealed'

/** The attribute of children of `<html>` that stay while the page is hidden. The warning has it. */
export const WARNING = 'data-session-warning'

/** The attribute that a page sets on a form when the server has saved it. */
export const SAVED = 'data-session-saved'

/** Selects the forms, links and buttons of the page that sign out. */
export const SIGN_OUT = '[data-session-sign-out]'
