/** Trials of everything that concerns events, their triggers, and the buffers they go to. */
import { closeSync, constants, openSync, readFileSync, readSync } from 'node:fs'
import { TraceError } from '../parser/error.ts'
import { type DoctorCheck, type TrialPlace, tryFamily, tryOut } from './doctor-trial.ts'
import { availableEvents } from './event-select.ts'
import { pause } from './runtime-dir.ts'
import { listClocks, listTracers } from './settings.ts'
import type { Tracefs } from './tracefs.ts'

const EVENT = 'sched:sched_switch'
const EVENT_DIR = 'events/sched/sched_switch'
const TRIGGERS = ['stacktrace', 'traceoff', 'traceon', `enable_event:${EVENT}`, 'snapshot']
const HISTOGRAM = 'hist:keys=common_pid'
const BUILD = 'needs a kernel built with'
const LOCKDOWN = 'boot with lockdown off (often tied to Secure Boot); events work regardless'

/** Trials of events and what hangs on them. */
export function tryEvents({ instance }: TrialPlace): DoctorCheck[] {
  const group = 'events'
  return [
    tryOut({
      id: 'events',
      group,
      required: true,
      remedy: `${BUILD} CONFIG_EVENT_TRACING and a scheduler`,
      run: () => recordSome(instance),
    }),
    tryOut({
      id: 'drain',
      group,
      required: true,
      remedy: 'read access to per_cpu/*/trace_pipe_raw is needed',
      run: () => readRaw(instance),
    }),
    tryOut({
      id: 'event-filter',
      group,
      remedy: `${BUILD} CONFIG_EVENT_TRACING`,
      run: () => {
        instance.write(`${EVENT_DIR}/filter`, 'common_pid == 1 && prev_comm ~ "a*"')
        instance.write(`${EVENT_DIR}/filter`, '0')
        return 'numbers and globs'
      },
    }),
    tryOut({
      id: 'pid-filter',
      group,
      remedy: 'record without -P and -F, and filter with -f instead',
      run: () => tryPids(instance),
    }),
    tryFamily(
      { id: 'triggers', group, remedy: `${BUILD} CONFIG_EVENT_TRACING` },
      TRIGGERS,
      (trigger) => tryTrigger(instance, trigger),
    ),
    tryOut({
      id: 'histograms',
      group,
      remedy: `${BUILD} CONFIG_HIST_TRIGGERS; reports make histograms from recordings instead`,
      run: () => {
        tryTrigger(instance, HISTOGRAM)
        return 'hist triggers'
      },
    }),
    tryFamily(
      {
        id: 'stacks',
        group,
        remedy: `${BUILD} CONFIG_STACKTRACE and CONFIG_USER_STACKTRACE_SUPPORT`,
      },
      ['stacktrace', 'userstacktrace'],
      (option) => tryOption(instance, option),
    ),
    userStrings(instance),
  ]
}

/** Since 6.19 the events of system calls hold file names. */
function userStrings(instance: Tracefs): DoctorCheck {
  const format = instance.tryRead('events/syscalls/sys_enter_openat/format')
  const base = { id: 'syscall-strings', group: 'events' } as const
  if (format === undefined) {
    return {
      ...base,
      status: 'no',
      detail: 'no events of system calls',
      remedy: `${BUILD} CONFIG_FTRACE_SYSCALLS`,
    }
  }
  if (/__data_loc[^;]*__\w+_val;/.test(format)) {
    return { ...base, status: 'yes', detail: 'events of system calls hold file names' }
  }
  return {
    ...base,
    status: 'no',
    detail: 'events of system calls hold addresses of file names, not the names',
    remedy: 'presets such as files take the names from uprobes in libc',
  }
}

/** Records context switches for some milliseconds. */
function recordSome(instance: Tracefs): string {
  const count = availableEvents(instance).length
  instance.write(`${EVENT_DIR}/enable`, '1')
  instance.write('tracing_on', '1')
  for (let tries = 0; tries < 20; tries++) {
    pause(5)
    if (countLines(instance) > 0) break
  }
  instance.write('tracing_on', '0')
  instance.write(`${EVENT_DIR}/enable`, '0')
  if (countLines(instance) === 0) throw failed(`${EVENT} was enabled, and nothing was recorded`)
  return `${count} events, recording works`
}

/** Lines of the buffer that are events. */
export function countLines(instance: Tracefs): number {
  return instance
    .read('trace')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')).length
}

