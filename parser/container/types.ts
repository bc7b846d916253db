/**
 * What the container stage tells the rest of the parser about one `trace.dat`: everything except
 * the events. Offsets are byte offsets in the file.
 */

import type { OwnFacts } from './own-facts.ts'

/** Reads bytes at a position; the only thing the parser knows about files. */
export interface ByteSource {
  /** Path or a description for messages. */
  readonly name: string
  /** Total bytes. */
  readonly size: number
  /** Descriptor of the file behind it, where there is one. */
  readonly fd?: number
  /**
   * Copies up to `length` bytes from `position` into `target` at `targetOffset`; returns how many
   * bytes there were (fewer only at the end of the source).
   */
  readAt(target: Uint8Array, targetOffset: number, length: number, position: number): number
  close(): void
}

/** Layout of a sub-buffer's head, from the text of tracefs `events/header_page`. */
export interface HeaderPage {
  /** Byte size of the kernel's `long`, which is the size of the commit word (4 or 8). */
  readonly longSize: 4 | 8
  /** Offset of the commit word (8 today). */
  readonly commitOffset: number
  /** Where records start in a sub-buffer. */
  readonly dataOffset: number
  /** Bytes of records one sub-buffer of the top buffer can hold. */
  readonly dataSize: number
}

/** One option record of a trace.dat. */
export interface TraceOption {
  readonly id: number
  /** Name as trace-cmd's documentation has it, in upper case; `OPTION_<id>` when unknown. */
  readonly name: string
  readonly payload: Uint8Array
  readonly offset: number
}

/** One CPU's sub-buffers within one buffer instance. */
export interface CpuData {
  readonly cpu: number
  readonly offset: number
  /** Bytes in the file; only a hint when compressed (trace-cmd 3.1.6 writes 4 too few). */
  readonly size: number
  /** One past the last byte that can be this CPU's: where other data starts, or the file ends. */
  readonly end: number
}

/** A ring buffer of the recording: the top-level one ('') or `instances/<name>`. */
export interface BufferInstance {
  readonly name: string
  /** Trace clock of this buffer, e.g. `local`. */
  readonly clock: string
  /** Bytes of one sub-buffer, head included. */
  readonly subBufferSize: number
  /** CPUs with data, in file order. CPUs without data may be missing. */
  readonly cpus: readonly CpuData[]
  /** Where the file's table says that the data of CPUs without data would be (version 6). */
  readonly emptyAt?: ReadonlyMap<number, number>
  /** Where the data is compressed in chunks (v7), the codec's name; `none` otherwise. */
  readonly compression: string
}

/** A tracefs `format` file as stored. */
export interface StoredFormat {
  readonly system: string
  readonly text: string
  readonly offset: number
}

/** Time corrections that a file asks for; see `parser/ring/clock.ts`. */
export interface ClockCorrections {
  /** ns = (ts * mult) >> shift, when option TSC2NSEC is present. */
  readonly tsc2nsec:
    | { readonly mult: number; readonly shift: number; readonly offset: bigint }
    | undefined
  /** Ticks of the clock in a second, where the reader says so: ns = ts * 10^9 / hertz. */
  readonly hertz?: bigint
  /** Whether times are shown as seconds, where the reader decides rather than the clock's name. */
  readonly isSeconds?: boolean
  /** Added to every timestamp (option OFFSET), in clock units. */
  readonly offset: bigint
  /** Wall clock minus trace clock in ns (option DATE), not added to `ts`. */
  readonly wallOffset: bigint | undefined
  /** Guest to host corrections (option TIME_SHIFT); per vCPU samples sorted by time. */
  readonly timeShift:
    | {
        readonly peerTraceId: bigint
        readonly interpolate: boolean
        readonly cpus: readonly {
          readonly times: BigInt64Array
          readonly offsets: BigInt64Array
          readonly scalings: BigInt64Array
          /** Right shift after scaling; 0n where the file has none. */
          readonly fractions: BigInt64Array
        }[]
      }
    | undefined
}

