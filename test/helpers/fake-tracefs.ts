/** A folder that looks like tracefs, for tests that run on any machine. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { Tracefs } from '../../recorder/tracefs.ts'

/** A fake tree; files hold what is written to them. */
export interface FakeTracefs {
  readonly tracefs: Tracefs
  /** A folder for journals. */
  readonly runtime: string
  text(path: string): string
  put(path: string, text: string): void
  putBytes(path: string, bytes: Uint8Array): void
}

const EVENTS: Readonly<Record<string, readonly string[]>> = {
  sched: ['sched_switch', 'sched_waking', 'sched_wakeup', 'sched_wakeup_new'],
  net: ['net_dev_xmit', 'netif_rx'],
  irq: ['softirq_entry'],
}

const FILES: Readonly<Record<string, string>> = {
  trace: '',
  tracing_on: '1\n',
  trace_clock: '[local] global counter mono boot\n',
  current_tracer: 'nop\n',
  available_tracers: 'blk function nop\n',
  buffer_size_kb: '7 (expanded: 1408)\n',
  buffer_subbuf_size_kb: '4\n',
  tracing_cpumask: '3\n',
  saved_cmdlines_size: '128\n',
  set_event_pid: '',
  set_event_notrace_pid: '',
  uprobe_events: '',
  error_log: '',
  'options/stacktrace': '0\n',
  'options/event-fork': '0\n',
  'options/overwrite': '1\n',
  'per_cpu/cpu0/buffer_size_kb': '1408\n',
  'per_cpu/cpu1/buffer_size_kb': '1408\n',
}

/** Makes a tree that is removed when the test ends. */
export function fakeTracefs(t: Test): FakeTracefs {
  const root = mkdtempSync(join(tmpdir(), 'traceduck-fake-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  const mount = join(root, 'tracing')
  const put = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(mount, path)), { recursive: true })
    writeFileSync(join(mount, path), content)
  }
  mkdirSync(join(mount, 'instances'), { recursive: true })
  for (const [path, text] of Object.entries(FILES)) put(path, text)
  put('available_events', `${fakeEvents().join('\n')}\n`)
  for (const event of fakeEvents()) {
    const folder = `events/${event.replace(':', '/')}`
    put(`${folder}/enable`, '0\n')
    put(`${folder}/filter`, 'none\n')
    put(`${folder}/trigger`, '# Available triggers:\n# traceon traceoff\n')
    put(`${folder}/format`, FORMAT)
  }
  return {
    tracefs: new Tracefs(mount),
    runtime: join(root, 'run'),
    text: (path) => readFileSync(join(mount, path), 'utf8').trimEnd(),
    put,
    putBytes: put,
  }
}

/** All events of the tree, `system:event`. */
export function fakeEvents(): string[] {
  return Object.entries(EVENTS).flatMap(([system, names]) =>
    names.map((name) => `${system}:${name}`),
  )
}

const FORMAT = `name: x
ID: 7
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;
\tfield:pid_t pid;\toffset:24;\tsize:4;\tsigned:1;

print fmt: "x"
`
