/**
 * The variables of one configuration that have no fixed meaning: `set`, `map`, named groups of patterns. Each has a place in
 * `exchange.values`, given out while the configuration is compiled.
 *
 * All names have to be declared before templates are compiled: a declared name wins over a family (`set $http_x` makes
 * $http_x a plain variable), and a map may stand behind its first use.
 */
import type { Exchange } from '../../exchange/exchange.ts'
import type { HttpModel, LocationModel, MapModel, RewriteStep, ServerModel } from '../../model/model.ts'
import type { Pattern } from '../../model/pattern.ts'
import { geoVariable } from '../geo.ts'
import { MapVariable } from '../map-variable.ts'
import type { Captured } from '../pattern.ts'
import type { VariablePorts } from '../ports.ts'
import { splitVariable } from '../split-clients.ts'
import { TimeText } from '../time-text.ts'
import type { VariableMaker, Vocabulary } from './variable-maker.ts'
import { httpVocabulary } from './variables.ts'

export class VariableTable<Subject extends Captured = Exchange> {
  readonly ports: VariablePorts
  readonly vocabulary: Vocabulary<Subject>
  readonly time: TimeText
  /** What variables show that is only found out where some of them are used. */
  readonly wants: { choices: boolean } = { choices: false }
  readonly #indexes = new Map<string, number>()
  /** Places whose value, while there is none, is empty rather than missing (a log shows '' and not '-'). */
  readonly #assigned = new Set<string>()
  readonly #maps = new Map<string, MapVariable<Subject>>()
  readonly #made = new Map<string, VariableMaker<Subject>>()

  constructor(ports: VariablePorts, vocabulary: Vocabulary<Subject>) {
    this.ports = ports
    this.vocabulary = vocabulary
    this.time = new TimeText(ports.now, ports.date)
  }

  /** The place of a variable, given out at the first call. Names compare caselessly. */
  indexOf(name: string): number {
    const key = name.toLowerCase()
    let index = this.#indexes.get(key)
    if (index === undefined) this.#indexes.set(key, (index = this.#indexes.size))
    return index
  }

  /** A variable that `set` assigns to. */
  declare(name: string): number {
    this.#assigned.add(name.toLowerCase())
    return this.indexOf(name)
  }

  declareMap(model: MapModel): void {
    this.#maps.set(model.variable.toLowerCase(), new MapVariable(model, this))
  }

  /** A variable with a meaning of its own that the configuration makes. */
  declareMade(name: string, maker: VariableMaker<Subject>): void {
    this.#made.set(name.toLowerCase(), maker)
  }

  made(name: string): VariableMaker<Subject> | undefined {
    return this.#made.get(name)
  }

  has(name: string): boolean {
    return this.#indexes.has(name)
  }

  isAssigned(name: string): boolean {
    return this.#assigned.has(name)
  }

  map(name: string): MapVariable<Subject> | undefined {
    return this.#maps.get(name)
  }

  /** Values are made with the first write: most exchanges never have one. */
  write(exchange: Pick<Captured, 'values'>, index: number, value: string): void {
    const values = (exchange.values ??= [])
    // Filled up to the place rather than set beyond the end: an array with holes is slower to read ever after.
    while (values.length <= index) values.push(undefined)
    values[index] = value
  }
}

/** A table that knows every name the configuration declares. */
export function declareVariables(http: HttpModel, ports: VariablePorts): VariableTable {
  const table = new VariableTable(ports, httpVocabulary)
  declareMaps(http, table)
  for (const geo of http.geos ?? []) table.declareMade(geo.variable, geoVariable(geo))
  for (const server of http.servers) declareServer(server, table)
  return table
}

/** What any part of a model makes in the same way. */
export function declareMaps<Subject extends Captured>(
  { maps, splits }: Pick<HttpModel, 'maps' | 'splits'>,
  table: VariableTable<Subject>,
): void {
  for (const map of maps) {
    table.declareMap(map)
    for (const { pattern } of map.patterns) declareGroups(pattern, table)
  }
  for (const split of splits ?? []) table.declareMade(split.variable, splitVariable(split))
}

function declareServer(server: ServerModel, table: VariableTable): void {
  for (const name of server.names) if (name.kind === 'pattern') declareGroups(name.pattern, table)
  declareSteps(server.rewrite, table)
  for (const location of server.locations) declareLocation(location, table)
}

function declareLocation(location: LocationModel, table: VariableTable): void {
  if (location.match.kind === 'pattern') declareGroups(location.match.pattern, table)
  declareSteps(location.rewrite, table)
  for (const nested of location.locations) declareLocation(nested, table)
}

function declareSteps(steps: readonly RewriteStep[], table: VariableTable): void {
  for (const step of steps) {
    if (step.kind === 'set') table.declare(step.variable)
    else if (step.kind === 'rewrite') declareGroups(step.pattern, table)
    else if (step.kind === 'if') {
      if (step.condition.kind === 'matches') declareGroups(step.condition.pattern, table)
      declareSteps(step.steps, table)
    }
  }
}

export function declareGroups(pattern: Pattern, table: Pick<VariableTable, 'indexOf'>): void {
  for (const name of pattern.groups) table.indexOf(name)
}
