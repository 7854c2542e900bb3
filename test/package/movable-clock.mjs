// Imported before a program: the test sets the clock of that process forward.
const now = Date.now
let aheadMs = 0

Date.now = () => now() + aheadMs
process.on('message', ms => {
  aheadMs += Number(ms)
  process.send?.('moved')
})
process.channel?.unref()
