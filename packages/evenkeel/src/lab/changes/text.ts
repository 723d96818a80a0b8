/** Changes for people: what goes is marked -, what comes +, what is otherwise ~. */
import { isNothing, shown, type Changes, type ServerChange, type SettingChange } from './changes.ts'

export function changesText(changes: Changes): string {
  if (isNothing(changes)) return 'nothing would change\n'
  const { listeners, routes, upstreams, settings } = changes
  const parts = [
    section('listeners', [...listeners.removed.map(one => `- ${one}`), ...listeners.added.map(one => `+ ${one}`)]),
    section(
      'routes',
      routes.map(({ address, host, path, before, after }) => {
        const sign = before === null ? '+' : after === null ? '-' : '~'
        const where = `${address}${host === '' ? '' : ` ${host}`} ${path}`
        return `${sign} ${where}: ${before ?? 'nobody'} -> ${after ?? 'nobody'}`
      }),
    ),
    section(
      'upstreams',
      upstreams.flatMap(({ upstream, change, servers, settings: own }) => [
        `${change === 'added' ? '+' : change === 'removed' ? '-' : '~'} ${upstream}`,
        ...servers.map(server => `    ${serverText(server)}`),
        ...own.map(setting => `    ${settingText(setting)}`),
      ]),
    ),
    section(
      'settings',
      settings.map(setting => settingText(setting, setting.place)),
    ),
  ]
  return parts.filter(part => part !== '').join('\n')
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map(line => `  ${line}\n`).join('')}`
}

function serverText({ server, change, details }: ServerChange): string {
  if (change === 'added') return `+ ${server}`
  if (change === 'removed') return `- ${server} (what is under way there is finished)`
  return `~ ${server} ${change === 'changed' ? '' : `${change}: `}${details.join(', ')}`
}

function settingText({ name, before, after }: SettingChange, place = ''): string {
  return `~ ${place === '' ? '' : `${place}: `}${name}: ${shown(before)} -> ${shown(after)}`
}
