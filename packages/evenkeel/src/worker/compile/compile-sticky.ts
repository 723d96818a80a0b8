/** An upstream's `sticky`, with its variables compiled and its zone found. */
import type { StickyModel } from '../../model/sticky.ts'
import type { Template } from '../../model/template.ts'
import { noScope } from '../../route/ports.ts'
import { compileTemplate } from '../../route/template.ts'
import type { VariableTable } from '../../route/variables/variable-table.ts'
import { StickyCookie, StickyRoute, type Sticky, type Text } from '../../upstream/sticky.ts'
import { StickyLearn } from '../../upstream/sticky-learn.ts'
import type { WorkerZones } from '../zones.ts'

export function compileSticky(
  model: StickyModel | undefined,
  table: VariableTable,
  zones: WorkerZones,
  nowMs: () => number,
): Sticky | null {
  if (model === undefined) return null
  const text = (template: Template): Text => compileTemplate(template, table, noScope)
  const lookup = model.lookup.map(text)
  switch (model.kind) {
    case 'route':
      return new StickyRoute(lookup)
    case 'cookie': {
      const domain = model.domain === null ? null : text(model.domain)
      const sameSite = model.sameSite === null ? null : text(model.sameSite)
      return new StickyCookie(model, { lookup, domain, sameSite }, nowMs)
    }
    case 'learn': {
      const sessions = zones.get('sticky', model.zone)
      if (sessions === undefined) return null
      const create = model.create.map(text)
      return new StickyLearn({ create, lookup }, sessions, model.timeoutMs, model.atHeader, nowMs)
    }
  }
}
