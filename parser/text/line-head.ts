/**
 * What stands before the time in a report's line: task name, thread, CPU, and how deep in interrupts
 * the kernel was. Columns and letters are those of the kernel's `trace` file and of the usual
 * report of a trace.dat.
 */
import type { EventFormat } from '../event/types.ts'
import { FixedText } from './digits.ts'
import type { TextSink } from './text-sink.ts'

/** How the head of a line looks. */
export interface HeadOptions {
  /** `name-pid cpu` in the narrow form that latency tracers use. */
  readonly latency: boolean
  /** The flags as a number. */
  readonly raw: boolean
}

const DOT = 0x2e
const BLANK = 0x20

/** Flags of a record; authority: kernel `include/linux/trace_events.h` (enum trace_flag_type). */
const IRQS_OFF = 0x01
const RESCHED_LAZY = 0x02
const NEED_RESCHED = 0x04
const HARDIRQ = 0x08
const SOFTIRQ = 0x10

/** A blank and three letters for each value of the flags, as they lie in memory. */
const FLAGS = Int32Array.from({ length: 256 }, (_, flags) => {
  const hard = (flags & HARDIRQ) !== 0
  const soft = (flags & SOFTIRQ) !== 0
  const resched = flags & NEED_RESCHED ? 'N' : flags & RESCHED_LAZY ? 'L' : '.'
  const context = hard && soft ? 'H' : hard ? 'h' : soft ? 's' : '.'
  return Buffer.from(` ${flags & IRQS_OFF ? 'd' : '.'}${resched}${context}`, 'latin1').readInt32LE()
})

/** Two digits for each preemption count, low nibble first. */
const COUNTS = Uint16Array.from({ length: 256 }, (_, count) => {
  const digit = (value: number): string => (value === 0 ? '.' : value.toString(16))
  return Buffer.from(digit(count & 15) + digit(count >>> 4), 'latin1').readUInt16LE()
})

/** Writes the flags column of records of one kernel. */
export class FlagsText {
  readonly #raw: boolean
  readonly #latency: boolean
  readonly #flags: number
  readonly #preempt: number
  /** Older and patched kernels count these apart; each adds a digit. */
  readonly #extra: readonly { offset: number; size: number }[]
  readonly #littleEndian: boolean

  /** `format` is any of the recording: the common fields are the same in all. */
  constructor(
    format: EventFormat | undefined,
    littleEndian: boolean,
    { raw, latency }: HeadOptions,
  ) {
    const find = (name: string) => format?.common.find((field) => field.name === name)
    this.#raw = raw
    this.#latency = latency
    this.#littleEndian = littleEndian
    this.#flags = find('common_flags')?.offset ?? 2
    this.#preempt = find('common_preempt_count')?.offset ?? 3
    this.#extra = ['common_migrate_disable', 'common_lock_depth']
      .flatMap((name) => find(name) ?? [])
      .map(({ offset, size }) => ({ offset, size }))
  }

  /** Whether the bytes 2 and 3 of a record say all that is shown. */
  get isPlain(): boolean {
    return !this.#raw && this.#flags === 2 && this.#preempt === 3 && this.#extra.length === 0
  }

  /** Writes the flags of the record of `size` bytes at `at`. */
  write(bytes: Uint8Array, view: DataView, at: number, size: number, sink: TextSink): void {
    const flags = this.#flags < size ? bytes[at + this.#flags]! : 0
    if (this.#raw) {
      sink.latin1('-0x')
      sink.hex(flags)
      return
    }
    const preempt = this.#preempt < size ? bytes[at + this.#preempt]! : 0
    sink.reserve(6)
    // Latency tracers have no blank between CPU and flags.
    const start = sink.length
    const width = this.#latency ? 3 : 4
    sink.view.setInt32(start, this.#latency ? FLAGS[flags]! >>> 8 : FLAGS[flags]!, true)
    sink.view.setUint16(start + width, COUNTS[preempt]!, true)
    sink.length = start + width + 2
    if (this.#extra.length > 0) this.#writeExtra(view, at, size, sink)
  }

  #writeExtra(view: DataView, at: number, size: number, sink: TextSink): void {
    for (const field of this.#extra) {
      const value = field.offset + field.size <= size ? this.#read(view, at, field) : -1
      if (value < 0) sink.byte(DOT)
      else sink.unsigned(value)
    }
  }

  #read(view: DataView, at: number, { offset, size }: { offset: number; size: number }): number {
    if (size === 1) return view.getUint8(at + offset)
    if (size === 2) return view.getUint16(at + offset, this.#littleEndian)
    return view.getInt32(at + offset, this.#littleEndian)
  }
}

/** The column of task names. */
export interface NameColumn {
  readonly width: number
  /** Longer names are cut; else they make the line longer. */
  readonly cuts: boolean
}

/** The column as lines have it. */
export function nameColumn(latency: boolean): NameColumn {
  return latency ? { width: 8, cuts: true } : { width: 16, cuts: false }
}

/** `name-pid [cpu]`: what a line of a thread begins with. */
export function taskHead(name: Uint8Array, pid: number, cpu: number, latency: boolean): FixedText {
  const { width, cuts } = nameColumn(latency)
  const shown = cuts ? name.subarray(0, width) : name
  const place = latency ? String(cpu).padStart(3) : `[${String(cpu).padStart(3, '0')}]`
  const thread = Buffer.from(`-${String(pid).padEnd(5)} ${place}`, 'latin1')
  const head = new Uint8Array(Math.max(width, shown.length) + thread.length).fill(BLANK)
  head.set(shown, Math.max(0, width - shown.length))
  head.set(thread, head.length - thread.length)
  return new FixedText(head)
}
