/**
 * A second, deliberately slow and simple reader of trace.dat, written from the description of the
 * format alone and sharing no code with the parser: one DataView, BigInt times, whole file in
 * memory. Tests hold the parser against it, and it is itself held against the reference tool's
 * record lists. It throws a plain `Error` at the first thing it does not understand.
 *
 * Authority: trace-cmd.dat.v6(5), trace-cmd.dat.v7(5) and the kernel's ring_buffer.c.
 */
import { inflateSync } from 'node:zlib'
import { decompress } from 'fzstd'
import { Cursor, latin1 } from './reference-cursor.ts'
import {
  parseField,
  parseReferenceFormat,
  type ReferenceField,
  type ReferenceFormat,
} from './reference-format.ts'
import { correction, parseInteger, textOption, walkPage } from './reference-page.ts'

export type { ReferenceField, ReferenceFormat } from './reference-format.ts'

/** One data record as it stands in the file. */
export interface ReferenceRecord {
  /** Instance name, '' for the top-level buffer. */
  readonly buffer: string
  readonly cpu: number
  /** Time as reconstructed in the page, before any correction. */
  readonly rawTs: bigint
  /** Time after TIME_SHIFT, TSC2NSEC and OFFSET, without DATE. */
  readonly ts: bigint
  readonly id: number
  readonly pid: number
  /** Events lost just before this record; -1 when the number is not known. */
  readonly missed: number
  readonly payload: Uint8Array
}
/** One CPU's part of a buffer: where its bytes are. */
export interface ReferenceCpu {
  readonly cpu: number
  readonly offset: number
  readonly size: number
}

/** One ring buffer of the file. */
export interface ReferenceBuffer {
  readonly name: string
  readonly clock: string
  readonly pageSize: number
  readonly cpus: ReferenceCpu[]
}

/** Everything the tests ask of a trace.dat. */
export interface ReferenceTrace {
  readonly bytes: Uint8Array
  readonly version: 6 | 7
  readonly littleEndian: boolean
  readonly longSize: 4 | 8
  readonly dataOffset: number
  readonly compression: string
  readonly buffers: ReferenceBuffer[]
  readonly formats: Map<number, ReferenceFormat>
  readonly options: { id: number; payload: Uint8Array }[]
  readonly cmdlines: Map<number, string>
  readonly kallsyms: string
  readonly printk: string
  /** DATE in ns, to be added to `ts` where the reference tool shows wall time; 0n without DATE. */
  readonly dateOffset: bigint
  readonly latencyText: string | undefined
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Draft = Mutable<ReferenceTrace> & { view: DataView }
const unpack = (codec: string, packed: Uint8Array, size: number): Uint8Array => {
  const out = codec === 'zstd' ? decompress(packed, new Uint8Array(size)) : inflateSync(packed)
  if (out.length !== size) throw new Error(`chunk has ${out.length} bytes, not ${size}`)
  return out
}
const readHeaderInfo = (c: Cursor, t: Draft, fallbackLong: number): number => {
  if (c.z() !== 'header_page') throw new Error('no header_page')
  const page = latin1(c.take(c.size()))
  if (c.z() !== 'header_event') throw new Error('no header_event')
  c.take(c.size())
  const lines = page
    .split('\n')
    .filter((line) => line.startsWith('\tfield:'))
    .map(parseField)
  const commit = lines.find((f) => f.name === 'commit')
  const data = lines.find((f) => f.name === 'data')
  t.longSize = (commit?.size ?? fallbackLong) as 4 | 8
  t.dataOffset = data?.offset ?? 8 + t.longSize
  return data === undefined ? 0 : data.offset + data.size
}

const addFormat = (t: Draft, system: string, text: string): void => {
  const format = parseReferenceFormat(system, text)
  t.formats.set(format.id, format)
}

const readFtraceFormats = (c: Cursor, t: Draft): void => {
  for (let n = c.u32(); n > 0; n--) addFormat(t, 'ftrace', latin1(c.take(c.size())))
}

const readEventFormats = (c: Cursor, t: Draft): void => {
  for (let systems = c.u32(); systems > 0; systems--) {
    const system = c.z()
    for (let n = c.u32(); n > 0; n--) addFormat(t, system, latin1(c.take(c.size())))
  }
}

const readCmdlines = (c: Cursor, t: Draft): void => {
  for (const line of latin1(c.take(c.size())).split('\n')) {
    const blank = line.indexOf(' ')
    if (blank > 0) t.cmdlines.set(Number(line.slice(0, blank)), line.slice(blank + 1))
  }
}

const clockName = (text: string): string =>
  /\[([^\]]+)\]/.exec(text)?.[1] ?? (text.replace(/[\0\n]/g, '').trim() || 'local')

