/**
 * Field numbers of the messages that a Perfetto trace consists of, as far as they are written here.
 * Numbers of protocol buffers never change their meaning.
 *
 * Authority: protos/perfetto/trace of the Perfetto project (trace_packet.proto,
 * track_event/*.proto, ftrace/*.proto, ps/process_tree.proto), compared with version 0.59.
 */

/** `Trace`: a file is its packets one after the other. */
export const TRACE = { packet: 1 } as const

/** `TracePacket` */
export const PACKET = {
  ftraceEvents: 1,
  processTree: 2,
  clockSnapshot: 6,
  timestamp: 8,
  trustedPacketSequenceId: 10,
  trackEvent: 11,
  sequenceFlags: 13,
  ftraceStats: 34,
  systemInfo: 45,
  trackDescriptor: 60,
} as const

/** `TracePacket.SequenceFlags.SEQ_INCREMENTAL_STATE_CLEARED`: nothing before it is needed. */
export const STATE_CLEARED = 1

/** `ClockSnapshot` and `ClockSnapshot.Clock` */
export const CLOCKS = { clocks: 1, clockId: 1, timestamp: 2 } as const

/** `BuiltinClock` */
export const CLOCK_IDS = { realtime: 1, monotonic: 3, monotonicRaw: 5, boottime: 6 } as const

/** `SystemInfo` and `Utsname` */
export const SYSTEM = { utsname: 1, sysname: 1, release: 3, machine: 4 } as const

/** `ProcessTree`, `ProcessTree.Process` and `ProcessTree.Thread` */
export const TREE = {
  processes: 1,
  threads: 2,
  process: { pid: 1, cmdline: 3, cmdlineIsComm: 9 },
  thread: { tid: 1, name: 2, tgid: 3 },
} as const

/** `TrackDescriptor`, its `ProcessDescriptor`, `ThreadDescriptor` and `CounterDescriptor` */
export const TRACK = {
  uuid: 1,
  name: 2,
  process: 3,
  thread: 4,
  parentUuid: 5,
  counter: 8,
  processDescriptor: { pid: 1, processName: 6 },
  threadDescriptor: { pid: 1, tid: 2, threadName: 5 },
  counterDescriptor: { unit: 3 },
} as const

/** `CounterDescriptor.Unit.UNIT_SIZE_BYTES` */
export const UNIT_BYTES = 3

/** `TrackEvent` */
export const EVENT = {
  debugAnnotations: 4,
  type: 9,
  trackUuid: 11,
  categories: 22,
  name: 23,
  counterValue: 30,
  flowIds: 47,
  terminatingFlowIds: 48,
} as const

/** `TrackEvent.Type` */
export const EVENT_TYPE = { begin: 1, end: 2, instant: 3, counter: 4 } as const

/** `DebugAnnotation` */
export const ANNOTATION = { intValue: 4, stringValue: 6, name: 10 } as const

/** `FtraceEventBundle` and what `FtraceEvent` has besides the event itself. */
export const BUNDLE = {
  cpu: 1,
  event: 2,
  lostEvents: 3,
  ftraceEvent: { timestamp: 1, pid: 2, commonFlags: 5, generic: 327 },
} as const

/** `GenericFtraceEvent` and its `Field` */
export const GENERIC = {
  eventName: 1,
  field: 2,
  fieldMessage: { name: 1, text: 3, int: 4, uint: 5 },
} as const

/** `FtraceStats` and `FtraceCpuStats`; phase 2 is the end of the trace. */
export const STATS = {
  phase: 1,
  cpuStats: 2,
  endOfTrace: 2,
  cpu: {
    cpu: 1,
    entries: 2,
    overrun: 3,
    commitOverrun: 4,
    bytesRead: 5,
    dropped: 8,
    readEvents: 9,
  },
} as const

/** An event that has a message of its own: its number in `FtraceEvent`, and its fields' numbers. */
export interface NativeEvent {
  readonly field: number
  readonly columns: Readonly<Record<string, number>>
}

const WAKEUP = { comm: 1, pid: 2, prio: 3, success: 4, target_cpu: 5 } as const

/**
 * Events that viewers draw by themselves, by table. Others that have messages look the same to
 * people when they are written as generic ones.
 */
export const NATIVE_EVENTS: Readonly<Record<string, NativeEvent>> = {
  'sched.sched_switch': {
    field: 4,
    columns: {
      prev_comm: 1,
      prev_pid: 2,
      prev_prio: 3,
      prev_state: 4,
      next_comm: 5,
      next_pid: 6,
      next_prio: 7,
    },
  },
  'sched.sched_waking': { field: 20, columns: WAKEUP },
  'sched.sched_wakeup': { field: 17, columns: WAKEUP },
  'sched.sched_wakeup_new': { field: 114, columns: WAKEUP },
  'task.task_rename': { field: 236, columns: { pid: 1, oldcomm: 2, newcomm: 3, oom_score_adj: 4 } },
  'power.cpu_frequency': { field: 11, columns: { state: 1, cpu_id: 2 } },
  'power.cpu_idle': { field: 13, columns: { state: 1, cpu_id: 2 } },
}

/** A text written into the trace. */
export const PRINT: NativeEvent = { field: 3, columns: { buf: 2 } }

/** Interrupts: the messages of a handler's entry and exit. */
export const NATIVE_IRQS: Readonly<
  Record<'irqEntry' | 'irqExit' | 'softirqEntry' | 'softirqExit', NativeEvent>
> = {
  irqEntry: { field: 36, columns: { irq: 1, name: 2 } },
  irqExit: { field: 37, columns: { irq: 1, ret: 2 } },
  softirqEntry: { field: 24, columns: { vec: 1 } },
  softirqExit: { field: 25, columns: { vec: 1 } },
}
