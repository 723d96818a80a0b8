/** The balancer that the examples of this folder share: it listens on nothing, requests come from the framework around. */
import { start, type Balancer } from 'evenkeel'

export function startBalancer(addresses: readonly string[]): Promise<Balancer> {
  return start(
    {
      upstreams: { api: { servers: addresses } },
      servers: [
        {
          locations: { '/api/': { proxyPass: 'api', proxySetHeader: { Host: '$host', 'X-Real-IP': '$remote_addr' } } },
        },
      ],
    },
    { listen: false },
  )
}
