import '../../../src/client/session-warning.ts'

for (const name of ['session-warning', 'session-extended', 'session-ended']) {
  document.querySelector('session-warning')?.addEventListener(name, event => {
    const { detail } = event as CustomEvent<{ readonly state: string }>
    document.querySelector('#events')?.append(`${name} ${detail.state};`)
  })
}
