/**
 * A table of figures: columns once, rows by key. Roles are written out, because a narrow screen shows each row as a
 * card, and to browsers a table that is not laid out as one is none any more.
 */
import { KeyedList, make, setAttribute, setText, type Part } from './dom.ts'

export interface Column<Item> {
  readonly title: string
  /** Explains the title. */
  readonly about?: string
  /** `name` stands out, `number` is set right, `text` left. */
  readonly kind: 'name' | 'number' | 'text'
  /** Fills the cell; a text is all there is to most. */
  readonly show: (item: Item, cell: HTMLElement) => string | null
  /** A word for how the cell looks; '' none. */
  readonly tone?: (item: Item) => string
}

export class Table<Item> {
  readonly element: HTMLElement
  readonly #rows: KeyedList<Item>

  constructor(label: string, columns: readonly Column<Item>[], key: (item: Item) => string) {
    const head = make('tr', { role: 'row' })
    for (const { title, about = '', kind } of columns) {
      const cell = make('th', { role: 'columnheader', scope: 'col', class: kind }, title)
      if (about !== '') cell.title = about
      head.append(cell)
    }
    const body = make('tbody', { role: 'rowgroup' })
    const table = make('table', { role: 'table', 'aria-label': label }, make('thead', { role: 'rowgroup' }, head), body)
    this.element = make('div', { class: 'scroll' }, table)
    this.#rows = new KeyedList(body, key, () => makeRow(columns))
  }

  show(items: readonly Item[]): void {
    this.#rows.show(items)
  }
}

function makeRow<Item>(columns: readonly Column<Item>[]): Part<Item> {
  const element = make('tr', { role: 'row' })
  const cells = columns.map(({ title, kind }) => {
    const cell = make('td', { role: kind === 'name' ? 'rowheader' : 'cell', class: kind, 'data-label': title })
    element.append(cell)
    return cell
  })
  return {
    element,
    update(item) {
      for (const [index, { show, tone }] of columns.entries()) {
        const cell = cells[index]!
        const text = show(item, cell)
        if (text !== null) setText(cell, text)
        if (tone !== undefined) setAttribute(cell, 'data-tone', tone(item))
      }
    },
  }
}
