import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  build: { modulePreload: { polyfill: false } }, // nothing inline: a strict policy allows none of it
  // For `npx vite examples/react-spa`, beside a running server.js: the browser knows one site only.
  server: { proxy: { '/api': 'http://127.0.0.1:3000', '/session_security': 'http://127.0.0.1:3000' } }
})
