/** What a file of passwords says. */
export type Users = ReadonlyMap<string, string>

/** `name:hash`, perhaps with `:more` behind it; `#` begins a comment. Of a name that stands twice the first counts. */
export function readUsers(text: string): Users {
  const users = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, name, stored] = /^([^#:\r][^:\r]*):([^:\r]*)/.exec(line) ?? []
    if (name !== undefined && stored !== undefined && !users.has(name)) users.set(name, stored)
  }
  return users
}
