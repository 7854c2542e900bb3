import type { Locale } from './locale.ts'

export const en: Locale = {
  lang: 'en',
  dir: 'ltr',
  second: { one: '# second', other: '# seconds' },
  minute: { one: '# minute', other: '# minutes' },
  hour: { one: '# hour', other: '# hours' },
  title: 'You are about to be signed out',
  idle: 'You have not been active for a while. For your security, you will be signed out in {time}.',
  absolute: 'This session ends in {time}, even if you keep working. Save your work now; you can sign in again afterwards.',
  stay: 'Stay signed in',
  signOut: 'Sign out',
  close: 'Close',
  offline: 'The server cannot be reached at the moment. We keep trying.',
  hiddenTitle: 'This page is hidden for your security',
  hidden: 'The server cannot be reached, and your session may have ended. The page will come back if you are still signed in.',
  retry: 'Try again',
  signOutFailed: 'You could not be signed out. You are still signed in. Please try again.',
  spoken: 'You will be signed out in {time}.',
  tab: 'Sign-out in {time}',
  draft: 'You were signed out while filling in this form. Your entries have been kept.',
  restore: 'Restore entries',
  discard: 'Discard',
  restored: 'Your entries are back. They have not been sent yet.',
  discarded: 'Your entries have been discarded.',
  leave: 'You have changes that are not saved.',
  notice: 'For your security, you are signed out after {time} without activity.'
}
