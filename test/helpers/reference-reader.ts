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

/** One `field:` line, uninterpreted beyond its numbers. */
export interface ReferenceField {
  readonly declaration: string
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly signed: boolean
}

/** One format file. */
export interface ReferenceFormat {
  readonly system: string
  readonly name: string
  readonly id: number
  readonly common: ReferenceField[]
  readonly fields: ReferenceField[]
  readonly text: string
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

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** Reads numbers and strings forward from a position. */
class Cursor {
  readonly view: DataView
  readonly bytes: Uint8Array
  readonly le: boolean
  at: number
  constructor(bytes: Uint8Array, le: boolean, at = 0) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.le = le
    this.at = at
  }
  u16(): number {
    this.at += 2
    return this.view.getUint16(this.at - 2, this.le)
  }
  u32(): number {
    this.at += 4
    return this.view.getUint32(this.at - 4, this.le)
  }
  u64(): bigint {
    this.at += 8
    return this.view.getBigUint64(this.at - 8, this.le)
  }
  i64(): bigint {
    return BigInt.asIntN(64, this.u64())
  }
  size(): number {
    const n = Number(this.u64())
    if (!Number.isSafeInteger(n)) throw new Error(`size ${n} at ${this.at - 8}`)
    return n
  }
  take(n: number): Uint8Array {
    if (this.at + n > this.bytes.length) throw new Error(`${n} bytes at ${this.at} pass the end`)
    this.at += n
    return this.bytes.subarray(this.at - n, this.at)
  }
  z(): string {
    const end = this.bytes.indexOf(0, this.at)
    if (end < 0) throw new Error(`unterminated string at ${this.at}`)
    const text = latin1(this.bytes.subarray(this.at, end))
    this.at = end + 1
    return text
  }
}

const unpack = (codec: string, packed: Uint8Array, size: number): Uint8Array => {
  const out = codec === 'zstd' ? decompress(packed, new Uint8Array(size)) : inflateSync(packed)
  if (out.length !== size) throw new Error(`chunk has ${out.length} bytes, not ${size}`)
  return out
}

const parseField = (line: string): ReferenceField => {
  const declaration = /^\tfield:([^;]*);/.exec(line)?.[1] ?? ''
  const number = (key: string): number =>
    Number(new RegExp(`\\b${key}:(\\d+);`).exec(line)?.[1] ?? 0)
  const name = /([A-Za-z_]\w*)\s*(\[[^\]]*\]\s*)*$/.exec(declaration)?.[1] ?? ''
  return {
    declaration,
    name,
    offset: number('offset'),
    size: number('size'),
    signed: number('signed') === 1,
  }
}

