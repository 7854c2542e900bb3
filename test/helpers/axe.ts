import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe-core objects to in what the page shows now, by all of its rules. */
export async function complaintsOf (page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  await page.evaluate('Promise.all(document.getAnimations().map(animation => animation.finished))')
  return await page.evaluate(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join()))`)
}
