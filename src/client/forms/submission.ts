import { attributeOf } from '../elements.ts'

/**
 * The effect of sending a form.
 *
 * - `query`: its values go into an address, and change nothing.
 * - `elsewhere`: the answer comes in another tab or frame, and the page stays.
 * - `page`: the browser leaves for the answer.
 * - `script`: a dialog closes, and a script does the rest.
 */
export type Submission = 'query' | 'elsewhere' | 'page' | 'script'

export function submissionOf (form: Element, submitter: Element | null): Submission {
  const own = (name: string): string => submitter === null ? '' : attributeOf(submitter, `form${name}`)
  const get = (name: string): string => (own(name) || attributeOf(form, name)).toLowerCase()
  const [method, target] = [get('method'), get('target')]
  if (method === 'dialog') return 'script'
  const ours = ['', '_self', window.name.toLowerCase(), ...window === window.top ? ['_top', '_parent'] : []]
  if (!ours.includes(target)) return 'elsewhere'
  return method === 'post' ? 'page' : 'query'
}
