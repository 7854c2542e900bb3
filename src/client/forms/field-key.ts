import { attributeOf, isMatch } from '../elements.ts'
import { all, byId, childrenOf, closest, isCustomField, parentOf, textOf } from './dom.ts'
import { countsOf, isTelling, leadOf } from './field-lead.ts'
import type { Field } from './field-value.ts'
import { hiddenIds } from './place.ts'

/** The key by which a later page finds a field, and the name for people. */
export interface FieldName {
  readonly key: string
  readonly label: string
  /** True if the key tells the field from its neighbours. If not, typed text is kept, and only shown. */
  readonly isSure: boolean
}

/** Matches ids that a library counts. The next page may give them to another element. */
const COUNTED = /^(:|«|_r_|radix|react-|mui-|headlessui|ember|el-id|v-\d|ext-gen|yui)|^\d+$/i

/**
 * Matches an index in a name: `marks[0].value`, `form-0-mark`, `mark_1`, `mark1`. It names the position in a list, not
 * the row. The sign before it is a group, because Safari before 16.4 cannot read a module with a lookbehind.
 */
const INDEX = /\[\d+\]|([._-])\d+(?=[._-]|$)|([a-z])\d+$/gi

const ROW = 'tr, li, [role=row], [role=listitem], [data-id], [data-key]'

/** Returns the names of all fields of one form. */
export function nameFields (fields: readonly Field[]): Map<Field, FieldName> {
  const stems = new Map<string, Field[]>()
  const names = new Map<Field, FieldName>()
  for (const field of fields) {
    const { editor } = field
    if (editor !== undefined) {
      names.set(field, { key: JSON.stringify(['editor', editor.key]), label: editor.label ?? editor.key, isSure: true })
      continue
    }
    const stem = stemOf(field)
    stems.set(stem, [...stems.get(stem) ?? [], field])
  }
  for (const [stem, alike] of stems) nameAlike(stem, alike, names)
  return names
}

/** Names fields of one name by their own row or text, never by their order. */
function nameAlike (stem: string, alike: readonly Field[], names: Map<Field, FieldName>): void {
  const counts = countsOf(alike.map(({ element }) => element))
  const marks = alike.map(field => markOf(field.element, rowOf(field, alike.length, counts), alike.length))
  const own = alike.map(({ element }) => nameOf(element))
  const leads = alike.map(({ element }) => {
    return alike.length === 1 ? '' : leadOf(element, part => counts.get(part) === alike.length)
  })
  // "Mark 1" and "Mark 2" are positions, too.
  const labels = alike.map(({ element }, i) => `${leads[i]} ${labelText(element)}`.replace(/\d+/g, '#').trim())
  const isIn = (list: readonly string[], i: number): boolean => list.filter(one => one === list[i]).length === 1
  alike.forEach((field, i) => {
    const { mark = '', header = '' } = marks[i] ?? {}
    const isMarked = mark !== '' && isIn(marks.map(one => one.mark), i)
    const hasIndex = own[i]?.match(INDEX) != null
    const isLabelled = (alike.length > 1 || hasIndex) && labels[i] !== '' && isIn(labels, i)
    const isNamed = isIn(own, i)
    // An index is valid only while the number of fields and their labels stay the same.
    const position = isNamed ? `${own[i]}${hasIndex ? ` of ${alike.length} ${labels[i]}` : ''}` : `?${i}`
    const usesPosition = (isNamed && !hasIndex) || !isLabelled
    const label = labelOf(field)
    const group = header || leads[i] || ''
    names.set(field, {
      key: JSON.stringify([stem, isMarked ? mark : usesPosition ? position : labels[i]]),
      label: group === '' || group === label ? label : `${group} · ${label}`,
      isSure: isMarked || isNamed || isLabelled
    })
  })
}

function stemOf ({ kind, element }: Field): string {
  const name = nameOf(element).replace(INDEX, '$1$2#')
  return `${kind} ${name}${kind === 'tick' ? ` ${attributeOf(element, 'value')}` : ''}`
}

function nameOf (element: Element): string {
  const id = attributeOf(element, 'id')
  const own = attributeOf(element, 'name') || (COUNTED.test(id) ? '' : id) || attributeOf(element, 'data-key')
  return own || labelText(element)
}

/**
 * Returns the largest element around a field that holds none of the others. For a field alone it is its row, if any.
 */
function rowOf ({ element }: Field, alike: number, counts: ReadonlyMap<Element, number>): Element | null {
  if (alike === 1) return closest(element, ROW)
  let row = element
  for (let node: Element | null = row; node !== null && counts.get(node) === 1; node = parentOf(node)) row = node
  return row
}

/** Returns the marks of a row: everything that it says of itself. A row that has changed then matches nothing. */
function markOf (field: Element, row: Element | null, alike: number): { mark: string, header: string } {
  if (row === null) return { mark: '', header: '' }
  const marks: string[] = []
  for (let node: Element | null = field; node !== null; node = node === row ? null : parentOf(node)) {
    marks.push(attributeOf(node, 'data-key'), attributeOf(node, 'data-id'))
  }
  marks.push(...hiddenIds(row))
  const header = headerOf(row)
  const own = marks.filter(mark => mark !== '')
  if (own.length > 0) return { mark: own.join(), header }
  const ids = [field, row].map(node => attributeOf(node, 'id'))
    .filter(id => !COUNTED.test(id) && !isPosition(id, alike))
  return { mark: [...new Set([...ids, header])].filter(mark => mark !== '').join(), header }
}

/**
 * Checks whether an id only counts the rows, as `id_form-0-mark` does. Then no number in it is larger than their
 * number.
 */
export function isPosition (id: string, alike: number): boolean {
  const numbers = id.match(/\d+/g) ?? []
  return numbers.length > 0 && numbers.every(number => Number(number) <= alike)
}

/** Returns the heading of a row: its header cell, its legend, or its first cell. */
function headerOf (row: Element): string {
  if (!isMatch(row, `${ROW}, fieldset, [role=group]`)) return ''
  const [head] = all(row, 'th, [role=rowheader], legend, h1, h2, h3, h4, h5, h6')
  const [cell] = all(row, 'td, [role=cell], [role=gridcell]')
  const isText = cell !== undefined && all(cell, 'input, select, textarea, [contenteditable]').length === 0
  return textOf(head) || (isText ? textOf(cell) : '')
}

function labelOf ({ kind, element }: Field): string {
  const isRadio = kind === 'choice' && isMatch(element, 'input')
  const [legend] = isRadio ? all(closest(element, 'fieldset') ?? element, 'legend') : []
  return textOf(legend) || (isRadio ? '' : labelText(element)) || attributeOf(element, 'placeholder') || nameOf(element)
}

export function labelText (element: Element): string {
  const ids = attributeOf(element, 'aria-labelledby').split(/\s+/)
  const labelled = attributeOf(element, 'aria-label') || ids.map(id => textOf(byId(id))).join(' ').trim()
  if (labelled !== '') return labelled
  const id = attributeOf(element, 'id')
  const labels = id === '' || isCustomField(element) ? [] : all(document, `label[for=${CSS.escape(id)}]`)
  const label = labels[0] ?? closest(element, 'label')
  // The value of a field inside the label is no part of the label, and neither is an error.
  return label == null ? '' : childrenOf(label).filter(isTelling).map(textOf).filter(text => text !== '').join(' ')
}
