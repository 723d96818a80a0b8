import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AcmeCertificate } from '../../model/acme.ts'
import { IssuerLife } from './life.ts'
import { AcmeProblem } from './problem.ts'
import type { Validity } from './schedule.ts'

const DAY = 86_400_000

const certificate = (name: string): AcmeCertificate => ({
  name: `acme:${name}`,
  issuer: 'le',
  identifiers: [name],
  key: 'ecdsa:256',
})

/** Time passes only when somebody waits, and then at once; until `untilMs`, where the life ends. */
class World {
  nowMs = 0
  readonly asked: string[] = []
  readonly lines: string[] = []
  readonly there = new Map<string, Validity>()
  /** What the issuer says next; left out: it issues for 90 days. */
  answers: (AcmeProblem | Error | number)[] = []

  async run(names: readonly string[], untilMs: number): Promise<void> {
    const life = new IssuerLife(names.map(certificate), {
      now: () => this.nowMs,
      luck: () => 0,
      wait: async ms => {
        this.nowMs += ms
        if (this.nowMs >= untilMs) life.close()
      },
      validity: ({ name }) => this.there.get(name) ?? null,
      issue: async ({ name }) => {
        this.asked.push(`${name.slice(5)} ${this.nowMs / DAY}`)
        const answer = this.answers.shift() ?? 90 * DAY
        if (typeof answer !== 'number') throw answer
        return `${name} ${answer}`
      },
      issued: ({ name }, text) => {
        this.there.set(name, { fromMs: this.nowMs, untilMs: this.nowMs + Number(text.split(' ').at(-1)) })
      },
      log: (level, text) => void this.lines.push(`${level} ${text}`),
    })
    await life.ended
  }
}

test('what is missing is asked for at once, and renewed at two thirds of its life', async () => {
  const world = new World()
  await world.run(['a.example', 'b.example'], 125 * DAY)
  assert.deepEqual(world.asked, [
    'a.example 0',
    'b.example 0',
    'a.example 60',
    'b.example 60',
    'a.example 120',
    'b.example 120',
  ])
})

test('what is there is not asked for before its time', async () => {
  const world = new World()
  world.there.set('acme:a.example', { fromMs: 0, untilMs: 90 * DAY })
  await world.run(['a.example'], 59 * DAY)
  assert.deepEqual(world.asked, [])
  await world.run(['a.example'], 61 * DAY)
  assert.deepEqual(world.asked, ['a.example 60'])
})

test('an error leaves the certificate there is, is told with what comes next, and asks again later and later', async () => {
  const world = new World()
  world.there.set('acme:a.example', { fromMs: -60 * DAY, untilMs: 30 * DAY })
  world.answers = [new AcmeProblem('rateLimited'), new AcmeProblem('rateLimited'), new AcmeProblem('rateLimited')]
  await world.run(['a.example'], DAY)
  assert.deepEqual(
    world.asked.map(line => Number(line.split(' ')[1]) * 86_400),
    [0, 300, 900, 2100],
  )
  assert.match(
    world.lines[0] ?? '',
    /^error no certificate for a\.example from "le": rateLimited; the one in use is good until 1970-01-31T00:00:00Z, next asked for at 1970-01-01T00:05:00Z$/,
  )
  assert.match(
    world.lines[3] ?? '',
    /^notice "le" issued a certificate for a\.example, the one in use is good until 1970-04-01/,
  )
})

test('Retry-After is kept to, and one name in trouble does not hold up another', async () => {
  const world = new World()
  world.answers = [new AcmeProblem('later', { retryAfterMs: 7_200_000 })]
  await world.run(['a.example', 'b.example'], DAY)
  assert.deepEqual(world.asked, ['a.example 0', 'b.example 0', `a.example ${7200 / 86_400}`])
})

test('an issuer out of reach is asked again soon', async () => {
  const world = new World()
  world.answers = [new Error('connect ECONNREFUSED'), new AcmeProblem('silence', { unreachable: true })]
  await world.run(['a.example'], DAY)
  assert.deepEqual(
    world.asked.map(line => Math.round(Number(line.split(' ')[1]) * 86_400)),
    [0, 10, 30],
  )
})

test('a certificate that is due as it comes, as with a clock that is wrong, is not asked for without end', async () => {
  const world = new World()
  world.answers = Array.from({ length: 1000 }, () => -DAY)
  await world.run(['a.example'], 3_600_000)
  assert.equal(world.asked.length, 12)
})
