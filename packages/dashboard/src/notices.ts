/** What stands above everything when something is in the way, and what to do about it. */
import type { Trouble } from './client.ts'

export interface Notice {
  readonly level: 'problem' | 'hint'
  readonly title: string
  readonly text: string
  /** Configuration that helps. */
  readonly code?: string
}

export function troubleNotice({ kind, detail }: Trouble, api: string, seenBefore: boolean): Notice {
  switch (kind) {
    case 'unreachable':
      return {
        level: 'problem',
        title: 'The balancer does not answer',
        text: `${sentence(detail)} ${seenBefore ? 'What you see is what was known last. ' : ''}Trying again.`,
      }
    case 'refused':
      return {
        level: 'problem',
        title: `The API at ${api} refuses`,
        text: sentence(detail),
        code: `location ${api} { api; allow 192.0.2.0/24; deny all; }`,
      }
    case 'missing':
      return {
        level: 'problem',
        title: `There is no API at ${api}`,
        text: `${sentence(detail)} Add a location for it, or say where it is with dashboard api=/path/; and reload.`,
        code: `location ${api} { api write=on; }`,
      }
  }
}

export function readOnlyNotice(api: string): Notice {
  return {
    level: 'hint',
    title: 'Read-only',
    text: 'Servers can be changed from here where the API may be written to:',
    code: `location ${api} { api write=on; }`,
  }
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`
}
