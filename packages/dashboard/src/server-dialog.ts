/** The dialog in which a server is changed: what is wished, what follows from it, and nothing before it is confirmed. */
import { consequenceOf, MOST_WEIGHT, patchFor, readWeight, wishOf, type Mode, type Wish } from './changes.ts'
import { byId, setText } from './dom.ts'
import type { Peer, Upstream } from './snapshot.ts'

export interface DialogPorts {
  readonly change: (upstream: Upstream, peer: Peer, patch: Readonly<Record<string, unknown>>) => Promise<void>
  /** Told to everybody, screen readers too. */
  readonly done: (text: string) => void
}

const done: Readonly<Record<Mode, string>> = { up: 'takes requests', drain: 'drains', down: 'is down' }

export class ServerDialog {
  readonly #dialog = byId<HTMLDialogElement>('change')
  readonly #form = byId<HTMLFormElement>('change-form')
  readonly #weight = byId<HTMLInputElement>('change-weight')
  readonly #consequence = byId('change-consequence')
  readonly #problem = byId('change-problem')
  readonly #apply = byId<HTMLButtonElement>('change-apply')
  readonly #ports: DialogPorts
  #subject: { readonly upstream: Upstream; readonly peer: Peer } | null = null

  constructor(ports: DialogPorts) {
    this.#ports = ports
    this.#weight.max = String(MOST_WEIGHT)
    this.#form.addEventListener('input', () => this.#explain())
    byId('change-cancel').addEventListener('click', () => this.#dialog.close())
    this.#form.addEventListener('submit', event => {
      event.preventDefault()
      void this.#submit()
    })
  }

  open(upstream: Upstream, peer: Peer): void {
    this.#subject = { upstream, peer }
    const { mode, weight } = wishOf(peer)
    setText(byId('change-title'), `${peer.server} of ${upstream.name}`)
    for (const input of this.#modes()) input.checked = input.value === mode
    this.#weight.value = String(weight)
    setText(this.#problem, '')
    this.#explain()
    this.#dialog.showModal()
  }

  #modes(): HTMLInputElement[] {
    return [...this.#form.querySelectorAll<HTMLInputElement>('input[name=mode]')]
  }

  /** null: the weight is none. */
  #wish(): Wish | null {
    const weight = readWeight(this.#weight.value)
    const mode = (this.#modes().find(input => input.checked)?.value ?? 'up') as Mode
    return weight === null ? null : { mode, weight }
  }

  #explain(): void {
    if (this.#subject === null) return
    const { upstream, peer } = this.#subject
    const wish = this.#wish()
    const { text, grave } =
      wish === null
        ? { text: `A weight is a number from 1 to ${MOST_WEIGHT}.`, grave: true }
        : consequenceOf(upstream, peer, wish)
    setText(this.#consequence, text)
    this.#consequence.dataset['tone'] = grave ? 'bad' : ''
    this.#apply.disabled = wish === null || patchFor(wishOf(peer), wish) === null
  }

  async #submit(): Promise<void> {
    const wish = this.#wish()
    if (this.#subject === null || wish === null) return
    const { upstream, peer } = this.#subject
    const patch = patchFor(wishOf(peer), wish)
    if (patch === null) return
    this.#apply.disabled = true
    setText(this.#problem, '')
    try {
      await this.#ports.change(upstream, peer, patch)
      this.#dialog.close()
      const weight = 'weight' in patch ? ` with weight ${wish.weight}` : ''
      this.#ports.done(`${peer.server} of ${upstream.name} ${done[wish.mode]}${weight}.`)
    } catch (error) {
      setText(this.#problem, `It was not changed: ${error instanceof Error ? error.message : String(error)}`)
      this.#apply.disabled = false
    }
  }
}
