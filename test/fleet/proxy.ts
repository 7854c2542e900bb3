import { openSilentProxy } from '../helpers/silent-proxy.ts'

// A way to a server, in a process of its own: the one that plays two hundred people keeps others waiting, and a node
// would take that for a way that delivers nothing.
const proxy = await openSilentProxy(Number(process.argv[2]))

process.once('disconnect', () => process.exit())
process.on('message', () => {
  proxy.fallSilent()
  process.send?.('silent')
})
process.send?.(proxy.port)
