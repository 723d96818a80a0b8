/**
 * The demo's dashboard: a server besides the tutorial's, on loopback, with the page and the API that it shows. It is
 * added to what the tutorial's file says when that is read, so that the file stays as short as it is, however often it is
 * edited and reloaded.
 */
import { diskFiles } from '../config/nginx/disk.ts'
import { readConfiguration } from '../config/nginx/read.ts'
import { probeAll } from '../control/listening/listeners.ts'
import type { Source } from '../control/loading.ts'
import { portProblem } from './text-servers.ts'

/** Where it is looked for; the ones after it are taken when it is in use. */
const PORT = 8090
const PORTS = 10

/** `wanted` null: one that is free; null: none is, and the demo goes on without. */
export async function dashboardPort(wanted: number | null): Promise<number | null> {
  const ports = wanted === null ? Array.from({ length: PORTS }, (_, index) => PORT + index) : [wanted]
  for (const port of ports) {
    const [taken] = await probeAll([{ host: '127.0.0.1', port }])
    if (taken === undefined) return port
    if (wanted !== null) throw portProblem({ code: taken.code, port }, 'choose another with --dashboard')
  }
  return null
}

/** Puts the dashboard's server behind those of the file. */
export function addDashboard(port: number): NonNullable<Source['amend']> {
  return model => {
    const { model: added } = readConfiguration({ path: 'the demo', text: text(port), prefix: '/', files: diskFiles })
    const { http } = model
    const servers = added?.http?.servers ?? []
    return http === null ? model : { ...model, http: { ...http, servers: [...http.servers, ...servers] } }
  }
}

function text(port: number): string {
  return `server {
    listen 127.0.0.1:${port};
    access_log off;
    location = / { return 302 /dashboard.html; }
    location = /dashboard.html { dashboard; }
    location /api/ { api write=on; }
}
`
}
