/**
 * disable_symlinks: whether the path of an open file went over a symbolic link.
 *
 * Where the file really lies is asked of the open descriptor, so that nothing can be swapped between looking and
 * opening: without links that is the path that was asked for, letter by letter. For links that may be followed when
 * they and their target have one owner, every link on the way is looked at, and the descriptor has to lie where they
 * led. `from` is the start of a path that may hold any links.
 */
import { lstat, readlink, realpath, stat } from 'node:fs'
import type { Exchange } from '../../exchange/exchange.ts'
import type { Settings } from '../../model/settings.ts'
import type { Compile } from '../compile.ts'
import { systemPath, toProblem, type PathProblem } from './path-test.ts'

/** Calls back with null when the file may be sent. */
export type LinkTest = (
  exchange: Exchange,
  path: string,
  fd: number,
  done: (problem: PathProblem | null) => void,
) => void

/** null: links are followed. */
export function compileLinkTest({ disableSymlinks }: Settings, compile: Compile): LinkTest | null {
  const { mode, from } = disableSymlinks
  if (mode === 'off') return null
  const free = from === null ? null : compile.text(from)
  return (exchange, path, fd, done) => {
    const start = freeLength(path, free?.(exchange) ?? '')
    if (start === path.length) return done(null)
    resolveFree(path.slice(0, start), (base, problem) => {
      if (problem !== null) return done(problem)
      follow(base, names(path.slice(start)), mode === 'if_not_owner', (lies, failed) => {
        if (failed !== null) return done(failed)
        readlink(`/proc/self/fd/${fd}`, 'latin1' as BufferEncoding, (error, found) => {
          // Without /proc the walk itself is all there is to go by.
          if (error !== null) return done(error.code === 'ENOENT' ? null : toProblem(error))
          done(found === lies ? null : loop)
        })
      })
    })
  }
}

const loop: PathProblem = { errno: 40, code: 'ELOOP' }

type Found = (path: string, problem: PathProblem | null) => void

/** How much of a path may hold links: all of `from`, if the path is in it. */
function freeLength(path: string, from: string): number {
  if (from === '' || !path.startsWith(from)) return 0
  if (path.length === from.length || path.charAt(from.length) === '/') return from.length
  return from.endsWith('/') ? from.length - 1 : 0
}

function resolveFree(path: string, done: Found): void {
  if (path === '') return done('', null)
  realpath(systemPath(path), 'latin1' as BufferEncoding, (error, found) => {
    if (error !== null) done('', toProblem(error))
    else done(found === '/' ? '' : found, null)
  })
}

function names(path: string): string[] {
  return path.split('/').filter(name => name !== '' && name !== '.')
}

function follow(base: string, rest: readonly string[], owned: boolean, done: Found): void {
  const [name, ...others] = rest
  if (name === undefined) return done(base, null)
  const path = `${base}/${name}`
  lstat(systemPath(path), (error, link) => {
    if (error !== null) return done('', toProblem(error))
    if (!link.isSymbolicLink()) return follow(path, others, owned, done)
    if (!owned) return done('', loop)
    stat(systemPath(path), (problem, target) => {
      if (problem !== null) return done('', toProblem(problem))
      if (target.uid !== link.uid) return done('', loop)
      resolveFree(path, (found, failed) => (failed === null ? follow(found, others, owned, done) : done('', failed)))
    })
  })
}
