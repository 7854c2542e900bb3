import axe from 'axe-core'
import type { Page } from 'playwright-core'

/**
 * Returns the violations that axe-core finds in the page, by all rules.
 *
 * @param alsoRules those that axe-core leaves aside unless they are asked for, as it does with WCAG 2.2's
 */
export async function complaintsOf (page: Page, alsoRules: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe.source)
  await page.evaluate('Promise.all(document.getAnimations().map(animation => animation.finished))')
  const rules = JSON.stringify(Object.fromEntries(alsoRules.map(rule => [rule, { enabled: true }])))
  return await page.evaluate(`axe.run({ resultTypes: ['violations'], rules: ${rules} }).then(({ violations }) =>
    violations.map(({ id, nodes }) =>
      id + ': ' + nodes.map(({ html, failureSummary }) => html + ' ' + failureSummary).join()))`)
}
