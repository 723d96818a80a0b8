/**
 * Eyes on a runtime as it is compiled, for explanations: each part that decides something may be replaced by one that
 * also tells what it decided. Traffic has none, and pays nothing for it.
 */
import type { Compile } from '../filter/compile.ts'
import type { ResolvedServer } from '../model/resolve.ts'
import type { CompiledServer } from '../proxy/listener-runtime.ts'
import type { CompiledRoute, RouteSource } from './compile/compile-route.ts'

export interface Watch {
  compile(compile: Compile): Compile
  server(server: CompiledServer, source: ResolvedServer): CompiledServer
  route(route: CompiledRoute, source: RouteSource): CompiledRoute
}
