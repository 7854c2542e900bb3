import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../helpers/redis-process.ts'
import { isFocused, tabTo } from './keyboard.ts'
import { timedDemo } from './timed-demo.ts'

describe('the first minute with the demo', () => {
  const visit = timedDemo({ warnAfter: 20, expireAfter: 60 })

  it('leads by buttons and keyboard from the sign-in to the warning, the end, and the restored words', () =>
    visit(async ({ page, kit }) => {
      const timer = page.getByRole('region', { name: 'Time left' }).getByRole('timer')
      const name = page.getByLabel('Your name')
      const given = page.getByLabel('Given name')
      await page.goto('/')
      await until('the field has the focus by itself', async () => await isFocused(name))
      await page.keyboard.type('Ida')
      await page.keyboard.press('Enter')
      await page.waitForURL('/')
      await tabTo(page, page.getByRole('link', { name: 'Open the form' }))
      await page.keyboard.press('Enter')
      await page.waitForURL('/form')
      await tabTo(page, given)
      await page.keyboard.type('Maria')
      await kit.idle(10)
      assert.match(await timer.innerText(), /If you do nothing:\s+warning in \d+ s, signed out in \d+ s/)
      await kit.idle(15)
      await page.getByRole('alertdialog').or(page.getByRole('dialog')).filter({ visible: true }).waitFor()
      assert.match(await timer.innerText(), /If you do nothing:\s+signed out in \d+ s/)
      await kit.idle(36)
      await page.waitForURL(/reason=idle/)
      await page.getByText('A form that you did not send offers back what you typed.').waitFor()
      assert.equal(await name.inputValue(), 'Ida')
      await until('the field has the focus again', async () => await isFocused(name))
      await page.keyboard.press('Enter')
      await page.waitForURL('/form')
      await kit.idle(1)
      await tabTo(page, page.getByRole('button', { name: 'Restore entries' }))
      await page.keyboard.press('Enter')
      await until('the words are back', async () => await given.inputValue() === 'Maria')
    }))
})
