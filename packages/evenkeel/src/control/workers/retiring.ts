/**
 * Generations that are on their way out, over all workers. Which are alive is exact; what they wait for is what their
 * workers said last, within a second.
 */
import type { WorkerThread } from './worker-thread.ts'
import type { RetiringView } from '../status/view.ts'

/** `staying` serve the newest generation as well, `leaving` nothing that is new. The oldest comes first. */
export function retiringOf(
  staying: readonly WorkerThread[],
  leaving: readonly WorkerThread[],
  newest: number,
): RetiringView[] {
  const found = new Map<number, RetiringView>()
  for (const thread of [...staying, ...leaving]) {
    for (const generation of thread.serving.keys()) {
      if (generation >= newest && !thread.leaving) continue
      const before = found.get(generation) ?? { ...nothing, generation }
      const told = thread.retiring.find(one => one.generation === generation)
      found.set(generation, {
        generation,
        workers: before.workers + 1,
        sinceMs: earliest(before.sinceMs, told?.sinceMs ?? 0),
        cutMs: Math.max(before.cutMs, told?.cutMs ?? 0),
        idle: before.idle + (told?.connections.idle ?? 0) + (told?.connections.silent ?? 0),
        requests: before.requests + (told?.connections.request ?? 0),
        tunnels: before.tunnels + (told?.connections.tunnel ?? 0),
        sessions: before.sessions + (told?.connections.session ?? 0),
      })
    }
  }
  return [...found.values()].toSorted((a, b) => a.generation - b.generation)
}

const nothing = { workers: 0, sinceMs: 0, cutMs: 0, idle: 0, requests: 0, tunnels: 0, sessions: 0 }

function earliest(one: number, other: number): number {
  return one === 0 || other === 0 ? one + other : Math.min(one, other)
}
