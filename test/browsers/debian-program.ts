import { findExecutable, installPackage } from '../helpers/debian-package.ts'

/**
 * Finds one of these programs. As root on Debian, it installs a package if none is there.
 *
 * @throws {Error} if there is still none
 */
export async function programOf (names: readonly string[], debianPackage: string): Promise<string> {
  const found = findExecutable(names)
  if (found !== undefined) return found
  await installPackage(debianPackage, names.map(name => `command -v ${name}`).join(' || '))
  const installed = findExecutable(names)
  if (installed === undefined) throw new Error(`These scripts need ${names.join(' or ')}: install "${debianPackage}".`)
  return installed
}
