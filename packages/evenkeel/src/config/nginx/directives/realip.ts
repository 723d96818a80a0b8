/** The client's address behind proxies. */
import { readNetwork } from '../addresses.ts'
import { everywhere, flag, once, row, type Directive } from '../table.ts'

export const realipDirectives: readonly Directive[] = [
  {
    ...row(
      'set_real_ip_from',
      everywhere,
      'address | network | name | unix:',
      null,
      'Proxies whose word about the address of the client is taken.',
    ),
    apply: (place, statement) => {
      const written = statement.words[1] ?? ''
      if (written !== 'unix:') {
        const network = readNetwork(written)
        if (network === null && !/^[\w.-]+$/.test(written)) {
          return place.fail(
            statement,
            1,
            `invalid host in set_real_ip_from "${written}"`,
            'it may be an address, a network such as 10.0.0.0/8, a name, or unix:',
          )
        }
        if (network?.loose === true) place.warn(statement, 1, `low address bits of ${written} are meaningless`)
      }
      place.append(statement, 'realIpFrom', written)
    },
  },
  {
    ...row(
      'real_ip_header',
      everywhere,
      'field | X-Real-IP | X-Forwarded-For | proxy_protocol',
      'X-Real-IP',
      'Where such proxies say it.',
    ),
    apply: (place, statement) => {
      if (once(place, statement, 'realIpHeader')) {
        place.put(statement, 'realIpHeader', (statement.words[1] ?? '').toLowerCase())
      }
    },
  },
  flag(
    'real_ip_recursive',
    'realIpRecursive',
    'off',
    'Whether addresses of further such proxies are passed over in a list.',
  ),
]
