/**
 * Runs as a process of its own: gets everything ready, waits for one byte on descriptor 3, and
 * becomes the traced program. So its pid is known before its first instruction, and the trace begins
 * with its exec. Reports on descriptor 4, which the exec closes: `ready`, or why it failed.
 */
import { readSync, writeFileSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { execProgram, limitOpenFiles, resetSignal, setCloseOnExec } from './syscalls.ts'

/** What the launcher is told, as JSON in its only argument. */
export interface LaunchOrder {
  readonly path: string
  readonly argv: readonly string[]
  readonly user?: {
    readonly name: string
    readonly uid: number
    readonly gid: number
    readonly home: string
  }
  /** Soft and hard limit of open files to go back to: Node raises the soft one. */
  readonly openFiles?: { readonly soft: string; readonly hard: string }
  readonly umask?: number
  /** Variables of the environment that are kept away from Node itself. */
  readonly nodeEnv: NodeJS.ProcessEnv
}

const GO = 3
const REPORT = 4

/** Signals that Node ignores, which an exec would pass on. */
const IGNORED = [constants.signals.SIGPIPE, constants.signals.SIGXFSZ]

function launch(order: LaunchOrder): void {
  // Node marks all that it inherits as closed on exec, the standard streams too.
  for (const fd of [0, 1, 2]) setCloseOnExec(fd, false)
  for (const fd of [GO, REPORT]) setCloseOnExec(fd, true)
  writeFileSync('/proc/self/comm', 'traceduck')
  for (const signal of IGNORED) resetSignal(signal)
  if (order.openFiles) {
    limitOpenFiles(BigInt(order.openFiles.soft), BigInt(order.openFiles.hard))
  }
  if (order.umask !== undefined) process.umask(order.umask)
  Object.assign(process.env, order.nodeEnv)
  if (order.user) becomeUser(order.user)
  writeSync(REPORT, 'ready\n')
  if (readSync(GO, new Uint8Array(1)) === 0) process.exit(0)
  becomeProgram(order.path, order.argv)
}

/** `initgroups` is not in the type definitions of Node 20. */
interface GroupCalls {
  initgroups(user: string, group: number): void
  setgid(group: number): void
  setuid(user: number): void
}

function becomeUser({ name, uid, gid }: NonNullable<LaunchOrder['user']>): void {
  const calls = process as unknown as GroupCalls
  calls.initgroups(name, gid)
  calls.setgid(gid)
  calls.setuid(uid)
}

/** As execvp(3) does, a text file without an interpreter line is given to the shell. */
function becomeProgram(path: string, argv: readonly string[]): void {
  try {
    execProgram(path, argv)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOEXEC') throw error
    execProgram('/bin/sh', ['sh', path, ...argv.slice(1)])
  }
}

try {
  launch(JSON.parse(process.argv[2]!) as LaunchOrder)
} catch (error) {
  writeSync(REPORT, `${(error as Error).message}\n`)
  process.exit(127)
}
