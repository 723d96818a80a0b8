/** How long a request may take upstream in all, and how long it waits before it is tried again. */
export interface RetryPaceSettings {
  /** proxy_total_timeout, ms, from the first attempt to the end of the answer; 0: no limit. */
  proxyTotalTimeout: number
  /** proxy_next_upstream_backoff, ms: the longest wait before the second attempt, which doubles with each; 0: none. */
  proxyNextUpstreamBackoff: number
  /** The longest wait before any attempt, ms. */
  proxyNextUpstreamBackoffMax: number
}

export const retryPaceDefaults: RetryPaceSettings = {
  proxyTotalTimeout: 0,
  proxyNextUpstreamBackoff: 0,
  proxyNextUpstreamBackoffMax: 1_000,
}
