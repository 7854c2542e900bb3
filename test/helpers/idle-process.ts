import { setTimeout } from 'node:timers/promises'
import { buildApp } from './app.ts'

// A server that listens nowhere, with a sweep by interval and one by cron, both begun: nothing is left to wait for.
Math.random = () => 0
await buildApp({ security: { sweep: { every: 0.01 } } })
await buildApp({ security: { sweep: { cron: '* * * * * *' } } })
await setTimeout(100)
console.log('ready')
