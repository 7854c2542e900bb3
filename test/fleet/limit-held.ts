import type { Fleet } from './fleet.ts'
import type { LimitExchange } from './limit-events.ts'
import type { LimitLoad } from './limit-load.ts'
import type { LimitRecorder } from './limit-recorder.ts'

/**
 * Ends all sessions of a user but one while handlers wait on every node. They are handlers of a sign-in and of
 * renewals, and go on once the call has been answered. A sign-in that is sent then is let in, and lives at the end.
 *
 * @returns the answers to those that waited
 */
export async function endWhatIsHeld (
  user: string, load: LimitLoad, fleet: Fleet, recorder: LimitRecorder
): Promise<LimitExchange[]> {
  await load.endUser(user)
  const [first, second, third, ...others] = load.browsers.filter(browser => browser.user === user)
  if (first === undefined || second === undefined || third === undefined) {
    throw new RangeError('there are too few browsers')
  }
  const kept = (await first.signIn()).given
  for (const browser of [second, third]) await browser.signIn()
  const signingIn = fleet.nodes.map(async (node, index) =>
    await (others[index] ?? third).signIn({ node, isHeld: true })
  )
  const renewing = fleet.nodes.flatMap(node =>
    [first, second].map(async browser => await browser.renew({ node, isHeld: true }))
  )
  const heldAtEach = 3
  for (const node of fleet.nodes) await recorder.ask(node, 'GET', `/held?count=${heldAtEach}`)
  await third.renew()
  await load.endUser(user, kept)
  for (const node of fleet.nodes) await recorder.ask(node, 'POST', '/release')
  const answers = await Promise.all([...signingIn, ...renewing])
  for (const browser of [second, third]) {
    await browser.signIn()
    await browser.look()
  }
  return answers
}
