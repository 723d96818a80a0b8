/** Text that somebody else wrote, made safe inside a page of ours: an address or a file's name may hold a script. */

export function escapeHtml(text: string): string {
  return text.replace(/[<>&"]/g, found => entities[found]!)
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' }
