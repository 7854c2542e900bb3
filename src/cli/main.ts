#!/usr/bin/env node
import { runCli } from './run-cli.ts'
import { Terminal } from './terminal.ts'

const terminal = new Terminal(process.stdout, process.stderr, () => process.stdin)
const exitCode = await runCli(process.argv.slice(2), terminal, process.env)
if (exitCode !== null) {
  await terminal.flush()
  process.exit(exitCode) // a module of --on-end may hold the process, and a cron job must end
}
