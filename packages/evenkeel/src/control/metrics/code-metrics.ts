/** Metrics of the code that a configuration brings: how often it ran, how long, and how often it went wrong. */
import type { CodeView, View } from '../status/view.ts'
import type { Exposition, Sample } from './exposition.ts'

export function aboutCode(out: Exposition, view: View): void {
  const code = view.code()
  if (code.length === 0) return
  const each = (value: (sums: CodeView['sums']) => number): Sample[] =>
    code.map(({ ref, sums }) => ({
      labels: { kind: ref.codeKind, module: ref.path, export: ref.name },
      value: value(sums),
    }))
  out.counter(
    'evenkeel_code_calls_total',
    'Calls of code of the configuration.',
    each(sums => sums.calls),
  )
  out.counter(
    'evenkeel_code_failures_total',
    'Calls that threw, or answered what they may not.',
    each(sums => sums.failures),
  )
  out.counter(
    'evenkeel_code_timeouts_total',
    'Asynchronous steps that did not end in time.',
    each(sums => sums.timeouts),
  )
  out.counter(
    'evenkeel_code_slow_total',
    'Calls that held their worker up for 50 ms or more.',
    each(sums => sums.slow),
  )
  out.counter(
    'evenkeel_code_seconds_total',
    'Time in code that ran without waiting.',
    each(sums => sums.ms / 1000),
  )
}
