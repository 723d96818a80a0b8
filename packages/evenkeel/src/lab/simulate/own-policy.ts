/** Policies of the user in simulations: loaded and guarded as workers do it, their mistakes counted. */
import type { TimedPolicy } from '../../balance/policy.ts'
import type { CodeUnit } from '../../exchange/code.ts'
import { CodeLoader } from '../../worker/code/code-loader.ts'
import { codePolicy } from '../../worker/code/code-policy.ts'
import { codeUrl } from '../../worker/code/code-units.ts'

export interface OwnPolicy {
  readonly policy: TimedPolicy
  /** What it threw, and how often; null: nothing. */
  trouble(): { readonly first: string; readonly times: number } | null
}

/** `./mine.ts` or `./mine.ts#name`. */
export function isModule(words: string): boolean {
  return /\.[cm]?[jt]s(?:#\w+)?$/.test(words)
}

/** Rejects with why it cannot be had. `folder` is what the path is relative to, with a slash. */
export async function loadPolicy(words: string, folder: string): Promise<OwnPolicy> {
  // Gives the module this evenkeel under its name, whatever is installed beside it.
  new CodeLoader().use(undefined)
  const [path = '', name = 'default'] = words.split('#')
  const module = (await import(codeUrl(path, folder))) as Record<string, unknown>
  const code = module[name]
  if (typeof code !== 'function') throw new TypeError(`${path} has no function as its ${name} export`)
  const unit = new CountedCode(words, code as CodeUnit['code'])
  return { policy: codePolicy(unit), trouble: () => unit.trouble }
}

class CountedCode implements CodeUnit {
  readonly label: string
  readonly code: CodeUnit['code']
  trouble: { readonly first: string; readonly times: number } | null = null

  constructor(label: string, code: CodeUnit['code']) {
    this.label = label
    this.code = code
  }

  enter(): number {
    return 0
  }

  leave(): void {}

  failed(error: unknown): void {
    this.trouble = { first: this.trouble?.first ?? String(error), times: (this.trouble?.times ?? 0) + 1 }
  }

  timedOut(): void {}
}
