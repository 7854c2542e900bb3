import { createSSRApp } from 'vue'
import { VuePage, usePlugin } from './vue-page.ts'

const app = createSSRApp(VuePage)
usePlugin(app)
app.mount('#app')
Object.assign(window, { unmount: () => app.unmount() })
