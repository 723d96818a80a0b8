/** Whether anything in a server leads to a tunnel: only then CONNECT is a method like others there. */
import type { ContentModel } from '../../model/model.ts'
import type { ResolvedLocation, ResolvedServer, ResolvedStep } from '../../model/resolve.ts'

export function hasTunnel({ model, rewrite, locations }: ResolvedServer): boolean {
  return isTunnel(model.content) || rewrite.some(stepHas) || locations.some(locationHas)
}

function locationHas({ content, rewrite, locations, exceptions }: ResolvedLocation): boolean {
  return (
    isTunnel(content) ||
    rewrite.some(stepHas) ||
    exceptions.some(exception => isTunnel(exception.content)) ||
    locations.some(locationHas)
  )
}

function stepHas(step: ResolvedStep): boolean {
  return step.kind === 'if' && (isTunnel(step.content) || step.steps.some(stepHas))
}

function isTunnel(content: ContentModel | null): boolean {
  return content?.kind === 'tunnel'
}
