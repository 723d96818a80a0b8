/** What origins are told of the client by `forwarded on`. */
export interface ForwardedSettings {
  forwarded: boolean
  /** Addresses and networks of proxies that are believed; also `unix:` and `all`. */
  forwardedTrusted: readonly string[]
}

export const forwardedDefaults: ForwardedSettings = { forwarded: false, forwardedTrusted: [] }
