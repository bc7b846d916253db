/** What the parts of the recorder tell each other: what was asked for, and what came of it. */

/** Events asked for by one pattern, with what goes with them. */
export interface EventRequest {
  /** `all`, `system`, `system:event` or `event`, each with globs. */
  readonly pattern: string
  /** Takes the matching events out again instead of adding them. */
  readonly exclude?: boolean
  /** Filter in the kernel's syntax, applied to every matching event. */
  readonly filter?: string
  /** Triggers in the kernel's syntax, applied to every matching event. */
  readonly triggers?: readonly string[]
}

/** What to set in one ring buffer of the kernel. */
export interface BufferRequest {
  /** Name in the file; '' is the recording's main buffer. */
  readonly name: string
  readonly events: readonly EventRequest[]
  readonly tracer?: string
  /** Functions to trace (`-l`), to graph (`-g`), not to trace (`-n`). */
  readonly functions?: readonly string[]
  readonly graphFunctions?: readonly string[]
  readonly notraceFunctions?: readonly string[]
  /** Only these threads; with `followForks` their children too. */
  readonly pids?: readonly number[]
  readonly followForks?: boolean
  /** `option` or `nooption`, as in `trace_options`. */
  readonly options?: readonly string[]
  readonly clock?: string
  /** KB per CPU. */
  readonly bufferKb?: number
  readonly subBufferKb?: number
  /** CPU list or mask for `tracing_cpumask`, e.g. `0-3,7` or `f`. */
  readonly cpuMask?: string
}

/** Probes asked for by definition, before names are resolved. */
export interface ProbeRequest {
  readonly kind: 'uprobe' | 'kprobe' | 'eprobe'
  /** For example `p:td/malloc libc.so.6:malloc size=%di:u64`. */
  readonly definition: string
}

/** How the recorded pages are stored. */
export type RecordCompression = 'none' | 'zstd' | 'zlib'

/** Everything `record` is asked to do. */
export interface RecordOptions {
  readonly output: string
  /** Replace an existing output file. */
  readonly force?: boolean
  readonly version: 6 | 7
  readonly compression: RecordCompression
  /** Main buffer first, then the named ones. */
  readonly buffers: readonly BufferRequest[]
  readonly probes?: readonly ProbeRequest[]
  /** Names of presets, recorded into the main buffer. */
  readonly presets?: readonly string[]
  /** Use the top-level buffer instead of an instance of our own for the main buffer. */
  readonly topLevel?: boolean
  readonly command?: readonly string[]
  /** File mode creation mask of the command, where it is not ours. */
  readonly umask?: number
  /** Run the command as this user. */
  readonly user?: string
  /** Trace only the command (`-F`). */
  readonly filterCommand?: boolean
  readonly durationSeconds?: number
  /** Keep only the last KB per CPU (`-m`). */
  readonly keepKb?: number
  /** SCHED_FIFO priority of the readers. */
  readonly priority?: number
  /** Pin each reader to the CPU that it reads. */
  readonly pinReaders?: boolean
  /** Add the wall clock to what readers print (`--date`). */
  readonly date?: boolean
  /** Wakes readers when a buffer is this full, percent. */
  readonly wakePercent?: number
}

/** One ring buffer of the kernel and its folder in tracefs. */
export interface BufferSource {
  /** Name in the file; '' is the main buffer. */
  readonly name: string
  /** Folder in tracefs, for example `/sys/kernel/tracing/instances/x`. */
  readonly folder: string
  readonly clock: string
  /** Bytes of a sub-buffer. */
  readonly subBufferBytes: number
}

/** Bytes of one run of sub-buffers in the raw file of a recording. */
export interface Segment {
  readonly offset: number
  readonly size: number
}

/** What was drained of one CPU of one buffer, in order of time. */
export interface CpuSegments {
  readonly cpu: number
  readonly segments: readonly Segment[]
}

/** What became of one CPU's ring buffer. */
export interface CpuSummary {
  readonly buffer: string
  readonly cpu: number
  /** Events in the file, by the kernel's count or, where `absent` matters, by our own. */
  readonly events: number
  /** Events that the kernel counted and that are not in the file: given up, or not written. */
  readonly absent: number
  /** Events overwritten before they were read. */
  readonly lost: number
  /** Raw bytes of sub-buffers. */
  readonly bytes: number
  /** KB per CPU that would have held everything; only where events were lost. */
  readonly neededKb?: number
}

/** How far a recording is: once a second while tracing is on, then while its file is packed. */
export type RecordProgress =
  | {
      readonly kind: 'recording'
      readonly seconds: number
      readonly durationSeconds: number | undefined
      /** Disk space of the sub-buffers. */
      readonly bytes: number
      /** By the kernel's count, of all CPUs of all buffers. */
      readonly events: number
      readonly lost: number
    }
  | {
      readonly kind: 'packing'
      /** Bytes of sub-buffers. */
      readonly done: number
      readonly total: number
    }

/** What a recording came to. */
export interface RecordSummary {
  readonly output: string
  readonly fileBytes: number
  readonly seconds: number
  readonly cpus: readonly CpuSummary[]
  /** Why it ended: the command, a signal, the time, or a full disk. */
  readonly endedBy: 'command' | 'signal' | 'duration' | 'disk-full' | 'error'
  /** Exit status of the command, or 128 + signal. */
  readonly commandStatus?: number
  /** Sentences for the user: what was not possible, what to know about the file. */
  readonly notices: readonly string[]
}

/** A list as a table. */
export interface Listing {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | number | null)[])[]
}
