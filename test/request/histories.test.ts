import { describe, it } from 'node:test'
import { memoryKit, redisKit } from '../helpers/store-kits.ts'
import { playHistories, playHistory } from './history-run.ts'
import type { Act, Step, User } from './history-steps.ts'
import { SIGN_IN as signIn } from './history-steps.ts'

/** The number of histories here. `long-histories.ts` plays more. */
const RUNS = 60

const goOn: Step = { step: 'go on', which: 0 }

/** Histories that failed once, or that show the reason for a rule. */
const KNOWN: Readonly<Record<string, readonly Step[]>> = {
  'G1: a renewal takes along the activity of another tab that came after it':
    [signIn, held('renew'), { step: 'wait', seconds: 4 }, answered('page'), goOn],
  'a sign-in whose cookie names a renewed session ends what that goes on as':
    [signIn, held('renew'), goOn, answered('sign-in', 'bob')],
  'the same while the answer of the renewal is not written yet, which then brings nobody back':
    [signIn, held('renew', true), goOn, answered('sign-in', 'bob'), { step: 'wait', seconds: 1.5 }, goOn],
  'G2: a renewal that another tab\'s log-out overtakes brings nobody back':
    [signIn, held('renew'), answered('destroy'), goOn],
  'a log-out by a tab that does not know of the renewal yet ends what the session goes on as':
    [signIn, held('renew'), goOn, answered('destroy')],
  'G14: an edit by a tab that does not know of the renewal yet begins no anonymous session':
    [signIn, held('renew'), goOn, held('edit'), goOn],
  'two renewals at once leave the person signed in':
    [signIn, { step: 'send both', acts: ['renew', 'renew'], user: 'ada' }, { step: 'go on both', which: 0 }],
  'a log-out with one of two renewals ends the other, whose cookie is still under way':
    [signIn, held('renew'), held('renew', true), goOn, goOn, { step: 'arrive', which: 0 }, answered('destroy'), goOn],
  'the same with a further renewal of one, and by another person\'s sign-in': [
    signIn, held('renew'), answered('renew'), answered('reauthenticate'), goOn, answered('renew'), held('renew', true),
    goOn, answered('sign-in', 'bob'), goOn
  ],
  'a log-out overtaken by another tab\'s sign-in takes that one\'s cookie away when its answer comes last':
    [signIn, held('destroy'), answered('sign-in', 'bob'), goOn],
  'an edit overtaken by log-out and sign-in leaves the new cookie alone':
    [signIn, held('edit'), answered('destroy'), answered('sign-in', 'bob'), goOn],
  'a revocation ends a session whose cookie is still under way':
    [held('sign-in'), goOn, { step: 'revoke', user: 'ada' }, { step: 'arrive', which: 0 }],
  'a sign-in whose request came before a revocation is refused, and a later one is not':
    [held('sign-in'), held('sign-in', true), { step: 'revoke', user: 'ada' }, goOn, goOn, answered('sign-in')]
}

for (const kit of [memoryKit, redisKit()]) {
  describe(`any history of two tabs on ${kit.name}`, () => {
    for (const [name, steps] of Object.entries(KNOWN)) it(name, async () => await playHistory(kit, steps))

    it(
      'leaves the browser signed in exactly when the last thing its person did says so',
      async () => await playHistories(kit, RUNS)
    )
  })
}

/** A request that is answered at once. Its answer arrives behind all others that are under way. */
function answered (act: Act, user: User = 'ada'): Step {
  return { step: 'send', act, user, saves: false, through: true }
}

/** A request that is held inside its handler. */
function held (act: Act, saves = false): Step {
  return { step: 'send', act, user: 'ada', saves, through: false }
}
