import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { RedisStore as ConnectRedis } from 'connect-redis'
import express from 'express'
import session from 'express-session'
import type { Conditions } from './answer.ts'
import { answer } from './answer.ts'

declare module 'express-session' {
  interface SessionData {
    content?: string
  }
}

export async function expressApp ({ bytes }: Conditions, secret: string, store: ConnectRedis): Promise<string> {
  const app = express()
  app.use(session({
    secret, store, resave: false, saveUninitialized: false, cookie: { secure: false, maxAge: 3_600_000 }
  }))
  app.post('/sign-in', (request, response) => {
    request.session.content = 'x'.repeat(bytes)
    response.send('welcome')
  })
  app.get('/', (request, response) => { response.json(answer(request.session.content)) })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
