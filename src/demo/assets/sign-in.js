/* global document, sessionStorage */

// Keeps the name in this tab: a draft is offered to nobody but the person who typed it.

const KEY = 'demo:name'
const field = document.querySelector('#name')
const kept = sessionStorage.getItem(KEY)

if (kept !== null && field.value === '') field.value = kept
field.form.addEventListener('submit', () => sessionStorage.setItem(KEY, field.value))
