/** The medians as an SVG: one block of bars a workload, shorter is better. Written by hand: a chart library would be larger than the bench. */
import { medians, type Samples } from './table.ts'

const width = 760
const left = 170
const rowHeight = 22

export function chartOf(results: ReadonlyMap<string, Samples>, footer: string): string {
  let y = 16
  const blocks = [...results].map(([title, samples]) => {
    const block = blockOf(title, samples, y)
    y += 46 + samples.size * rowHeight
    return block
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 24}" font-family="system-ui, sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#fff"/>
${blocks.join('\n')}
<text x="16" y="${y + 8}" fill="#666" font-size="11">${escaped(footer)}</text>
</svg>
`
}

function blockOf(title: string, samples: Samples, top: number): string {
  const rows = [...samples].map(([peer, rounds]) => {
    const [name = '', value = 0] = Object.entries(medians(rounds))[0] ?? []
    return { peer, name, value: Number.isFinite(value) ? value : 0 }
  })
  const sorted = rows.toSorted((a, b) => a.value - b.value)
  const largest = Math.max(...rows.map(row => row.value), Number.MIN_VALUE)
  const bars = sorted.map(({ peer, value }, index) => {
    const y = top + 28 + index * rowHeight
    const length = Math.max(1, (Math.max(0, value) / largest) * (width - left - 90))
    const own = peer === 'evenkeel'
    return `<text x="${left - 8}" y="${y + 12}" text-anchor="end"${own ? ' font-weight="bold"' : ''}>${escaped(peer)}</text>
<rect x="${left}" y="${y}" width="${length.toFixed(1)}" height="15" fill="${own ? '#2b6cb0' : '#a0aec0'}"/>
<text x="${(left + length + 6).toFixed(1)}" y="${y + 12}">${value >= 100 ? Math.round(value).toLocaleString('en-GB') : value.toFixed(1)}</text>`
  })
  const unit = rows[0]?.name ?? ''
  return `<text x="16" y="${top + 12}" font-weight="bold">${escaped(title)} <tspan font-weight="normal" fill="#666">(${escaped(unit)}, less is better)</tspan></text>
${bars.join('\n')}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
