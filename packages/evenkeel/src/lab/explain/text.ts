/** An explanation for people: what was decided, in the order in which it was, with the losers below the winner. */
import type { Candidate, ExplainedUpstream, Explanation, Place, Step } from './story.ts'

/** Losers shown of each choice: a server of a thousand locations is not read to its end. */
const LOSERS = 12

export function explanationText(told: Explanation): string {
  const { request, listener, answer } = told
  const parts = [
    `${request.method} ${request.url} from ${request.from}`,
    section('listener', [`${listener.address}  (${listener.why})`]),
    section('server', choice(told.servers)),
    ...grouped(told.steps),
    ...(told.upstream === null ? [] : [section('upstream', upstreamLines(told.upstream))]),
    ...told.sent.map(({ to, head }) => section(`sent to ${to}`, head.split('\n'))),
    section(
      'variables',
      aligned(Object.entries(told.variables).map(([name, value]) => [`$${name}`, value === '' ? '(empty)' : value])),
    ),
    section(`answer, from ${answer.from === 'here' ? 'here' : 'the origin'}`, answerLines(answer)),
    section('notes', told.notes),
  ]
  return `${parts.filter(part => part !== '').join('\n\n')}\n`
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map(line => `  ${line}`.trimEnd()).join('\n')}`
}

function choice(candidates: readonly Candidate[]): string[] {
  const winner = candidates.filter(({ wins }) => wins)
  const losers = candidates.filter(({ wins }) => !wins)
  const nested = candidates.some(({ depth }) => depth > 0)
  const shown = nested ? candidates.slice(0, LOSERS + 1) : [...winner, ...losers.slice(0, LOSERS)]
  const more = candidates.length - shown.length
  const rows = shown.map(({ name, wins, why, place, depth }) => [
    `${'  '.repeat(depth)}${wins ? '*' : ' '} ${name}`,
    placeText(place),
    why,
  ])
  return more > 0 ? [...aligned(rows), `  and ${more} more`] : aligned(rows)
}

/** Each look for a location begins a part of its own; what happens in it stands below. */
function grouped(steps: readonly Step[]): string[] {
  const parts: string[] = []
  let lines: string[] = []
  let title = 'before a location is looked for'
  const close = (): void => {
    const text = section(title, lines)
    if (text !== '') parts.push(text)
    lines = []
  }
  for (const step of steps) {
    if (step.kind === 'location') {
      close()
      parts.push(section(`location of ${step.uri}`, locationLines(step)))
      title = 'in it'
    } else if (step.kind === 'named') {
      close()
      title = `in ${step.name}${step.place === null ? '' : ` (${placeText(step.place)})`}`
      if (!step.found) lines.push('there is no location of that name')
    } else lines.push(stepText(step))
  }
  close()
  return parts
}

function locationLines({ name, candidates }: Extract<Step, { kind: 'location' }>): string[] {
  if (candidates.some(({ wins }) => wins)) return choice(candidates)
  return [name === '' ? 'none: the server answers itself' : name, ...choice(candidates)]
}

function stepText(step: Exclude<Step, { kind: 'location' | 'named' }>): string {
  switch (step.kind) {
    case 'match':
      return `${step.pattern}  ${step.matched ? 'matches' : 'does not match'} ${step.text}`
    case 'if':
      return `if (${step.condition})  ${step.held ? 'yes' : 'no'}`
    case 'set':
      return `set $${step.variable} to "${step.value}"`
    case 'limit':
      return `${step.limit}: ${step.verdict}`
    case 'uri':
      return `URI is now ${step.uri}${step.args === '' ? '' : `?${step.args}`}`
    case 'error-page':
      return `error_page for ${step.status}: ${step.outcome}`
    case 'outcome':
      return step.outcome
    case 'action':
      return step.does
    case 'log':
      return `logs [${step.level}] ${step.text}`
  }
}

function upstreamLines(upstream: ExplainedUpstream): string[] {
  const { name, place, method, key, bound, peers, next } = upstream
  const rows = peers.map(peer => {
    const told = [
      `weight ${peer.weight}`,
      ...(peer.role === 'backup' ? ['backup'] : []),
      ...(peer.down ? ['down'] : []),
      ...(peer.id === undefined ? [] : [`id ${peer.id}`]),
    ]
    const chosen = peer.attempts.length === 0 ? ' ' : '*'
    const tries =
      peer.attempts.length === 0 ? '' : `chosen${peer.attempts[0] === 1 ? '' : ` in try ${peer.attempts.join(', ')}`}`
    return [`${chosen} ${peer.name}`, peer.written === peer.name ? '' : peer.written, told.join(', '), tries]
  })
  const order = next.map(index => (index < 0 ? 'nobody' : peers[index]!.name))
  return [
    `${name} ${placeText(place)}`.trimEnd(),
    `method: ${method}${key === undefined ? '' : ` over the key "${key}"`}`,
    ...(bound === undefined
      ? []
      : [bound === '' ? 'sticky: the request names no server' : `sticky: bound to ${bound}`]),
    ...aligned(rows),
    `the same request again goes to: ${runs(order)}`,
  ]
}

/** `a a a b` as `a (3 times), b`. */
function runs(order: readonly string[]): string {
  const found: { text: string; times: number }[] = []
  for (const text of order) {
    const last = found.at(-1)
    if (last?.text === text) last.times++
    else found.push({ text, times: 1 })
  }
  return found.map(({ text, times }) => (times === 1 ? text : `${text} (${times} times)`)).join(', ')
}

function answerLines({ head, body, file, failure }: Explanation['answer']): string[] {
  return [
    ...(file === undefined ? [] : [`file: ${file}`]),
    ...(failure === undefined ? [] : [`failure: ${failure}`]),
    ...(head === '' ? ['nothing: the connection is closed'] : head.split('\n')),
    ...(body === '' ? [] : ['', ...body.replace(/\r?\n$/, '').split(/\r?\n/)]),
  ]
}

function placeText(place: Place | null): string {
  return place === null ? '' : `${place.file.replace(/^.*\//, '')}:${place.line}`
}

/** Columns as wide as their widest cell; the last as it is. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>((most, row) => row.map((cell, at) => Math.max(most[at] ?? 0, cell.length)), [])
  return rows.map(row =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at]! + (widths[at] === 0 ? 0 : 2))))
      .join('')
      .trimEnd(),
  )
}
