/**
 * Code of the user that a configuration names: a way of balancing, a variable, a rule for retries, a step. The model
 * holds where it stands, never the function: workers are threads, and load it themselves.
 */

export type CodeKind = 'policy' | 'variable' | 'retry rule' | 'step' | 'response step'

export interface CodeRef {
  readonly codeKind: CodeKind
  /** As written: relative to the folder of the configuration, absolute, or a `file:` URL. */
  readonly path: string
  /** The export that is meant. */
  readonly name: string
}

/** All modules of a configuration as they were read, so that every worker runs the same, whenever it is started. */
export interface CodeTexts {
  /** Of all texts together: what has the same version is not loaded anew. */
  readonly version: string
  /** JavaScript by `file:` URL, with the modules they import; packages are not among them. */
  readonly files: Readonly<Record<string, string>>
}

export interface PlacedCode {
  readonly ref: CodeRef
  /** Path in the model, as in Model.positions. */
  readonly path: string
}

/** As messages, the API and metrics call it. */
export function codeLabel({ codeKind, path, name }: CodeRef): string {
  return `${codeKind} "${path}${name === 'default' ? '' : `#${name}`}"`
}

/** All code of a model, each once, in the order in which it is named. Found by shape, as variables are. */
export function codeOf(model: { readonly http: object | null; readonly stream?: object }): PlacedCode[] {
  const found = new Map<string, PlacedCode>()
  const path: (string | number)[] = []
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || path.length > DEEPEST) return
    const ref = value as Partial<CodeRef>
    if (typeof ref.codeKind === 'string') {
      const label = codeLabel(ref as CodeRef)
      if (!found.has(label)) found.set(label, { ref: ref as CodeRef, path: path.join('.') })
      return
    }
    for (const [key, item] of Object.entries(value)) {
      path.push(key)
      visit(item)
      path.pop()
    }
  }
  visit({ http: model.http, stream: model.stream })
  return [...found.values()]
}

/** Far more than a model nests. */
const DEEPEST = 2000
