/** Directives that name content types: gzip_types and its like. The type that is always meant stands first. */
import type { Settings } from '../../../model/settings.ts'
import { ANY, everywhere, row, type Directive } from '../table.ts'

type TypesKey = {
  [K in keyof Settings]: K extends `${string}Types` ? (Settings[K] extends readonly string[] ? K : never) : never
}[keyof Settings]

export function contentTypes(name: string, key: TypesKey, standard: string, text: string): Directive {
  return {
    ...row(name, everywhere, 'type ...', standard, text),
    arguments: [1, ANY],
    apply: (place, statement) => {
      const types = new Set(place.settings[key] ?? ['text/html'])
      for (const [index, written] of statement.words.slice(1).entries()) {
        const type = written.toLowerCase()
        if (types.has(type)) place.warn(statement, index + 1, `duplicate MIME type "${written}"`)
        types.add(type)
      }
      place.put(statement, key, [...types])
    },
  }
}
