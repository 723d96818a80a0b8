/** What asks inside on behalf of a request: whether it may pass, for parts of a page, for a copy, or afterwards. */
import type { Settings } from '../../../model/settings.ts'
import { alsoInIf, everywhere, flag, once, row, size, type Directive } from '../table.ts'
import { contentTypes } from './content-types.ts'
import { newVariable } from './rewrite.ts'

export const subrequestDirectives: readonly Directive[] = [
  path('auth_request', 'authRequest', 'uri | off', 'off', 'Asks this location first whether a request may pass.'),
  {
    ...row(
      'auth_request_set',
      everywhere,
      '$variable value',
      null,
      'Gives a variable a value once auth_request has its answer.',
    ),
    arguments: [2, 2],
    apply: (place, statement) => {
      const variable = newVariable(place, statement, 1)
      const value = place.template(statement, 2)
      if (variable !== null && value !== null) place.append(statement, 'authRequestSet', { variable, value })
    },
  },
  {
    ...row(
      'mirror',
      everywhere,
      'uri | off',
      'off',
      'Location that gets a copy of each request; its answer is dropped.',
    ),
    apply: (place, statement) => {
      const uri = statement.words[1] ?? ''
      const before = place.settings.mirror
      if (uri === 'off' ? before !== undefined : before?.length === 0) {
        return place.failDirective(statement, 'is duplicate')
      }
      if (uri === 'off') place.put(statement, 'mirror', [])
      else place.append(statement, 'mirror', uri)
    },
  },
  flag('mirror_request_body', 'mirrorRequestBody', 'on', 'Whether the body is mirrored; it is read whole first then.'),
  path('add_before_body', 'addBeforeBody', 'uri', null, 'Location whose response goes before the body.'),
  path('add_after_body', 'addAfterBody', 'uri', null, 'Location whose response goes after the body.'),
  contentTypes('addition_types', 'additionTypes', 'text/html', 'Types besides text/html that bodies are added to.'),
  path('post_action', 'postAction', 'uri | off', 'off', 'Location that is asked after each response.'),
  size(
    'subrequest_output_buffer_size',
    'subrequestOutputBufferSize',
    '4k',
    'Longest response of a subrequest that a variable takes.',
  ),
  size('slice', 'slice', '0', 'Bytes of a response that are asked for at a time, by $slice_range.'),
  flag('ssi', 'ssi', 'off', 'Whether SSI commands in responses are carried out.', alsoInIf),
  contentTypes('ssi_types', 'ssiTypes', 'text/html', 'Types besides text/html that are searched for SSI commands.'),
  flag('ssi_silent_errors', 'ssiSilentErrors', 'off', 'Whether SSI commands that fail leave no text in the page.'),
  flag('ssi_last_modified', 'ssiLastModified', 'off', 'Whether pages made by SSI keep their Last-Modified and ETag.'),
  size('ssi_value_length', 'ssiValueLength', '256', 'Longest value of a parameter of an SSI command.'),
]

type PathKey = 'authRequest' | 'addBeforeBody' | 'addAfterBody' | 'postAction'

function path(
  name: string,
  key: PathKey & keyof Settings,
  syntax: string,
  standard: string | null,
  text: string,
): Directive {
  return {
    ...row(name, everywhere, syntax, standard, text),
    apply: (place, statement) => {
      if (!once(place, statement, key)) return
      const uri = statement.words[1] ?? ''
      const none = uri === '' || (syntax.endsWith('off') && uri === 'off')
      place.put(statement, key, none ? null : uri)
    },
  }
}
