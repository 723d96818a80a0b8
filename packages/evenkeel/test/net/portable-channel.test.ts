import { ReadBuffers } from '../../src/net/read-buffers.ts'
import { channelContract } from './channel.contract.ts'

channelContract({ name: 'portable', makeBuffers: onBug => new ReadBuffers({ onBug, internals: null }) })
