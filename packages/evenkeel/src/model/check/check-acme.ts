/** ACME: who is asked exists, there is something to ask for, and no two issuers write into each other's folder. */
import { acmeCertificate, acmeVariables, isVariable } from '../acme.ts'
import type { ModelProblem } from './check.ts'
import type { HttpModel, ServerModel } from '../model.ts'
import type { Settings } from '../settings.ts'
import type { Template } from '../template.ts'

export function checkAcme(http: HttpModel): ModelProblem[] {
  const problems: ModelProblem[] = []
  const issuers = http.acmeIssuers ?? []
  const folders = new Map<string, string>()
  for (const [index, { name, statePath }] of issuers.entries()) {
    const path = `http.acmeIssuers.${index}`
    const error = (message: string, remedy?: string): unknown =>
      problems.push({ level: 'emerg', message, path, ...(remedy === undefined ? {} : { remedy }) })
    if (issuers.findIndex(one => one.name === name) < index) error(`duplicate acme_issuer "${name}"`)
    if (statePath === null) continue
    const other = folders.get(statePath)
    if (other !== undefined) {
      error(`"state_path" of acme_issuer "${name}" is that of "${other}", too`, 'give each issuer a folder of its own')
    }
    folders.set(statePath, name)
  }
  for (const [index, server] of http.servers.entries()) checkServer(http, server, `http.servers.${index}`, problems)
  return problems
}

function checkServer(http: HttpModel, server: ServerModel, path: string, problems: ModelProblem[]): void {
  const uses = usesVariables({ ...http.settings, ...server.settings })
  const certificate = acmeCertificate(server)
  if (certificate === null) {
    if (!uses || !server.listens.some(({ ssl }) => ssl)) return
    problems.push({
      level: 'emerg',
      message: '"$acme_certificate" is used in a server without "acme_certificate"',
      path,
      remedy: 'say who issues it: acme_certificate NAME_OF_AN_ACME_ISSUER;',
    })
    return
  }
  const at = `${path}.acmeCertificate`
  if (!(http.acmeIssuers ?? []).some(({ name }) => name === certificate.issuer)) {
    problems.push({ level: 'emerg', message: `unknown acme_issuer "${certificate.issuer}"`, path: at })
  }
  if (certificate.identifiers.length === 0) {
    problems.push({
      level: 'emerg',
      message: 'no identifiers for "acme_certificate"',
      path: at,
      remedy:
        'name them there or in server_name, without wildcards and patterns: acme_certificate ISSUER www.example.org;',
    })
  } else if (server.acmeCertificate?.identifiers.length === 0) {
    const covered = (text: string): boolean => certificate.identifiers.includes(text)
    if (server.names.some(name => name.kind === 'pattern' || (name.kind !== 'exact' && !covered(name.text)))) {
      const message = 'wildcards and patterns of "server_name" are left out of the certificate'
      problems.push({ level: 'warn', message, path: at })
    }
  }
}

function usesVariables({ sslCertificate = [], sslCertificateKey = [] }: Partial<Settings>): boolean {
  const has = (names: readonly Template[], variable: string): boolean => names.some(name => isVariable(name, variable))
  return has(sslCertificate, acmeVariables.certificate) || has(sslCertificateKey, acmeVariables.key)
}
