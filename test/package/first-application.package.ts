import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Browser, Page } from 'playwright-core'
import { launchBrowser } from '../helpers/chromium.ts'
import { pages } from './docs.ts'
import type { PackedProject, Program } from './packed-project.ts'
import { packedProject, root, startProgram } from './packed-project.ts'

const run = promisify(execFile)
const CLOCK = fileURLToPath(new URL('movable-clock.mjs', import.meta.url))
const NOTE = 'A note that took half an hour.'

/** The first block of that language on a page of the docs. */
function block (path: string, language: string): string {
  const text = pages.find(page => page.path === path)?.text ?? ''
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? assert.fail(`${path}: ${language}`)
}

describe('the first application of the docs, as pasted into an empty project', { timeout: 240_000 }, () => {
  let project: PackedProject
  let browser: Browser

  before(async () => {
    const install = block('README.md', 'sh')
    assert.match(install, /^npm install [\w @/-]+\n$/)
    const packages = install.trim().split(' ').slice(2).filter(name => name !== 'fastify-session-security')
    project = await packedProject(...packages)
    browser = await launchBrowser()
  })

  after(async () => {
    await browser.close()
    await project.remove()
  })

  it('warns an idle person, signs them out, and gives back what they typed to who signs in again', async test => {
    const example = block('README.md', 'js')
    assert.ok(example.trim().split('\n').length <= 45)
    await writeFile(join(project.folder, 'app.mjs'), example)
    const program = await startProgram(project.folder, ['--import', CLOCK, 'app.mjs'])
    test.after(program.stop)
    const page = await browser.newPage()
    test.after(async () => await page.close())
    await page.clock.install()
    await page.goto(program.address)
    assert.equal(pathOf(page), '/sign-in?next=%2F')
    await signIn(page, program)
    await page.locator('textarea').pressSequentially(NOTE)
    await pass(page, program, 11)
    const warning = page.getByRole('alertdialog', { name: 'You are about to be signed out' })
    await warning.waitFor()
    await pass(page, program, 20)
    await page.waitForURL(/reason=idle/)
    assert.equal(pathOf(page), '/sign-in?next=%2F&reason=idle')
    await signIn(page, program)
    await page.getByRole('button', { name: 'Restore entries' }).click()
    assert.equal(await page.inputValue('textarea'), NOTE)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/sign-in/)
    await page.goto(program.address)
    assert.equal(pathOf(page), '/sign-in?next=%2F', 'the session is over')
  })

  it('is the same in TypeScript, which a strict compiler accepts', async test => {
    const [source, config] = [block('docs/getting-started.md', 'ts'), block('docs/getting-started.md', 'json')]
    await writeFile(join(project.folder, 'app.mts'), source)
    await writeFile(join(project.folder, 'tsconfig.json'), config)
    const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node']
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const strictest = ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--outDir', 'out']
    await run(process.execPath, [compiler, '-p', 'tsconfig.json', ...types, ...strictest], { cwd: project.folder })
    const { address, stop } = await startProgram(project.folder, ['out/app.mjs'])
    test.after(stop)
    const form = new URLSearchParams({ name: 'ada', password: 'secret' })
    const sent = { method: 'POST', body: form, redirect: 'manual' } as const
    const signedIn = await fetch(`${address}/sign-in?next=//evil.example`, sent)
    assert.deepEqual([signedIn.status, signedIn.headers.get('location')], [303, '/'])
    const cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? ''
    assert.match(await (await fetch(address, { headers: { cookie } })).text(), /<textarea name="note">/)
  })
})

function pathOf (page: Page): string {
  const { pathname, search } = new URL(page.url())
  return pathname + search
}

async function signIn (page: Page, { address }: Program): Promise<void> {
  await page.getByLabel('Name').fill('ada')
  await page.getByLabel('Password').fill('secret')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForURL(`${address}/`)
}

/** Sets both clocks forward, that of the server first. */
async function pass (page: Page, program: Program, seconds: number): Promise<void> {
  await program.advance(seconds * 1000)
  await page.clock.fastForward(seconds * 1000)
}
