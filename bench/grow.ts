/**
 * Makes a longer recording of a real one: every CPU's sub-buffers again and again, each time later,
 * in a file that is otherwise the same. The old data stays where it was, unused.
 * Authority for what is written: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5).
 *
 *     node dist/bench/grow.js IN.dat OUT.dat TIMES
 */
import { closeSync, copyFileSync, ftruncateSync, openSync, statSync, writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { openChunkReader } from '../parser/container/chunk-reader.ts'
import { OPTION } from '../parser/container/options.ts'
import { openFileSource } from '../parser/container/source.ts'
import { openContainer } from '../parser/container/trace-file.ts'
import type { BufferInstance, CpuData, TraceFile } from '../parser/container/types.ts'
import { Diagnostics } from '../parser/diagnostics.ts'
import { createEncoder } from './encoder.ts'
import { findTimes, type PageLayout, shiftTimes } from './shift-pages.ts'

/** Pause between one repetition and the next, in clock units. */
const PAUSE = 1_000_000n
const SECTION_HEAD = 16
const NO_DESCRIPTION = 0xffff_ffff
const COMPRESSED = 1

/** Where a CPU's repeated data stands in the new file. */
interface Placed {
  readonly offset: number
  readonly size: number
}

/** Writes `to`: the recording `from` with every event `times` times. Throws what reading throws. */
export function growTrace(from: string, to: string, times: number): void {
  const file = openContainer(openFileSource(from), new Diagnostics(true))
  if (file.latencyText) throw new Error(`${from} holds text, not sub-buffers`)
  copyFileSync(from, to)
  const fd = openSync(to, 'r+')
  try {
    const output = new Output(fd, statSync(to).size, file.littleEndian)
    const step = measureSpan(file) + PAUSE
    for (const buffer of file.buffers) growBuffer(file, buffer, output, times, step)
  } finally {
    closeSync(fd)
    file.close()
  }
}

function growBuffer(
  file: TraceFile,
  buffer: BufferInstance,
  output: Output,
  times: number,
  step: bigint,
): void {
  const section = output.size
  if (file.version === 7) output.append(new Uint8Array(SECTION_HEAD))
  const placed = new Map<number, Placed>()
  for (const cpu of buffer.cpus) {
    output.align(buffer.subBufferSize)
    placed.set(cpu.offset, writeCpu(file, buffer, cpu, output, times, step))
  }
  if (file.version === 7) {
    const flags = buffer.compression === 'none' ? 0 : COMPRESSED
    output.u16(section, OPTION.buffer)
    output.u16(section + 2, flags)
    output.u32(section + 4, NO_DESCRIPTION)
    output.u64(section + 8, output.size - section - SECTION_HEAD)
    patchOption(file, buffer, output, section, placed)
  } else patchTable(file, buffer, output, placed)
}

function writeCpu(
  file: TraceFile,
  buffer: BufferInstance,
  cpu: CpuData,
  output: Output,
  times: number,
  step: bigint,
): Placed {
  const encode = createEncoder(buffer.compression)
  const offset = output.size
  if (encode) output.append(new Uint8Array(4))
  let chunks = 0
  for (let i = 0; i < times; i++) {
    forEachChunk(file, buffer, cpu, (bytes) => {
      shiftTimes(bytes, pageLayout(file, buffer), step * BigInt(i))
      const body = encode?.(bytes) ?? bytes
      if (encode) output.appendLengths(body.length, bytes.length)
      output.append(body)
      chunks++
    })
  }
  if (encode) output.u32(offset, chunks)
  return { offset, size: output.size - offset }
}

/** Patches the lines of a BUFFER option of version 7, found by their place in the file. */
function patchOption(
  file: TraceFile,
  buffer: BufferInstance,
  output: Output,
  section: number,
  placed: ReadonlyMap<number, Placed>,
): void {
  const option = file.options.find((option) => {
    if (option.id !== OPTION.buffer) return false
    return textAt(option.payload, 8) === buffer.name
  })
  if (!option) throw new Error(`no BUFFER option for '${buffer.name}'`)
  const { payload } = option
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
  const start = option.offset + 6
  const clock = payload.indexOf(0, 8) + 1
  const table = payload.indexOf(0, clock) + 1 + 8
  output.u64(start, section)
  for (let at = table; at < payload.length; at += 20) {
    const old = Number(view.getBigUint64(at + 4, file.littleEndian))
    const now = placed.get(old)
    if (!now) continue
    output.u64(start + at + 4, now.offset)
    output.u64(start + at + 12, now.size)
  }
}

/** Patches the table of a buffer of version 6, which follows the words `flyrecord`. */
function patchTable(
  file: TraceFile,
  buffer: BufferInstance,
  output: Output,
  placed: ReadonlyMap<number, Placed>,
): void {
  const first = Math.min(...buffer.cpus.map((cpu) => cpu.offset))
  const head = Buffer.alloc(Math.min(first, file.source.size))
  file.source.readAt(head, 0, head.length, 0)
  const table = head.lastIndexOf('flyrecord\0') + 10
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  let patched = 0
  for (let at = table; patched < placed.size && at + 16 <= head.length; at += 16) {
    const now = placed.get(Number(view.getBigUint64(at, file.littleEndian)))
    if (!now || view.getBigUint64(at + 8, file.littleEndian) === 0n) continue
    output.u64(at, now.offset)
    output.u64(at + 8, now.size)
    patched++
  }
  if (patched < placed.size) throw new Error(`the CPU table of '${buffer.name}' was not found`)
}

/** From the first to the last event of the whole file, in clock units. */
function measureSpan(file: TraceFile): bigint {
  let first: bigint | undefined
  let last = 0n
  for (const buffer of file.buffers) {
    for (const cpu of buffer.cpus) {
      forEachChunk(file, buffer, cpu, (bytes) => {
        const times = findTimes(bytes, pageLayout(file, buffer))
        if (first === undefined || times.first < first) first = times.first
        if (times.last > last) last = times.last
      })
    }
  }
  return last - (first ?? 0n)
}

function forEachChunk(
  file: TraceFile,
  buffer: BufferInstance,
  cpu: CpuData,
  onChunk: (bytes: Uint8Array) => void,
): void {
  const reader = openChunkReader(file, buffer, cpu, new Diagnostics(true))
  let room = new Uint8Array(0)
  for (let size = reader.next(); size > 0; size = reader.next()) {
    if (room.length < size) room = new Uint8Array(size)
    onChunk(room.subarray(0, reader.read(room, 0)))
  }
}

function pageLayout(file: TraceFile, buffer: BufferInstance): PageLayout {
  const { commitOffset, dataOffset } = file.headerPage
  const { littleEndian } = file
  return { littleEndian, subBufferSize: buffer.subBufferSize, commitOffset, dataOffset }
}

function textAt(payload: Uint8Array, at: number): string {
  return Buffer.from(payload.subarray(at, payload.indexOf(0, at))).toString('latin1')
}

/** A file that grows at its end and is patched in front, numbers in the trace's byte order. */
class Output {
  size: number
  readonly #fd: number
  readonly #littleEndian: boolean

  constructor(fd: number, size: number, littleEndian: boolean) {
    this.#fd = fd
    this.size = size
    this.#littleEndian = littleEndian
  }

  append(bytes: Uint8Array): void {
    writeSync(this.#fd, bytes, 0, bytes.length, this.size)
    this.size += bytes.length
  }

  appendLengths(packed: number, size: number): void {
    const at = this.size
    this.size += 8
    this.u32(at, packed)
    this.u32(at + 4, size)
  }

  align(unit: number): void {
    this.size = Math.ceil(this.size / unit) * unit
    ftruncateSync(this.#fd, this.size)
  }

  u16(at: number, value: number): void {
    this.#patch(at, 2, (view) => view.setUint16(0, value, this.#littleEndian))
  }

  u32(at: number, value: number): void {
    this.#patch(at, 4, (view) => view.setUint32(0, value, this.#littleEndian))
  }

  u64(at: number, value: number): void {
    this.#patch(at, 8, (view) => view.setBigUint64(0, BigInt(value), this.#littleEndian))
  }

  #patch(at: number, size: number, write: (view: DataView) => void): void {
    const bytes = new Uint8Array(size)
    write(new DataView(bytes.buffer))
    writeSync(this.#fd, bytes, 0, size, at)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [from, to, times] = process.argv.slice(2)
  if (from === undefined || to === undefined || !(Number(times) >= 1)) {
    process.stderr.write('usage: grow.js IN.dat OUT.dat TIMES\n')
    process.exit(2)
  }
  growTrace(from, to, Number(times))
}
