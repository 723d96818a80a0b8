/** The page: asks the API every two seconds, keeps what it hears, and shows the present or what somebody goes back to. */
import { ApiTrouble, Client, type Trouble } from './client.ts'
import { byId, make, setAttribute, setText } from './dom.ts'
import { History } from './history.ts'
import { Lists } from './lists.ts'
import { readOnlyNotice, troubleNotice, type Notice } from './notices.ts'
import { Past } from './past.ts'
import { peerKey, upstreamKey } from './rates.ts'
import { ServerDialog } from './server-dialog.ts'
import { startTheme } from './theme.ts'
import { describeBalancer, Tiles } from './tiles.ts'
import { UpstreamCards } from './upstream-cards.ts'

const EVERY_MS = 2000
const LONGEST_PAUSE_MS = 15_000

const api = document.documentElement.dataset['api'] ?? '/api/'
const client = new Client(api, (url, init) => fetch(url, init))
const history = new History()
const search = byId<HTMLInputElement>('search')
const troubled = byId<HTMLInputElement>('troubled')
const tiles = new Tiles(byId('tiles'))
const lists = new Lists({ zones: byId('zones'), caches: byId('caches'), limits: byId('limits') })
const past = new Past(
  {
    charts: byId('charts'),
    slider: byId<HTMLInputElement>('slider'),
    told: byId('told'),
    live: byId('live'),
    series: byId<HTMLSelectElement>('series'),
  },
  history,
  show,
)
const cards = new UpstreamCards(byId('upstreams'), byId('no-upstreams'), openDialog)
const dialog = new ServerDialog({
  change: (upstream, peer, patch) => client.change(upstream, peer, patch),
  done: text => {
    setText(byId('said'), text)
    // What has been changed is to be seen at once.
    void poll()
  },
})

let trouble: Trouble | null = null
let writable: boolean | null = null
/** The process and configuration that `writable` is about. */
let checkedFor = ''
let pauseMs = EVERY_MS
let timer: ReturnType<typeof setTimeout> | undefined
let polling = false

startTheme(byId('theme'))
for (const input of [search, troubled]) input.addEventListener('input', show)
document.addEventListener('keydown', pressed)
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) void poll()
})
void poll()

async function poll(): Promise<void> {
  if (polling) return
  polling = true
  clearTimeout(timer)
  try {
    const snapshot = await client.snapshot(() => Date.now())
    history.add(snapshot)
    trouble = null
    pauseMs = EVERY_MS
    // Only a reload, or another balancer, changes whether the API may be written to.
    const known = `${snapshot.pid} ${snapshot.generation}`
    if (writable === null || known !== checkedFor) {
      checkedFor = known
      writable = await client.mayWrite()
    }
  } catch (error) {
    trouble = error instanceof ApiTrouble ? error.trouble : { kind: 'unreachable', detail: String(error) }
    client.forget()
    writable = null
    pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 1.5)
  }
  polling = false
  timer = setTimeout(() => void poll(), pauseMs)
  show()
}

function show(): void {
  showNotice()
  past.show()
  const moment = past.atMs === null ? history.latest : history.at(past.atMs)
  byId('all').hidden = moment === null
  const status = byId('status')
  const standing = trouble !== null ? 'offline' : moment === null ? 'connecting' : past.atMs !== null ? 'past' : 'live'
  setText(status, standing === 'past' ? 'in the past' : standing)
  setAttribute(status, 'data-tone', { offline: 'bad', connecting: 'quiet', past: 'warn', live: 'good' }[standing])
  setAttribute(document.body, 'data-standing', standing)
  if (moment === null) return
  setText(byId('balancer'), describeBalancer(moment))
  tiles.show(moment)
  lists.show(moment)
  const changeable = writable === true && trouble === null && past.atMs === null
  cards.show(moment, { search: search.value, troubled: troubled.checked, changeable })
}

function showNotice(): void {
  const seenBefore = history.latest !== null
  const notice: Notice | null =
    trouble !== null ? troubleNotice(trouble, api, seenBefore) : writable === false ? readOnlyNotice(api) : null
  const place = byId('notice')
  place.hidden = notice === null
  if (notice === null) return
  setAttribute(place, 'data-level', notice.level)
  const key = JSON.stringify(notice)
  // It is read aloud each time it is written.
  if (place.dataset['key'] === key) return
  place.dataset['key'] = key
  place.replaceChildren(make('strong', {}, notice.title), ' ', notice.text)
  if (notice.code !== undefined) place.append(' ', make('code', {}, notice.code))
}

function openDialog(upstreamName: string, peerName: string): void {
  const upstream = history.latest?.now.upstreams.find(one => upstreamKey(one) === upstreamName)
  const peer = upstream?.peers.find(one => peerKey(one) === peerName)
  if (upstream !== undefined && peer !== undefined) dialog.open(upstream, peer)
}

/** `/` searches, `l` is back in the present, brackets go through the past. */
function pressed(event: KeyboardEvent): void {
  const { target, key } = event
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') !== null) return
  if (target instanceof HTMLElement && target.matches('input, select, textarea')) {
    if (key === 'Escape' && target === search) {
      search.value = ''
      show()
    }
    return
  }
  const newest = history.latest?.now.atMs ?? 0
  if (key === '/') {
    event.preventDefault()
    search.focus()
  } else if (key === 'l') past.go(null)
  else if (key === '[') past.go((past.atMs ?? newest) - 10_000)
  else if (key === ']') past.go((past.atMs ?? newest) + 10_000)
}
