/** `forwarded`: what servers are told of the client, without a proxy_set_header for each field. Not in nginx. */
import { readNetwork } from '../addresses.ts'
import { everywhere, flag, row, type Directive } from '../table.ts'

export const forwardedDirectives: readonly Directive[] = [
  flag(
    'forwarded',
    'forwarded',
    'off',
    'Whether servers are told of the client in X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host and Forwarded.',
  ),
  {
    ...row(
      'forwarded_trusted',
      everywhere,
      'address | network | unix: | all',
      null,
      'Proxies before this one whose own word on the client is passed on.',
    ),
    apply: (place, statement) => {
      const written = statement.words[1] ?? ''
      if (written !== 'all' && written !== 'unix:' && readNetwork(written) === null) {
        const remedy = 'it may be an address, a network such as 10.0.0.0/8, unix: or all'
        return place.fail(statement, 1, `invalid parameter "${written}"`, remedy)
      }
      place.append(statement, 'forwardedTrusted', written)
    },
  },
]
