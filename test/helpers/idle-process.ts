import { buildApp } from './app.ts'

// A server that listens nowhere, with a sweep by interval and one by cron: nothing is left to wait for.
await buildApp({ security: { sweep: { every: 1 } } })
await buildApp({ security: { sweep: { cron: '* * * * * *' } } })
console.log('ready')
