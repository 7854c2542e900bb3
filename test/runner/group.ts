import { describe } from 'node:test'
import { pathToFileURL } from 'node:url'

// Runs several test files in one process. Each is a suite of its own, so that hooks at the top of a file are its own
// too.
for (const file of process.argv.slice(2)) {
  describe(file, async () => { await import(pathToFileURL(file).href) })
}
