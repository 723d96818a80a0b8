/** The peers of an upstream in the tiers of their server lines, each with the policy that chooses among them. */
import { backupPolicyOf, policyOf } from '../balance/policies.ts'
import type { PolicyState, TimedPolicy } from '../balance/policy.ts'
import { boundRoundRobin, roundRobin } from '../balance/round-robin.ts'
import type { MethodModel, UpstreamModel } from '../model/model.ts'
import { tiersOf } from '../model/tiers.ts'
import type { GroupRow } from '../shared/group-row.ts'
import type { ListedPeer } from './eligibility.ts'
import type { PeerList } from './peer-list.ts'

type MakeList = (peers: readonly ListedPeer[], policy: TimedPolicy, state: PolicyState) => PeerList

/** Throws for a method that `policyOf` refuses. */
export function tierLists(
  model: UpstreamModel,
  listed: readonly ListedPeer[],
  make: MakeList,
  row: GroupRow,
  /** In place of the one that the model names. */
  own: TimedPolicy | null,
): readonly PeerList[] {
  const choose = (policy: TimedPolicy | string): TimedPolicy => {
    const found = required(policy, model.method)
    return model.sticky !== undefined && found === roundRobin ? boundRoundRobin : found
  }
  const method = choose(own ?? policyOf(model.method))
  const backupMethod = choose(own ?? backupPolicyOf(model.method))
  let from = 0
  return inTiers(model, listed).map((peers, tier) => {
    const state = row.list(tier, from, peers.length)
    from += peers.length
    return make(peers, peers[0]!.peer.server.backup ? backupMethod : method, state)
  })
}

function inTiers({ preferZone }: UpstreamModel, listed: readonly ListedPeer[]): readonly ListedPeer[][] {
  const tiers = tiersOf(
    listed.map(({ peer }) => peer.server),
    preferZone,
  )
  return Object.values(Object.groupBy(listed, (_, index) => tiers[index]!)).filter(list => list !== undefined)
}

function required(policy: TimedPolicy | string, method: MethodModel): TimedPolicy {
  if (typeof policy === 'string') throw new TypeError(`cannot balance by "${method.name}": ${policy}`)
  return policy
}
