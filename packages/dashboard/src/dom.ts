/** Elements made and changed in few words. Text is only ever set as text: nothing that is shown becomes markup. */

export type Child = Node | string | null

export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  element.append(...children.filter(child => child !== null))
  return element
}

export function makeSvg(name: string, attributes: Readonly<Record<string, string>> = {}): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value)
  return element
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- who asks knows what the page has there
export function byId<Type extends HTMLElement = HTMLElement>(id: string): Type {
  const element = document.getElementById(id)
  if (element === null) throw new Error(`the page has no #${id}`)
  return element as Type
}

/** What has not changed is not touched: selections and what a screen reader reads stay. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

export interface Part<Item> {
  readonly element: HTMLElement
  update(item: Item): void
}

/** Children of an element, one for each item: those that stay are kept, and with them the focus. */
export class KeyedList<Item> {
  readonly #parent: HTMLElement
  readonly #key: (item: Item) => string
  readonly #make: (item: Item) => Part<Item>
  #parts = new Map<string, Part<Item>>()

  constructor(parent: HTMLElement, key: (item: Item) => string, makePart: (item: Item) => Part<Item>) {
    this.#parent = parent
    this.#key = key
    this.#make = makePart
  }

  show(items: readonly Item[]): void {
    const before = this.#parts
    this.#parts = new Map()
    let place: Element | null = this.#parent.firstElementChild
    for (const item of items) {
      const key = this.#key(item)
      if (this.#parts.has(key)) continue
      const part = before.get(key) ?? this.#make(item)
      before.delete(key)
      this.#parts.set(key, part)
      part.update(item)
      if (part.element === place) place = place.nextElementSibling
      else this.#parent.insertBefore(part.element, place)
    }
    for (const { element } of before.values()) element.remove()
  }
}
