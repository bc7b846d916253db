/** What tests on a real tracefs share. */
import { spawn, spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs'
import { main, type Ran } from './cli.ts'

const TRACEFS = '/sys/kernel/tracing'

/** Why live tests cannot run here, false where they can. */
export function noTracefs(): string | false {
  try {
    accessSync(`${TRACEFS}/instances`, constants.W_OK)
    return existsSync(`${TRACEFS}/events`) ? false : 'tracefs is not mounted'
  } catch {
    return 'no tracefs that may be written'
  }
}

/** Why texts cannot be compared with trace-cmd's, false where they can. */
export function noTraceCmd(): string | false {
  return spawnSync('trace-cmd', ['--version']).error ? 'trace-cmd is not installed' : false
}

/** Events that `trace-cmd report -t` prints, as `cpu ts name`; its warnings are an error. */
export function reportedEvents(path: string): string[] {
  const options = { encoding: 'utf8', maxBuffer: 2 ** 28 } as const
  const { stdout, stderr, status } = spawnSync('trace-cmd', ['report', '-t', path], options)
  if (status !== 0 || stderr !== '') throw new Error(`trace-cmd report: ${status} ${stderr}`)
  return stdout.split('\n').flatMap((line) => {
    const found = /\[(\d+)\] +(\d+\.\d{9}): (\w+):/.exec(line)
    return found ? [`${Number(found[1])} ${found[2]} ${found[3]}`] : []
  })
}

/** What a recording by process `pid` has left in tracefs, which others use at the same time. */
export function leftovers(pid: number): string[] {
  const own = readdirSync(`${TRACEFS}/instances`).filter((name) =>
    name.startsWith(`traceduck-${pid}`),
  )
  const lists = ['set_event_pid', 'set_event_notrace_pid'].filter((name) =>
    readFileSync(`${TRACEFS}/${name}`, 'utf8').split('\n').includes(String(pid)),
  )
  return [...own, ...lists]
}

/** Whether the recording by process `pid` is under way. */
export function isTracing(pid: number): boolean {
  const path = `${TRACEFS}/instances/traceduck-${pid}/tracing_on`
  return existsSync(path) && readFileSync(path, 'utf8').trim() === '1'
}

/** Starts `traceduck`; `ended` has its exit status and what it said. */
export function startTraceduck(args: readonly string[]): {
  readonly pid: number
  readonly kill: (signal: NodeJS.Signals) => void
  readonly ended: Promise<{ readonly status: number | null; readonly stderr: string }>
} {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => (stderr += data))
  return {
    pid: child.pid!,
    kill: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => child.on('exit', (status) => resolve({ status, stderr }))),
  }
}

/** Why events cannot be made to get lost, false where they can. */
export function noLosses(): string | false {
  const { status } = spawnSync('taskset', ['-c', '1', 'true'])
  return status === 0 ? false : 'needs taskset and a second CPU'
}

/**
 * Records calls so that some get lost: the load stops the recorder, its parent, until it has come
 * many times round a small buffer.
 */
export function recordLosses(path: string, ...options: readonly string[]): Ran {
  const events = ['-e', 'raw_syscalls', '-b', '8', '--wake', '100', ...options]
  const load = [
    'kill -STOP $PPID',
    'dd if=/dev/zero of=/dev/null bs=1 count=30000 status=none',
    'kill -CONT $PPID',
    'exit 0',
  ].join('; ')
  const command = ['taskset', '-c', '1', 'sh', '-c', load]
  const args = [main, 'record', '-o', path, ...events, '--', ...command]
  const ending = { encoding: 'utf8', input: '', timeout: 60_000, killSignal: 'SIGKILL' } as const
  const { status, stdout, stderr } = spawnSync(process.execPath, args, ending)
  return { status, out: stdout, err: stderr }
}
