/**
 * Who the process becomes. All threads of a process share one user, so the change is made before the first worker is
 * started, and takes in libuv's threads (the C library changes all of them at once).
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { ProcessModel } from '../../model/model.ts'

export interface Identity {
  readonly uid: number
  readonly gid: number
  readonly name: string
}

/**
 * null: it stays who it is, since it is not root, or is told to stay root. A string is what is wrong. Nothing named
 * means `nobody` in nginx; without master and workers apart that would lock the process out of its own files, so here
 * only a `user` directive changes anything.
 */
export function chooseIdentity(user: ProcessModel['user'], isRoot: boolean): Identity | string | null {
  if (!isRoot || user === null) return null
  const passwd = findEntry('passwd', user.name)
  if (passwd === null) return `getpwnam("${user.name}") failed: there is no such user`
  const uid = Number(passwd[2])
  const group = user.group === null ? null : findEntry('group', user.group)
  if (user.group !== null && group === null) return `getgrnam("${user.group}") failed: there is no such group`
  if (uid === 0) return null
  return { uid, gid: Number(group === null ? passwd[3] : group[2]), name: user.name }
}

/** From root to that identity, for good. */
export function becomeIdentity(identity: Identity): void {
  process.setgid!(identity.gid)
  ;(process as unknown as { initgroups(user: string, group: number): void }).initgroups(identity.name, identity.gid)
  process.setuid!(identity.uid)
}

/** The fields of a user or group, from its file or whatever else the system looks in. */
function findEntry(database: 'passwd' | 'group', name: string): string[] | null {
  const lines = readFileSync(`/etc/${database}`, 'latin1').split('\n')
  const line = lines.find(one => one.startsWith(`${name}:`)) ?? askSystem(database, name)
  return line === null ? null : line.split(':')
}

function askSystem(database: string, name: string): string | null {
  try {
    const line = execFileSync('getent', [database, name], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] })
    return line.trim() === '' ? null : line.trim()
  } catch {
    return null
  }
}
