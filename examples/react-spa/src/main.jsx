import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import 'fastify-session-security/client.css'
import '../../style.css'
import './warning.css'
import { App } from './app.jsx'

createRoot(document.querySelector('#app')).render(<StrictMode><App /></StrictMode>)