/** Process maps stored for a traced process (option PROCMAPS). */
export interface ProcessMaps {
  readonly pid: number
  readonly name: string
  readonly maps: readonly { readonly start: bigint; readonly end: bigint; readonly path: string }[]
}

/** An opened container: everything in a trace.dat but the events. */
export interface TraceFile {
  readonly source: ByteSource
  /** The limits the file was opened with. */
  readonly limits: ContainerLimits
  readonly version: 6 | 7
  readonly littleEndian: boolean
  /** Byte size of `long` in the recorder's user space. */
  readonly userLongSize: number
  /** Page size from the file head. */
  readonly pageSize: number
  /** Codec name and version of a v7 file; `none` and '' otherwise. */
  readonly compression: { readonly name: string; readonly version: string }
  readonly headerPage: HeaderPage
  /** Format files in file order; the system of the ftrace section is `ftrace`. */
  readonly formats: readonly StoredFormat[]
  readonly options: readonly TraceOption[]
  readonly buffers: readonly BufferInstance[]
  readonly corrections: ClockCorrections
  /** CPUs of the machine as far as the file says (option CPUCOUNT or the CPU table). */
  readonly cpuCount: number
  /** Host name and kernel text of option UNAME, '' when absent. */
  readonly uname: string
  /** Recorder version (option VERSION), '' when absent. */
  readonly recorder: string
  readonly traceId: bigint | undefined
  /** CPUSTAT texts by buffer name, one string per CPU as the kernel printed them. */
  readonly cpuStats: readonly {
    readonly buffer: string
    readonly cpu: number
    readonly values: ReadonlyMap<string, string>
  }[]
  readonly processMaps: readonly ProcessMaps[]
  /** What our own recorder adds; empty for files of others. */
  readonly own: OwnFacts
  /** Offset of the text of a `latency` (text only) file; then `buffers` is empty. */
  readonly latencyText: { readonly offset: number; readonly size: number } | undefined
  /** The text of a `latency` file, at most `limits.maxSectionBytes`; empty for other files. */
  readLatencyText(): Uint8Array
  /** Bodies read (and decompressed) on first use, each at most `limits.maxSectionBytes`. */
  kallsyms(): Uint8Array
  printkFormats(): Uint8Array
  savedCmdlines(): Uint8Array
  /** The kernel's type information, where function arguments were recorded. */
  btf(): Uint8Array
  close(): void
}

/** Limits on what a file may make us allocate; every one has a default. */
export interface ContainerLimits {
  /** Largest metadata section body (default 256 MiB). */
  readonly maxSectionBytes: number
  /** Largest uncompressed chunk of trace data (default 64 MiB). */
  readonly maxChunkBytes: number
  /** Largest sub-buffer (default 16 MiB). */
  readonly maxSubBufferBytes: number
  /** Most options, sections, formats, CPUs (default 100 000 each). */
  readonly maxEntries: number
}

/** A chunk of one CPU's trace data, for going back to it. */
export interface ChunkPlace {
  readonly index: number
  /** File offset of what its reader reads first. */
  readonly offset: number
  /** Chunks from it on, as far as the file says. */
  readonly left: number
}

/**
 * Sequential reader of one CPU's trace data in whole sub-buffers.
 * Use: `const n = reader.next(); if (n > 0) reader.read(target, at)`.
 */
export interface ChunkReader {
  /** Index of the chunk `next()` announced last, from 0. */
  readonly index: number
  /** File offset of that chunk's bytes, for diagnostics. */
  readonly offset: number
  /** Where `next()` goes. */
  place(): ChunkPlace
  /** Goes to a place that a reader of the same data gave. */
  seek(place: ChunkPlace): void
  /** Moves to the next chunk; returns its uncompressed bytes (whole sub-buffers), 0 at the end. */
  next(): number
  /**
   * Writes the current chunk to `target` at `targetOffset`; returns the bytes written. Damage
   * (truncation, a chunk that does not decompress) is reported to the diagnostics and gives fewer
   * bytes, possibly 0; only whole sub-buffers are returned, except that the tail of a truncated
   * uncompressed file may hold one part.
   */
  read(target: Uint8Array, targetOffset: number): number
}
