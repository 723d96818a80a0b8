/**
 * What programs may import: configurations, typed or in nginx's language, and what is wrong with them.
 * The only file that re-exports; everything else is the command's.
 */
export { defineConfig, type Config } from './config/code/define-config.ts'
export { ConfigurationError, start, type Balancer, type StartOptions } from './control/start.ts'
export { ApiRefusal } from './control/balancer-upstreams.ts'
export type { BalancerServer, BalancerUpstream, ServerSettings } from './control/balancer-upstreams.ts'
export type { BalancerEvent, EventOptions } from './control/balancer-events.ts'
export type { FetchOptions } from './control/hosting/fetch-handler.ts'
export { readConfiguration } from './config/nginx/read.ts'
export { formatProblem } from './config/nginx/problems.ts'
export { diskFiles } from './config/nginx/disk.ts'
export type { Model } from './model/model.ts'
export type { Settings } from './model/settings.ts'
export {
  distribution,
  peers,
  policyNamed,
  VirtualClock,
  type DistributionOptions,
  type Table,
} from './lab/policy-kit.ts'
export { seeded } from './shared/seeded.ts'
export { simulate, type Simulated, type Simulation } from './lab/simulation.ts'
export type { AnswerTimes, Eligible, PeerTable, PickInput, Picker, PolicyState } from './balance/policy.ts'
export type { TimedPolicy as Policy } from './balance/policy.ts'
export type {
  CodeRequest,
  CodeResponse,
  CodeVariable,
  FailedAttempt,
  ResponseStep,
  RetryRule,
  Step,
  StepAnswer,
  StepRequest,
} from './exchange/code.ts'
