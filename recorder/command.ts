/** The traced command: ready but for its exec until tracing is on, and in nothing else changed. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { TraceError } from '../parser/error.ts'
import type { LaunchOrder } from './command-launcher.ts'
import { findProgram } from './find-program.ts'

/** What to run. */
export interface CommandRequest {
  readonly argv: readonly string[]
  /** Name of the user to run it as. */
  readonly user?: string | undefined
  /** Its file mode creation mask; ours unless given. */
  readonly umask?: number | undefined
  readonly env?: NodeJS.ProcessEnv
}

/** A command between its fork and its end. */
export interface StartedCommand {
  /** Resolves when it is stopped just before its exec; rejects with `ERR_COMMAND_EXEC`. */
  readonly ready: Promise<void>
  /** Its process id, the same before and after the exec. */
  readonly pid: number
  /** Lets it exec. */
  release(): void
  /**
   * Its status, 128 + signal where one ended it. Rejects with `ERR_COMMAND_EXEC` when the exec failed.
   */
  readonly ended: Promise<number>
  /** Passes a signal on, unless the terminal sent it to the command as well. */
  forward(signal: NodeJS.Signals): void
  /** Ends it at once. */
  kill(): void
}

/**
 * Starts a command with our own standard streams and environment, to be stopped just before its
 * exec. Throws `ERR_COMMAND_MISSING` when there is no such program, `ERR_COMMAND` for no such user.
 */
export function startCommand(request: CommandRequest): StartedCommand {
  const env = request.env ?? process.env
  const order = makeOrder(request, env)
  const child = spawn(process.execPath, [launcherPath(), JSON.stringify(order)], {
    env: { ...withoutNodes(env), ...userEnv(order.user) },
    stdio: ['inherit', 'inherit', 'inherit', 'pipe', 'pipe'],
  })
  const ended = endOf(child)
  const go = child.stdio[3] as Writable
  const report = new Report(child.stdio[4] as Readable)
  go.on('error', () => {})
  const waitUntilReady = async (): Promise<void> => {
    const first = await Promise.race([report.line(), ended.then(() => undefined)])
    if (first !== 'ready') throw failure(request, first ?? 'its launcher ended')
  }
  const ready = waitUntilReady()
  const done = ended.then(async (status) => {
    const problem = status === 127 ? await report.line() : undefined
    if (problem !== undefined) throw failure(request, problem)
    return status
  })
  // Whoever waits gets the rejection; it may come before anybody does.
  for (const promise of [ready, done]) promise.catch(() => {})
  if (child.pid === undefined) throw failure(request, 'no process can be started')
  return {
    ready,
    pid: child.pid,
    release: () => void go.end('g'),
    ended: done,
    forward: (signal) => {
      if (!sentByTerminal(signal)) child.kill(signal)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

function launcherPath(): string {
  const url = new URL('./command-launcher.ts', import.meta.url)
  if (import.meta.url.endsWith('.js')) url.pathname = url.pathname.replace(/\.ts$/, '.js')
  return fileURLToPath(url)
}

function makeOrder({ argv, user, umask }: CommandRequest, env: NodeJS.ProcessEnv): LaunchOrder {
  const [name = ''] = argv
  const path = findProgram(name, env)
  if (path === undefined) {
    throw new TraceError('ERR_COMMAND_MISSING', `there is no program '${name}'`, {
      hint: name.includes('/') ? 'check the path' : 'give its path, or check PATH',
    })
  }
  const openFiles = parentOpenFiles()
  return {
    path,
    argv,
    ...(user === undefined ? {} : { user: findUser(user) }),
    ...(openFiles === undefined ? {} : { openFiles }),
    ...(umask === undefined ? {} : { umask }),
    nodeEnv: Object.fromEntries(Object.entries(env).filter(([name]) => isNodes(name))),
  }
}

/** Variables that Node itself obeys: options, code to load, certificates to parse. */
function isNodes(name: string): boolean {
  return name.startsWith('NODE_')
}

function withoutNodes(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !isNodes(name)))
}

/** The limits before Node raised its own are still those of the process that started it. */
function parentOpenFiles(): LaunchOrder['openFiles'] {
  const path = `/proc/${process.ppid}/limits`
  if (!existsSync(path)) return undefined
  try {
    const [, soft, hard] = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readFileSync(path, 'utf8')) ?? []
    return soft === undefined || hard === undefined ? undefined : { soft, hard }
  } catch {
    return undefined
  }
}

function findUser(name: string): NonNullable<LaunchOrder['user']> {
  const line = accountLine(name)
  const [, , uid, gid, , home] = line?.split(':') ?? []
  if (line === undefined || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) {
    throw new TraceError('ERR_COMMAND', `there is no user '${name}'`, {
      hint: 'give the name of an account of this machine',
    })
  }
  return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/' }
}

function accountLine(name: string): string | undefined {
  const local = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`${name}:`))
  if (local !== undefined) return local
  try {
    return execFileSync('getent', ['passwd', '--', name], { encoding: 'utf8', stdio: 'pipe' })
  } catch {
    return undefined
  }
}

function userEnv(user: LaunchOrder['user']): NodeJS.ProcessEnv {
  return user === undefined ? {} : { HOME: user.home, USER: user.name, LOGNAME: user.name }
}

function endOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]))
    })
  })
}

/** Lines of the launcher, one at a time. */
class Report {
  readonly #lines: AsyncIterator<string>

  constructor(stream: Readable) {
    this.#lines = splitLines(stream)
  }

  /** The next line, undefined once the launcher has become the program or is gone. */
  async line(): Promise<string | undefined> {
    const { value, done } = await this.#lines.next()
    return done ? undefined : value
  }
}

async function* splitLines(stream: Readable): AsyncGenerator<string> {
  let text = ''
  stream.setEncoding('utf8')
  for await (const piece of stream as AsyncIterable<string>) {
    text += piece
    const lines = text.split('\n')
    text = lines.pop()!
    yield* lines
  }
}

function failure({ argv }: CommandRequest, problem: string): TraceError {
  return new TraceError('ERR_COMMAND_EXEC', `cannot run '${argv[0]}': ${problem}`, {
    hint: 'check that the program may be executed by this user',
  })
}

/** Ctrl-C and Ctrl-\ reach the whole foreground group, the command included. */
function sentByTerminal(signal: NodeJS.Signals): boolean {
  if (signal !== 'SIGINT' && signal !== 'SIGQUIT') return false
  const stat = readFileSync('/proc/self/stat', 'utf8')
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return group === foreground
}
