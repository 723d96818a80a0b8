/** The SSI commands there are, with their parameters, and which may stand where. */
import { MOST_PARAMS, type SsiCommand } from './scanner.ts'

export type CommandName =
  | 'include'
  | 'echo'
  | 'config'
  | 'set'
  | 'if'
  | 'elif'
  | 'else'
  | 'endif'
  | 'block'
  | 'endblock'

export type Params = ReadonlyMap<string, string>

interface Rule {
  readonly needed: readonly string[]
  readonly others: readonly string[]
}

const rule = (needed: string, others = ''): Rule => ({ needed: words(needed), others: words(others) })

const rules: ReadonlyMap<string, Rule> = new Map<CommandName, Rule>([
  ['include', rule('', 'virtual file wait set stub')],
  ['echo', rule('var', 'default encoding')],
  ['config', rule('', 'errmsg timefmt')],
  ['set', rule('var value')],
  ['if', rule('expr')],
  ['elif', rule('expr')],
  ['else', rule('')],
  ['endif', rule('')],
  ['block', rule('name')],
  ['endblock', rule('')],
])

export function isCommand(name: string): name is CommandName {
  return rules.has(name)
}

/** The parameters by name; a string says what is wrong with them. */
export function readParams(name: CommandName, { params }: SsiCommand): Params | string {
  const { needed, others } = rules.get(name)!
  if (params.length > MOST_PARAMS * 2) return `too many SSI command parameters: "${name}"`
  const found = new Map<string, string>()
  for (let i = 0; i < params.length; i += 2) {
    const key = params[i]!
    if (!needed.includes(key) && !others.includes(key))
      return `invalid parameter name: "${key}" in "${name}" SSI command`
    if (found.has(key)) return `duplicate "${key}" parameter in "${name}" SSI command`
    found.set(key, params[i + 1]!)
  }
  const missing = needed.find(key => !found.has(key))
  return missing === undefined ? found : `mandatory "${missing}" parameter is absent in "${name}" SSI command`
}

/** A command as it may have been written, for blocks, which keep their commands for later. */
export function writeCommand({ name, params }: SsiCommand): string {
  let text = `<!--#${name}`
  for (let i = 0; i < params.length; i += 2) text += ` ${params[i]}="${params[i + 1]}"`
  return text + ' -->'
}

function words(text: string): readonly string[] {
  return text === '' ? [] : text.split(' ')
}
