import { createElement } from 'react'
import { hydrateRoot } from 'react-dom/client'
import { ReactPage } from './react-page.ts'

const container = document.querySelector('#app')
if (container === null) throw new Error('no container')
const root = hydrateRoot(container, createElement(ReactPage))
Object.assign(window, { unmount: () => root.unmount() })
