import type { Exchange } from '../exchange/exchange.ts'
import type { ErrorLog, ExchangeLog } from '../exchange/route.ts'
export class Logs {
  readonly main: ErrorLog = { level: 8, write: (_l, t) => console.error(t) }
  constructor(_prefix: string, _pid: number, _index: number) {}
  configure(_m: unknown): void {}
  accessLogs(..._a: unknown[]): ExchangeLog[] { return [] }
  errorLog(_m: unknown): ErrorLog { return this.main }
  suffix(_e: Exchange): string { return '' }
  bug(e: unknown): void { console.error('BUG', e) }
  reopen(): void {}
  flush(): Promise<void> { return Promise.resolve() }
  close(): void {}
}
