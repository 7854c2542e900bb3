import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { en } from '../../src/client/locales/en.ts'
import { until } from './test-site.ts'
import { callsOf, dialogOf, focusOf, SETTLED_MS, STATES, warningOfSuite } from './warning-page.ts'

/** Answers as the server, a little later than the touch. */
const RELAXES_SOON = `
  const { port1, port2 } = new MessageChannel()
  port1.onmessage = () => monitor.relax()
  addEventListener('pointerdown', () => port2.postMessage('soon'), true)`

describe('the warning in a browser', { concurrency: 2 }, () => {
  const onPage = warningOfSuite()

  it('has a name and a description, and takes the focus to «Stay signed in»', () => onPage(async page => {
    assert.equal(await dialogOf(page).count(), 0)
    await page.evaluate(STATES.warning)
    const dialog = page.getByRole(
      'alertdialog',
      {
        name: 'You are about to be signed out',
        description: 'You have not been active for a while. For your security, you will be signed out in 42 seconds.'
      }
    )
    await dialog.waitFor()
    assert.equal(await focusOf(page), 'Stay signed in')
    assert.equal(await page.evaluate('document.querySelector("dialog").matches(":modal")'), true)
  }))

  it('keeps the focus inside, in the order of the buttons, and gives it back', () => onPage(async page => {
    await page.locator('#notes').focus()
    await page.evaluate(STATES.warning)
    const seen = []
    for (let i = 0; i < 2; i++) {
      seen.push(await focusOf(page))
      await page.keyboard.press('Tab')
    }
    assert.deepEqual(seen, ['Stay signed in', 'Sign out'])
    assert.notEqual(await focusOf(page), 'name')
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Escape')
    assert.equal(await dialogOf(page).count(), 0)
    assert.equal(await focusOf(page), 'notes')
  }))

  it('brings the caret back too', () => onPage(async page => {
    for (const id of ['name', 'rich']) {
      await page.locator(`#${id}`).focus()
      await page.keyboard.press('End')
      await page.keyboard.press('ArrowLeft')
      await page.evaluate(STATES.warning)
      await page.evaluate('monitor.relax()')
      await page.keyboard.type('|')
    }
    assert.equal(await page.locator('#name').inputValue(), 'Ad|a')
    assert.equal(await page.locator('#rich').textContent(), 'Tex|t')
  }))

  for (const key of ['Enter', 'Space', 'Escape']) {
    it(`stays signed in on ${key}, but not in the first half second`, () => onPage(async page => {
      await page.evaluate(STATES.warning)
      await page.keyboard.press(key)
      await page.clock.runFor(400)
      await page.keyboard.press(key)
      assert.equal(await callsOf(page), '')
      assert.equal(await dialogOf(page).count(), 1)
      await page.clock.runFor(200)
      await page.keyboard.press(key)
      assert.equal(await callsOf(page), 'extend')
      await until(page, '!document.querySelector("dialog")')
    }))
  }

  for (const id of ['name', 'notes', 'rich']) {
    it(`loses nothing of what is being typed into #${id} when it appears`, () => onPage(async page => {
      await page.locator(`#${id}`).focus()
      await page.keyboard.press('End')
      await page.evaluate('document.addEventListener("keydown", () => { shortcuts = (globalThis.shortcuts ?? 0) + 1 })')
      await page.keyboard.type(' a')
      await page.evaluate(STATES.absolute)
      for (const word of ['bc ', 'de ', 'fg ']) {
        await page.keyboard.type(word)
        await page.clock.runFor(400)
      }
      assert.equal(await dialogOf(page).count(), 1, 'the space bar pressed nothing in the middle of a sentence')
      await page.clock.runFor(200)
      await page.keyboard.press('Enter')
      assert.equal(await dialogOf(page).count(), 0)
      await page.keyboard.type('h')
      const text = String(await page.evaluate(
        `document.querySelector('#${id}').value ?? document.querySelector('#${id}').textContent`
      ))
        .replaceAll('\u00a0', ' ')
      assert.match(text, / abc de fg h$/)
      assert.equal(await page.evaluate('shortcuts'), 3, 'space, a and h')
    }))
  }

  it('counts down every second, in sight, in the title of the tab, and out of hearing', () => onPage(async page => {
    await page.evaluate('monitor.warn(62)')
    const seen = []
    for (let i = 0; i < 4; i++) {
      seen.push(await page.locator('.session-security-time').textContent(), await page.title())
      await page.clock.runFor(1000)
    }
    assert.deepEqual(
      seen,
      [
        '1 minute 2 seconds', '1 minute 1 second', '1 minute', '59 seconds'
      ].flatMap(time => [time, `Sign-out in ${time} · Patient record`])
    )
    await page.getByRole(
      'alertdialog',
      { description: 'You have not been active for a while. For your security, you will be signed out in 58 seconds.' }
    ).waitFor()
    await page.evaluate('document.title = "Inbox"; monitor.relax()')
    assert.equal(await page.title(), 'Inbox')
  }))

  it('speaks at 60, 30, 20 and 10 seconds and at no other time', () => onPage(async page => {
    await page.evaluate('monitor.warn(65); listen()')
    await page.clock.runFor(65_000)
    assert.deepEqual(
      await page.evaluate('spoken'),
      ['1 minute', '30 seconds', '20 seconds', '10 seconds'].map(time => `You will be signed out in ${time}.`)
    )
  }))

  it('says the same marks again in the next warning', () => onPage(async page => {
    await page.evaluate('monitor.warn(12); listen()')
    await page.clock.runFor(3000)
    await page.evaluate('monitor.relax(); monitor.warn(62); monitor.relax(); monitor.warn(12)')
    assert.match(String(await page.locator('#session-security-text').textContent()), /in 12 seconds\.$/)
    await page.clock.runFor(3000)
    assert.deepEqual(
      await page.evaluate('spoken.filter(text => text)'), Array(2).fill('You will be signed out in 10 seconds.')
    )
  }))

  it('offers no extension when the end comes in any case, and stays closed', () => onPage(async page => {
    await page.evaluate(STATES.absolute)
    assert.deepEqual(await dialogOf(page).getByRole('button').allTextContents(), ['Close', 'Sign out'])
    assert.match(String(await page.locator('.session-security-text').textContent()), /even if you keep working/)
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Escape')
    assert.equal(await dialogOf(page).count(), 0)
    await page.clock.runFor(5000)
    assert.equal(await dialogOf(page).count(), 0)
    assert.match(await page.title(), /^Sign-out in 1 minute 37 seconds/, 'the tab goes on counting')
    assert.equal(await callsOf(page), '')
  }))

  it('says that the server cannot be reached, and counts on', () => onPage(async page => {
    await page.evaluate('monitor.isReachable = false; ' + STATES.offline)
    assert.equal(await page.locator('.session-security-note').textContent(), en.offline)
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Enter')
    assert.equal(await callsOf(page), 'extend')
    assert.equal(await dialogOf(page).count(), 1)
  }))

  it('shows nothing of a concealed page, not even its title, and asks on demand', () => onPage(async page => {
    await page.evaluate(STATES.hidden)
    assert.equal(await dialogOf(page).isVisible(), true)
    for (const theirs of ['h1', '#name', '#mine']) assert.equal(await page.locator(theirs).isVisible(), false, theirs)
    assert.equal(await page.title(), en.hiddenTitle)
    await page.clock.runFor(SETTLED_MS)
    await page.keyboard.press('Escape')
    assert.equal(await callsOf(page), 'check')
    assert.equal(await dialogOf(page).count(), 1)
    await page.evaluate('delete document.documentElement.dataset.sessionConcealed; monitor.relax()')
    assert.equal(await page.title(), 'Patient record')
    assert.equal(await page.locator('h1').isVisible(), true)
  }))

  it('conceals a dialog of the page too, and what the page made visible by itself', () => onPage(async page => {
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<dialog id="theirs"><p id="inner">Secret</p></dialog>')
      document.querySelector('#theirs').showModal(); document.querySelector('#inner').style.visibility = 'visible'`)
    assert.equal(await page.locator('#inner').isVisible(), true)
    await page.evaluate(STATES.hidden)
    for (const theirs of ['#theirs', '#inner']) assert.equal(await page.locator(theirs).isVisible(), false, theirs)
    assert.equal(await focusOf(page), 'Try again')
  }))

  it('signs out on demand, and says so when that fails, even if the session goes on', () => onPage(async page => {
    await page.evaluate('monitor.onSignOut = () => Promise.reject(new Error("500"))')
    await page.evaluate(STATES.warning)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await until(
      page, `document.querySelector('.session-security-note').textContent === ${JSON.stringify(en.signOutFailed)}`
    )
    await page.evaluate('monitor.relax()')
    assert.equal(await dialogOf(page).count(), 1)
    await page.getByRole('button', { name: 'Stay signed in' }).click()
    await page.clock.runFor(SETTLED_MS)
    assert.equal(await dialogOf(page).count(), 0)
    assert.equal(await callsOf(page), 'signOut')
  }))

  it('is still there for the click of a finger whose touch has put the end off', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    const { x = 0, y = 0 } = await page.getByRole('button', { name: 'Sign out' }).boundingBox() ?? {}
    await page.touchscreen.tap(x + 20, y + 20)
    assert.equal(await callsOf(page), 'signOut')
    await page.evaluate(STATES.warning)
    await page.touchscreen.tap(20, 20)
    assert.equal(await dialogOf(page).count(), 1)
    // A finger may be lifted after the first look.
    for (let i = 0; i < 5 && await dialogOf(page).count() > 0; i++) await page.clock.runFor(SETTLED_MS)
    assert.equal(await dialogOf(page).count(), 0)
  }, { prepare: RELAXES_SOON, browserOptions: { hasTouch: true } }))

  it('has no way to sign out where the page has none', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    assert.deepEqual(await dialogOf(page).getByRole('button').allTextContents(), ['Stay signed in'])
  }, { options: '{ signOut: false }' }))

  it('comes back when a page has replaced its whole body', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    await page.evaluate('document.body.replaceWith(document.createElement("body"))')
    await page.clock.runFor(1000)
    assert.equal(await page.evaluate('document.querySelector("dialog").matches(":modal")'), true)
  }))

  it('comes back when a script closes every dialog', () => onPage(async page => {
    await page.evaluate(`${STATES.warning}; document.querySelector('dialog').close()`)
    await until(page, 'document.querySelector("dialog")?.matches(":modal") === true')
  }))

  it('leaves nothing behind when it is over or taken away', () => onPage(async page => {
    for (const end of ['monitor.say({ state: "ended", reason: "idle" })', 'dialog.destroy()']) {
      await page.evaluate(`${STATES.warning}; ${end}`)
      assert.equal(await page.locator('dialog').count(), 0)
      assert.equal(await page.title(), 'Patient record')
    }
    await page.evaluate(STATES.warning)
    assert.equal(await page.locator('dialog').count(), 0)
    assert.equal(await page.evaluate('monitor.listeners'), 0)
  }))

  it('speaks the language of the page, in its direction, and English where it does not know the language', async () => {
    await onPage(async page => {
      await page.evaluate(STATES.warning)
      assert.equal(await dialogOf(page).getAttribute('lang'), 'ar')
      assert.equal(await page.evaluate('getComputedStyle(document.querySelector("dialog")).direction'), 'rtl')
    }, { path: '/ar' })
    await onPage(async page => {
      await page.evaluate(STATES.warning)
      assert.equal(await dialogOf(page).getAttribute('lang'), 'en')
      await page.getByRole('button', { name: 'Carry on' }).waitFor()
    }, { path: '/fi', options: '{ texts: { stay: "Carry on" } }' })
  })

  it('writes texts as texts', () => onPage(async page => {
    await page.evaluate(STATES.warning)
    assert.equal(await page.locator('dialog h2').textContent(), '<img src=x>')
    assert.equal(await page.locator('dialog img').count(), 0)
  }, { options: '{ texts: { title: "<img src=x>" } }' }))

  it('moves nothing for those who want nothing moved', async () => {
    for (const [reducedMotion, animations] of [['reduce', 0], ['no-preference', 1]] as const) {
      await onPage(async page => {
        assert.equal(
          await page.evaluate(`${STATES.warning}; document.querySelector('dialog').getAnimations().length`), animations
        )
      }, { browserOptions: { reducedMotion } })
    }
  })
})
