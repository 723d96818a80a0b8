/**
 * The media type of a path by its extension (types, default_type). What counts as an extension is nginx's rule:
 * `/.profile` has none, and the comparison is caseless.
 */
import type { Settings } from '../../model/settings.ts'

export type ContentTypeOf = (uri: string) => string

export function compileContentType(settings: Pick<Settings, 'types' | 'defaultType'>): ContentTypeOf {
  // A Map, so that a file named `x.constructor` finds nothing inherited.
  const types = new Map(Object.entries(settings.types).map(([extension, type]) => [extension.toLowerCase(), type]))
  return uri => types.get(extension(uri)) ?? settings.defaultType
}

function extension(uri: string): string {
  const dot = uri.lastIndexOf('.')
  // The first two characters can't end a name: nginx never looks at them.
  if (dot < 2 || uri.charCodeAt(dot - 1) === SLASH || uri.indexOf('/', dot) >= 0) return ''
  return uri.slice(dot + 1).toLowerCase()
}

const SLASH = 0x2f
