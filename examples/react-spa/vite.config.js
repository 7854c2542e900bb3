import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  plugins: [react()],
  build: { modulePreload: { polyfill: false } }, // a strict Content-Security-Policy allows nothing inline
  // `npx vite examples/react-spa` asks the running server.js for all this, so the browser knows one site only.
  server: { proxy: { '/api': 'http://127.0.0.1:3000', '/session_security': 'http://127.0.0.1:3000' } }
})