function readRaw(instance: Tracefs): string {
  const page = Buffer.alloc(65536)
  for (const cpu of instance.folders('per_cpu')) {
    const path = instance.resolve(`per_cpu/${cpu}/trace_pipe_raw`)
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const got = readSync(fd, page)
      if (got > 0) return `raw sub-buffers of ${got} bytes`
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    } finally {
      closeSync(fd)
    }
  }
  throw failed('no CPU gave any of what was recorded')
}

function tryPids(instance: Tracefs): string {
  instance.append('set_event_pid', String(process.pid))
  instance.write('set_event_pid', '')
  const extras: string[] = []
  if (instance.exists('set_event_notrace_pid')) {
    instance.append('set_event_notrace_pid', String(process.pid))
    instance.write('set_event_notrace_pid', '')
    extras.push('the recorder keeps itself out')
  }
  if (instance.exists('options/event-fork')) {
    tryOption(instance, 'event-fork')
    extras.push('children can be followed')
  }
  return ['threads can be chosen', ...extras].join('; ')
}

function tryTrigger(instance: Tracefs, trigger: string): void {
  instance.append(`${EVENT_DIR}/trigger`, `${trigger} if common_pid == 1`)
  instance.append(`${EVENT_DIR}/trigger`, `!${trigger} if common_pid == 1`)
}

function tryOption(instance: Tracefs, option: string): void {
  instance.write(`options/${option}`, '1')
  instance.write(`options/${option}`, '0')
}

/** Trials of tracers. Those of the top-level buffer alone would disturb whoever uses it. */
export function tryTracers({ tracefs, instance }: TrialPlace): DoctorCheck[] {
  const group = 'tracers'
  const here = listTracers(instance).filter((name) => name !== 'nop')
  const checks = [
    tryFamily({ id: 'tracers', group, remedy: LOCKDOWN }, here, (name) => {
      instance.write('current_tracer', name)
      instance.write('current_tracer', 'nop')
    }),
    tryOut({
      id: 'function-filter',
      group,
      remedy: LOCKDOWN,
      run: () => {
        instance.write('set_ftrace_filter', 'schedule')
        instance.write('set_ftrace_filter', '')
        return 'functions can be chosen with -l and -n'
      },
    }),
  ]
  const top = listTracers(tracefs).filter((name) => !here.includes(name) && name !== 'nop')
  if (top.length === 0) return checks
  const detail = `${top.join(', ')}: in the top-level buffer only, which is left alone`
  return [...checks, { id: 'top-level-tracers', group, status: 'untried', detail }]
}

const BIG_BUFFER_KB = 16384

/** Trials of clocks and sizes. */
export function tryBuffers({ instance }: TrialPlace): DoctorCheck[] {
  const group = 'buffers'
  const cpus = instance.folders('per_cpu').length
  return [
    tryFamily(
      { id: 'clocks', group, remedy: `${BUILD} CONFIG_TRACING` },
      listClocks(instance),
      (clock) => instance.write('trace_clock', clock),
    ),
    tryOut({
      id: 'sub-buffers',
      group,
      remedy: 'sub-buffers are one page before Linux 6.8; record without --subbuf-size',
      run: () => {
        const before = instance.read('buffer_subbuf_size_kb').trim()
        instance.write('buffer_subbuf_size_kb', '64')
        instance.write('buffer_subbuf_size_kb', before)
        return `${before} KB, up to 64 KB tried`
      },
    }),
    tryOut({
      id: 'buffer-size',
      group,
      remedy: 'free memory, or record with a smaller -b; the size is per CPU',
      run: () => growBuffer(instance, cpus),
    }),
    tryOut({
      id: 'wake-up',
      group,
      remedy:
        'readers are woken for every sub-buffer on this kernel; recording costs a little more',
      run: () => {
        instance.write('buffer_percent', '50')
        return 'readers sleep until buffers are part full'
      },
    }),
  ]
}

/** 16 MB per CPU, where a quarter of the free memory holds that. */
function growBuffer(instance: Tracefs, cpus: number): string {
  const size = instance.read('buffer_size_kb').trim()
  const free = availableMemoryKb()
  const wanted = Math.min(BIG_BUFFER_KB, Math.floor(free / 4 / Math.max(cpus, 1)))
  instance.write('buffer_size_kb', String(wanted))
  instance.write('buffer_size_kb', '64')
  const most = Math.floor(free / 2 / Math.max(cpus, 1) / 1024)
  return `${size} KB per CPU unless told otherwise, ${wanted} tried; free memory allows about ${most} MB`
}

function availableMemoryKb(): number {
  const text = readFileSync('/proc/meminfo', 'utf8')
  return Number(/^MemAvailable:\s+(\d+)/m.exec(text)?.[1] ?? 0)
}

function failed(what: string): TraceError {
  return new TraceError('ERR_RECORD_UNSUPPORTED', what)
}
