/** `proxy_next_upstream_by`: a rule of the user for retries; when it fails, what proxy_next_upstream says holds. */
import type { RetryRule } from '../../exchange/code.ts'
import type { CodeSettings } from '../../model/settings/code-settings.ts'
import type { CodeUnits } from './code-units.ts'

export function compileRetryRule(
  { proxyNextUpstreamBy }: Pick<CodeSettings, 'proxyNextUpstreamBy'>,
  code: CodeUnits,
): RetryRule | null {
  if (proxyNextUpstreamBy === null) return null
  const unit = code(proxyNextUpstreamBy)
  const rule = unit.code as RetryRule
  return attempt => {
    const entered = unit.enter()
    try {
      const answer: unknown = rule(attempt)
      if (typeof answer === 'boolean') return answer
      unit.failed(new TypeError(`it answered ${typeof answer}, not true or false`))
    } catch (error) {
      unit.failed(error)
    } finally {
      unit.leave(entered)
    }
    return attempt.usual
  }
}