/** Parses one tracefs `format` file. */
export const parseReferenceFormat = (system: string, text: string): ReferenceFormat => {
  const head = text.slice(
    0,
    text.search(/^print fmt:/m) < 0 ? undefined : text.search(/^print fmt:/m),
  )
  const fields = head
    .split('\n')
    .filter((line) => line.startsWith('\tfield:'))
    .map(parseField)
  const isCommon = (f: ReferenceField): boolean => f.name.startsWith('common_')
  const firstOwn = fields.findIndex((f) => !isCommon(f))
  const cut = firstOwn < 0 ? fields.length : firstOwn
  return {
    system,
    name: /^name: (.*)$/m.exec(text)?.[1] ?? '',
    id: Number(/^ID: (\d+)$/m.exec(text)?.[1] ?? -1),
    common: fields.slice(0, cut),
    fields: fields.slice(cut),
    text,
  }
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

/** Body of the v7 section whose header is at `at`, decompressed by §6.1 when flagged. */
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

const textOption = (t: ReferenceTrace, id: number): string | undefined => {
  const payload = t.options.findLast((o) => o.id === id)?.payload
  return payload === undefined ? undefined : latin1(payload).replace(/\0.*$/s, '').trim()
}

const parseInteger = (text: string): bigint => {
  const [, sign, digits] = /^([+-]?)(.+)$/.exec(text) ?? []
  return (sign === '-' ? -1n : 1n) * BigInt(digits ?? '0')
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

const TOP_BITS = 0xf800000000000000n

/** A record of one page: its time before corrections, its bytes, and what was lost before it. */
export interface PageRecord {
  readonly ts: bigint
  readonly payload: Uint8Array
  readonly missed: number
}

/** Walks one sub-buffer by §7 and §8.1 of the format description. */
export function* walkPage(
  page: Uint8Array,
  layout: { littleEndian: boolean; longSize: 4 | 8; dataOffset: number },
): Generator<PageRecord> {
  const { littleEndian: le, longSize, dataOffset } = layout
  const c = new Cursor(page, le)
  let ts = c.u64()
  const long = (): bigint => (longSize === 8 ? c.i64() : BigInt(c.u32() | 0))
  const commit = Number(BigInt.asUintN(32, long()))
  const end = dataOffset + (commit & 0x3fffffff & 0x7ffffff)
  let missed = 0
  if ((commit & 0x80000000) !== 0) {
    missed = -1
    c.at = end
    if ((commit & 0x40000000) !== 0) missed = Number(long())
  }
  c.at = dataOffset
  while (c.at < end) {
    const word = c.u32()
    const type = le ? word & 31 : word >>> 27
    const delta = BigInt(le ? word >>> 5 : word & 0x7ffffff)
    if (type === 29 && delta === 0n) return
    if (type === 30) {
      ts += (BigInt(c.u32()) << 27n) + delta
    } else if (type === 31) {
      let stamp = (BigInt(c.u32()) << 27n) + delta + (ts & TOP_BITS)
      if ((ts & TOP_BITS) !== 0n && stamp < ts) stamp += 1n << 59n
      ts = stamp
    } else if (type === 29) {
      ts += delta
      c.take(c.u32() - 4)
    } else {
      ts += delta
      const size = type > 0 ? type * 4 : ((c.u32() + 3) & ~3) - 4
      yield { ts, payload: c.take(size), missed }
      missed = 0
    }
  }
}

/** Sorted, duplicate-free samples of one vCPU. */
interface Samples {
  readonly time: bigint
  readonly offset: bigint
  readonly scaling: bigint
  readonly fraction: bigint
}

const readTimeShift = (
  t: ReferenceTrace,
): { interpolate: boolean; cpus: Samples[][] } | undefined => {
  const payload = t.options.findLast((o) => o.id === 12)?.payload
  if (payload === undefined) return undefined
  const c = new Cursor(payload, t.littleEndian)
  c.u64()
  const interpolate = (c.u32() & 1) !== 0
  const list = (n: number): bigint[] => Array.from({ length: n }, () => c.i64())
  const raw = Array.from({ length: c.u32() }, () => {
    const n = c.u32()
    return { n, times: list(n), offsets: list(n), scalings: list(n) }
  })
  const cpus = raw.map(({ n, times, offsets, scalings }) => {
    const fractions = c.at < payload.length ? list(n) : []
    const samples = times.map((time, i) => ({
      time,
      offset: offsets[i]!,
      scaling: scalings[i]!,
      fraction: fractions[i] ?? 0n,
    }))
    samples.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
    return samples.filter((s, i) => i === 0 || s.time !== samples[i - 1]!.time)
  })
  return { interpolate, cpus }
}

const roundedDivide = (a: bigint, b: bigint): bigint => {
  const half = b / 2n
  return (a < 0n ? a - half : a + half) / b
}

/** §8.4 for one time of one vCPU. */
export const guestTime = (
  ts: bigint,
  samples: readonly Samples[],
  interpolate: boolean,
): bigint => {
  const first = samples[0]
  if (first === undefined) return ts
  if (samples.length === 1) return ts + first.offset
  let low = 0
  while (low < samples.length - 2 && samples[low + 1]!.time <= ts) low++
  const a = samples[low]!
  const b = samples[low + 1]!
  const offset = interpolate
    ? a.offset + roundedDivide((ts - a.time) * (b.offset - a.offset), b.time - a.time)
    : a.offset
  return ((ts * a.scaling) >> a.fraction) + offset
}

/** A function from raw time to corrected time, §8.3, DATE left out. */
const correction = (t: ReferenceTrace): ((ts: bigint, cpu: number) => bigint) => {
  const shift = readTimeShift(t)
  const tsc = t.options.findLast((o) => o.id === 14)?.payload
  const c = tsc === undefined ? undefined : new Cursor(tsc, t.littleEndian)
  const mult = BigInt(c?.u32() ?? 1)
  const bits = BigInt(c?.u32() ?? 0)
  const offset = parseInteger(textOption(t, 7) ?? '0')
  return (ts, cpu) => {
    const synced = shift ? guestTime(ts, shift.cpus[cpu] ?? [], shift.interpolate) : ts
    return ((synced * mult) >> bits) + offset
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
