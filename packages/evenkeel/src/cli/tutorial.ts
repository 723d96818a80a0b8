/**
 * The tutorial's configuration. The file in examples/ is what people read and edit, so it is what runs from a
 * checkout; a published package has no examples, hence the same text here (a test keeps the two equal).
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const tutorialFile: string = fileURLToPath(new URL('../../../../examples/tutorial/nginx.conf', import.meta.url))

export const tutorialPorts: TutorialPorts = { front: 8080, servers: [8000, 8001, 8002] }

export interface TutorialPorts {
  readonly front: number
  readonly servers: readonly [number, number, number]
}

export const tutorialText = `upstream backend {
    server localhost:8000;
    server localhost:8001;
    server localhost:8002;
}
server {
    listen 8080;
    location / {
        proxy_pass http://backend;
    }
}
`

/** The file's text if there is one, else ours. */
export function readTutorial(): { text: string; file: string | null } {
  try {
    return { text: readFileSync(tutorialFile, 'utf8'), file: tutorialFile }
  } catch {
    return { text: tutorialText, file: null }
  }
}

/** The text with other ports; each port is replaced where the tutorial has it and nowhere else. */
export function withPorts(text: string, ports: TutorialPorts): string {
  let changed = text.replace(/\blisten 8080;/, `listen ${ports.front};`)
  for (const [index, port] of tutorialPorts.servers.entries()) {
    changed = changed.replace(`server localhost:${port};`, `server localhost:\0${ports.servers[index]};`)
  }
  return changed.replaceAll('\0', '')
}
