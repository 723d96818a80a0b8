/** What variables mean in one location. */
import type { ContentModel, LocationMatch } from '../../model/model.ts'
import type { Settings } from '../../model/settings.ts'
import type { RouteScope } from '../../route/ports.ts'

export function routeScope(settings: Settings, content: ContentModel | null, at: LocationMatch | null): RouteScope {
  const match = settings.aliasOf ?? at
  const pass = content?.kind === 'proxy' && content.pass.kind === 'fixed' ? content.pass : null
  return {
    proxyHost: pass === null ? null : pass.host,
    proxyPort: pass === null ? null : pass.port,
    root: settings.root,
    alias: settings.alias,
    prefix: match !== null && match.kind !== 'pattern' ? match.text : null,
    settings,
  }
}
