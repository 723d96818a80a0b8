/** A program that proxies, and how it is told a workload's shape in its own language. */
import { accessSync, constants } from 'node:fs'
import type { Shape } from '../workloads.ts'

export interface Setup {
  readonly shape: Shape
  /** Where it has to listen, on 127.0.0.1. */
  readonly port: number
  /** Ports of the origins. */
  readonly origins: readonly number[]
  readonly workers: number
  /** A folder of its own, with a slash at the end; `logs/` and `temp/` exist in it. */
  readonly folder: string
}

export interface Launch {
  readonly command: readonly string[]
  /** Written below the folder first. */
  readonly files: Readonly<Record<string, string>>
}

export interface Peer {
  readonly name: string
  readonly kind: 'nginx' | 'other' | 'node'
  readonly shapes: readonly Shape[]
  /** Why it cannot take part, or undefined. */
  readonly missing: string | undefined
  readonly versionCommand: readonly string[]
  launch(setup: Setup): Launch
}

/** The full path of a program, also where only root has it on the PATH. */
export function find(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders
    .map(folder => `${folder}/${program}`)
    .find(path => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
