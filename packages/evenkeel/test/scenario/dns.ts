/** A name server whose records a test changes as it likes; it counts what it is asked. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

export interface Records {
  readonly a?: readonly string[]
  /** `priority weight port target` */
  readonly srv?: readonly string[]
  readonly ttl?: number
  /** RCODE: 2 is SERVFAIL, 3 NXDOMAIN. */
  readonly code?: number
}

export class DnsServer implements AsyncDisposable {
  /** By name; one that is not there does not exist. */
  records: Readonly<Record<string, Records>> = {}
  /** `name type`, in order. */
  readonly asked: string[] = []
  readonly #socket: Socket = createSocket('udp4')

  static async start(records: Readonly<Record<string, Records>>): Promise<DnsServer> {
    const dns = new DnsServer()
    dns.records = records
    dns.#socket.on('message', (query, from) => dns.#socket.send(dns.#reply(query), from.port, from.address))
    dns.#socket.bind(0, '127.0.0.1')
    await once(dns.#socket, 'listening')
    return dns
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  #reply(query: Buffer): Buffer {
    const labels: string[] = []
    let at = 12
    while (query[at] !== 0) {
      labels.push(query.toString('latin1', at + 1, at + 1 + query[at]!))
      at += 1 + query[at]!
    }
    const type = query.readUInt16BE(at + 1)
    const name = labels.join('.')
    this.asked.push(`${name} ${type}`)
    const found = this.records[name] ?? { code: 3 }
    const data = type === 1 ? (found.a ?? []).map(addressData) : type === 33 ? (found.srv ?? []).map(serviceData) : []
    const answers = found.code === undefined ? data : []
    const head = Buffer.alloc(12)
    query.copy(head, 0, 0, 2)
    head.writeUInt16BE(0x8180 | (found.code ?? 0), 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt16BE(answers.length, 6)
    return Buffer.concat([
      head,
      query.subarray(12, at + 5),
      ...answers.map(bytes => {
        const fixed = Buffer.alloc(12)
        fixed.writeUInt16BE(0xc00c, 0)
        fixed.writeUInt16BE(type, 2)
        fixed.writeUInt16BE(1, 4)
        fixed.writeUInt32BE(found.ttl ?? 1, 6)
        fixed.writeUInt16BE(bytes.length, 10)
        return Buffer.concat([fixed, bytes])
      }),
    ])
  }
}

function addressData(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number))
}

function serviceData(record: string): Buffer {
  const [priority, weight, port, target = ''] = record.split(' ')
  const fixed = Buffer.alloc(6)
  for (const [index, value] of [priority, weight, port].entries()) fixed.writeUInt16BE(Number(value), index * 2)
  const labels = target.split('.').map(label => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([fixed, ...labels, Buffer.from([0])])
}
