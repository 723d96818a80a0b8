/** Which channel a socket gets: the fast one where this runtime and the socket allow it. */
import type { Socket } from 'node:net'
import type { Channel, ChannelUser } from './channel.ts'
import { FastChannel } from './fast-channel.ts'
import { PortableChannel } from './portable-channel.ts'
import type { ReadBuffers } from './read-buffers.ts'

/** A paused channel over a fresh, connected socket; a TLS socket once it is secured. */
export function makeChannel(socket: Socket, buffers: ReadBuffers, user: ChannelUser = nobody): Channel {
  if (buffers.internals === null || 'encrypted' in socket || socket.readableLength > 0)
    return new PortableChannel(socket, buffers.onBug, user)
  return new FastChannel(socket, buffers, user)
}

/** Has a channel until `attach`. */
export const nobody: ChannelUser = { received() {}, drained() {}, ended() {}, closed() {} }