/** CPU table, clock and page positions behind a v6 "flyrecord" tag. */
const readV6Buffer = (c: Cursor, t: Draft, name: string, cpus: number, pageSize: number): void => {
  const table: ReferenceCpu[] = []
  for (let cpu = 0; cpu < cpus; cpu++) table.push({ cpu, offset: c.size(), size: c.size() })
  const hasClock = t.options.some((o) => o.id === 4)
  const clock = hasClock ? clockName(latin1(c.take(c.size()))) : 'local'
  t.buffers.push({ name, clock, pageSize, cpus: table })
}

const readV6 = (c: Cursor, t: Draft, headPageSize: number, fallbackLong: number): void => {
  const pageSize = readHeaderInfo(c, t, fallbackLong) || headPageSize
  readFtraceFormats(c, t)
  readEventFormats(c, t)
  t.kallsyms = latin1(c.take(c.u32()))
  t.printk = latin1(c.take(c.u32()))
  readCmdlines(c, t)
  const cpus = c.u32()
  let tag = latin1(c.take(10))
  if (tag === 'options  \0') {
    for (let id = c.u16(); id !== 0; id = c.u16()) t.options.push({ id, payload: c.take(c.u32()) })
    tag = latin1(c.take(10))
  }
  if (tag === 'latency  \0') {
    t.latencyText = latin1(t.bytes.subarray(c.at))
    return
  }
  if (tag !== 'flyrecord\0') throw new Error(`tag ${JSON.stringify(tag)}`)
  readV6Buffer(c, t, '', cpus, pageSize)
  for (const { id, payload } of t.options) {
    if (id !== 3) continue
    const option = new Cursor(payload, t.littleEndian)
    const at = option.size()
    const name = option.z()
    if (at === 0) continue
    const instance = new Cursor(t.bytes, t.littleEndian, at)
    if (instance.z() !== 'flyrecord') throw new Error(`no buffer at ${at}`)
    readV6Buffer(instance, t, name, cpus, pageSize)
  }
}

/** Body of the v7 section whose header is at `at`; decompressed when flagged. */
const sectionBody = (t: Draft, at: number, want: number): Cursor => {
  const c = new Cursor(t.bytes, t.littleEndian, at)
  const id = c.u16()
  const flags = c.u16()
  c.u32()
  const size = c.size()
  if (id !== want) throw new Error(`section ${id} at ${at}, wanted ${want}`)
  if ((flags & 1) === 0) return new Cursor(c.take(size), t.littleEndian)
  const packed = c.u32()
  const unpacked = c.u32()
  return new Cursor(unpack(t.compression, c.take(packed), unpacked), t.littleEndian)
}

const readV7Options = (t: Draft, first: number): void => {
  for (let at = first; at !== 0; ) {
    const c = sectionBody(t, at, 0)
    for (;;) {
      const id = c.u16()
      const payload = c.take(c.u32())
      if (id === 0) {
        at = new Cursor(payload, t.littleEndian).size()
        break
      }
      t.options.push({ id, payload })
    }
  }
}

const readV7Buffer = (c: Cursor, t: Draft): void => {
  c.u64()
  const name = c.z()
  const clock = c.z()
  const pageSize = c.u32()
  const cpus: ReferenceCpu[] = []
  for (let n = c.u32(); n > 0; n--) {
    cpus.push({ cpu: c.u32(), offset: c.size(), size: c.size() })
  }
  t.buffers.push({ name, clock, pageSize, cpus })
}

const readLatencyV7 = (t: Draft, at: number): string => {
  const c = new Cursor(t.bytes, t.littleEndian, at + 2)
  const compressed = (c.u16() & 1) !== 0
  c.u32()
  const size = c.size()
  if (!compressed) return latin1(c.take(size))
  return latin1(Buffer.concat([...chunks(t, c)]))
}

