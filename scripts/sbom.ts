/**
 * Prints the software bill of materials of this package and its dependencies: CycloneDX, as JSON.
 *
 * `npm sbom --omit=dev` here would leave out each package that a development dependency needs too. So npm is asked in
 * a folder whose package.json has no development dependencies, with the versions of package-lock.json.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../', import.meta.url))
const { devDependencies, scripts, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const temporary = mkdtempSync(join(tmpdir(), 'sbom-'))
const folder = join(temporary, manifest.name) // npm names the package by its folder

try {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  copyFileSync(join(root, 'package-lock.json'), join(folder, 'package-lock.json'))
  npm('install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline')
  process.stdout.write(npm('sbom', '--sbom-format=cyclonedx'))
} finally {
  rmSync(temporary, { recursive: true, force: true })
}

function npm (...args: readonly string[]): string {
  return execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