const readV7 = (c: Cursor, t: Draft, fallbackLong: number): void => {
  t.compression = c.z()
  c.z()
  readV7Options(t, c.size())
  for (const { id, payload } of t.options) {
    const option = new Cursor(payload, t.littleEndian)
    const body = (): Cursor => sectionBody(t, option.size(), id)
    if (id === 3) readV7Buffer(option, t)
    else if (id === 16) readHeaderInfo(body(), t, fallbackLong)
    else if (id === 17) readFtraceFormats(body(), t)
    else if (id === 18) readEventFormats(body(), t)
    else if (id === 19 || id === 20) {
      const texts = body()
      t[id === 19 ? 'kallsyms' : 'printk'] = latin1(texts.take(texts.u32()))
    } else if (id === 21) readCmdlines(body(), t)
    else if (id === 22) t.latencyText = readLatencyV7(t, option.size())
  }
}

/** Reads the head, the descriptions and the buffer tables of a whole trace.dat in memory. */
export const readReference = (bytes: Uint8Array): ReferenceTrace => {
  const head = new Cursor(bytes, true)
  if (latin1(head.take(10)) !== '\x17\x08\x44tracing') throw new Error('magic')
  const version = Number(head.z())
  if (version !== 6 && version !== 7) throw new Error(`version ${version}`)
  const littleEndian = head.take(1)[0] === 0
  const userLong = head.take(1)[0] ?? 8
  const c = new Cursor(bytes, littleEndian, head.at)
  const pageSize = c.u32()
  const t: Draft = {
    bytes,
    version,
    littleEndian,
    longSize: 8,
    dataOffset: 16,
    compression: 'none',
    buffers: [],
    formats: new Map(),
    options: [],
    cmdlines: new Map(),
    kallsyms: '',
    printk: '',
    dateOffset: 0n,
    latencyText: undefined,
    view: c.view,
  }
  if (version === 6) readV6(c, t, pageSize, userLong)
  else readV7(c, t, userLong)
  const date = textOption(t, 1)
  if (date !== undefined) t.dateOffset = parseInteger(date) * 1000n
  return t
}
function* chunks(t: ReferenceTrace, c: Cursor): Generator<Uint8Array> {
  for (let n = c.u32(); n > 0; n--) {
    const packed = c.u32()
    const unpacked = c.u32()
    yield unpack(t.compression, c.take(packed), unpacked)
  }
}

/** The sub-buffers of one CPU of one buffer, decompressed, in file order. */
export function* referencePages(
  t: ReferenceTrace,
  buffer: ReferenceBuffer,
  cpu: ReferenceCpu,
): Generator<Uint8Array> {
  if (cpu.size === 0) return
  const c = new Cursor(t.bytes, t.littleEndian, cpu.offset)
  const runs = t.compression === 'none' ? [c.take(cpu.size)] : chunks(t, c)
  for (const run of runs) {
    for (let at = 0; at < run.length; at += buffer.pageSize) {
      yield run.subarray(at, at + buffer.pageSize)
    }
  }
}
const scalar = (c: DataView, field: ReferenceField | undefined, le: boolean): number => {
  if (field === undefined || field.offset + field.size > c.byteLength) return -1
  if (field.size === 2) return c.getUint16(field.offset, le)
  return field.size === 4 ? c.getInt32(field.offset, le) : c.getUint8(field.offset)
}

/** Every record: buffer by buffer, CPU by CPU, in file order. */
export function* referenceRecords(t: ReferenceTrace): Generator<ReferenceRecord> {
  const correct = correction(t)
  const common = t.formats.values().next().value?.common ?? []
  const typeField = common.find((f) => f.name === 'common_type')
  const pidField = common.find((f) => f.name === 'common_pid')
  for (const buffer of t.buffers) {
    for (const cpu of buffer.cpus) {
      for (const page of referencePages(t, buffer, cpu)) {
        for (const { ts, payload, missed } of walkPage(page, t)) {
          const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength)
          yield {
            buffer: buffer.name,
            cpu: cpu.cpu,
            rawTs: ts,
            ts: correct(ts, cpu.cpu),
            payload,
            missed,
            id: scalar(view, typeField, t.littleEndian),
            pid: scalar(view, pidField, t.littleEndian),
          }
        }
      }
    }
  }
}
