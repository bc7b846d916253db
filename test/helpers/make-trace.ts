/**
 * A small writer of trace.dat files, versions 6 and 7, for exact corner cases in memory. It uses
 * nothing of the parser, so that the two can be held against each other.
 * Authority: trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5).
 */
import { ByteWriter } from './byte-writer.ts'
import { CODECS, type Codec } from './codecs.ts'
import { HEADER_EVENT_TEXT, headerPageText } from './format-text.ts'
import { LAYOUT, type PageLayout } from './page-builder.ts'
import { OPTION, type OptionSpec } from './trace-options.ts'

export { OPTION, type OptionSpec, textOption, timeShiftOption, tscOption } from './trace-options.ts'

/** One ring buffer and its sub-buffers. */
export interface BufferSpec {
  readonly name: string
  readonly clock?: string
  /** Sub-buffer size; the layout's by default. v6 has one size for all. */
  readonly pageSize?: number
  readonly cpus: readonly { readonly cpu: number; readonly pages: readonly Uint8Array[] }[]
}

/** Sections of a v7 file, in the order to write them; `options1` holds all but BUFFER. */
export type SectionName =
  | 'header'
  | 'ftrace'
  | 'events'
  | 'kallsyms'
  | 'printk'
  | 'cmdlines'
  | 'options1'
  | 'buffers'
  | 'options2'
  | 'strings'

/** What to write. Everything has a default but the buffers. */
export interface TraceSpec {
  readonly version?: 6 | 7
  readonly layout?: PageLayout
  /** Size of `long` in the file head. */
  readonly userLongSize?: number
  readonly compression?: 'none' | 'zlib' | 'zstd'
  /** Sub-buffers in a compressed chunk (trace-cmd: 10). */
  readonly chunkPages?: number
  readonly formats?: readonly { readonly system: string; readonly text: string }[]
  readonly buffers: readonly BufferSpec[]
  readonly cmdlines?: string
  readonly kallsyms?: string
  readonly printk?: string
  readonly options?: readonly OptionSpec[]
  /** CPUs in a v6 table, and the CPUCOUNT option of v7; highest CPU + 1 by default. */
  readonly cpuCount?: number
  /** Order of sections (v7); trace-cmd's by default. Left-out sections are not written. */
  readonly sections?: readonly SectionName[]
  /** Compress the options sections too (v7), which a reader must accept. */
  readonly compressOptions?: boolean
  /** Text of a latency tracer instead of buffers. */
  readonly latencyText?: string
  /** header_page text; made from the layout by default. */
  readonly headerPage?: string
}

/** trace-cmd's order of sections. */
export const SECTION_ORDER: readonly SectionName[] = [
  'header',
  'ftrace',
  'events',
  'kallsyms',
  'printk',
  'cmdlines',
  'options1',
  'buffers',
  'options2',
  'strings',
]

const join = (parts: readonly Uint8Array[]): Uint8Array => {
  const w = new ByteWriter()
  for (const part of parts) w.bytes(part)
  return w.take()
}

/** Everything `makeTrace` works with, defaults filled in. */
type Plan = Required<Omit<TraceSpec, 'latencyText'>> & {
  latencyText: string | undefined
  le: boolean
}

const plan = (spec: TraceSpec): Plan => {
  const layout = spec.layout ?? LAYOUT
  const highest = Math.max(0, ...spec.buffers.flatMap((b) => b.cpus.map((c) => c.cpu)))
  return {
    version: 7,
    userLongSize: layout.longSize,
    compression: 'none',
    chunkPages: 10,
    formats: [],
    cmdlines: '',
    kallsyms: '',
    printk: '',
    options: [],
    cpuCount: highest + 1,
    sections: SECTION_ORDER,
    compressOptions: false,
    headerPage: headerPageText(layout),
    latencyText: undefined,
    ...spec,
    layout,
    le: layout.littleEndian,
  }
}

const head = (p: Plan): ByteWriter =>
  new ByteWriter(p.le)
    .bytes([0x17, 0x08, 0x44])
    .text('tracing')
    .z(String(p.version))
    .u8(p.le ? 0 : 1)
    .u8(p.userLongSize)
    .u32(p.layout.pageSize)

const text64 = (w: ByteWriter, text: string): ByteWriter => {
  const bytes = new TextEncoder().encode(text)
  return w.u64(bytes.length).bytes(bytes)
}

const text32 = (w: ByteWriter, text: string): ByteWriter => {
  const bytes = new TextEncoder().encode(text)
  return w.u32(bytes.length).bytes(bytes)
}

type Body = 'header' | 'ftrace' | 'events' | 'kallsyms' | 'printk' | 'cmdlines'
const BODIES: readonly Body[] = ['header', 'ftrace', 'events', 'kallsyms', 'printk', 'cmdlines']

/** The bodies that both versions share, appended to `w`. */
const writeBody = (p: Plan, body: Body, w: ByteWriter): ByteWriter => {
  const ftrace = p.formats.filter((f) => f.system === 'ftrace')
  const systems = new Map<string, string[]>()
  for (const f of p.formats) {
    if (f.system !== 'ftrace') systems.set(f.system, [...(systems.get(f.system) ?? []), f.text])
  }
  switch (body) {
    case 'header':
      return text64(text64(w.z('header_page'), p.headerPage).z('header_event'), HEADER_EVENT_TEXT)
    case 'ftrace':
      w.u32(ftrace.length)
      for (const f of ftrace) text64(w, f.text)
      return w
    case 'events':
      w.u32(systems.size)
      for (const [system, texts] of systems) {
        w.z(system).u32(texts.length)
        for (const text of texts) text64(w, text)
      }
      return w
    case 'kallsyms':
      return text32(w, p.kallsyms)
    case 'printk':
      return text32(w, p.printk)
    case 'cmdlines':
      return text64(w, p.cmdlines)
  }
}

/** Writes `build(known)` again until the positions it found are those it was told. */
const settle = (
  build: (known: Map<string, number>) => [ByteWriter, Map<string, number>],
): Uint8Array => {
  let known = new Map<string, number>()
  for (let round = 0; round < 20; round++) {
    const [bytes, found] = build(known)
    if ([...found].every(([key, at]) => known.get(key) === at)) return bytes.take()
    known = found
  }
  throw new Error('positions do not settle')
}

const buildV6 = (p: Plan, known: Map<string, number>): [ByteWriter, Map<string, number>] => {
  const found = new Map<string, number>()
  const w = head(p)
  for (const body of BODIES) writeBody(p, body, w)
  w.u32(p.cpuCount)
  const hasClock = p.options.some((o) => o.id === OPTION.traceclock)
  const rest = p.buffers.filter((b) => b.name !== '')
  if (p.options.length > 0 || rest.length > 0) {
    w.text('options  ').u8(0)
    for (const o of p.options) w.u16(o.id).u32(o.payload.length).bytes(o.payload)
    for (const b of rest) {
      const name = new TextEncoder().encode(`${b.name}\0`)
      w.u16(OPTION.buffer)
        .u32(8 + name.length)
        .u64(known.get(`b:${b.name}`) ?? 0)
        .bytes(name)
    }
    w.u16(0)
  }
  if (p.latencyText !== undefined) return [w.text('latency  ').u8(0).text(p.latencyText), found]
  const top = p.buffers.find((b) => b.name === '') ?? { name: '', cpus: [] }
  for (const b of [top, ...rest]) {
    found.set(`b:${b.name}`, w.length)
    w.text('flyrecord').u8(0)
    for (let cpu = 0; cpu < p.cpuCount; cpu++) {
      const pages = b.cpus.find((c) => c.cpu === cpu)?.pages ?? []
      w.u64(known.get(`c:${b.name}:${cpu}`) ?? 0).u64(join(pages).length)
    }
    if (hasClock) text64(w, `[${b.clock ?? 'local'}]`)
    for (let cpu = 0; cpu < p.cpuCount; cpu++) {
      w.align(p.layout.pageSize)
      found.set(`c:${b.name}:${cpu}`, w.length)
      for (const page of b.cpus.find((c) => c.cpu === cpu)?.pages ?? []) w.bytes(page)
    }
  }
  return [w, found]
}

const SECTION_IDS: Record<Body, number> = {
  header: 16,
  ftrace: 17,
  events: 18,
  kallsyms: 19,
  printk: 20,
  cmdlines: 21,
}

/** Appends a v7 section; `fill` writes the body behind the header, where it will stand in the file. */
const section = (w: ByteWriter, id: number, codec: Codec, body: Uint8Array): void => {
  const packed = codec?.(body)
  const size = packed ? packed.length + 8 : body.length
  w.u16(id)
    .u16(packed ? 1 : 0)
    .u32(0xffffffff)
    .u64(size)
  if (packed) w.u32(packed.length).u32(body.length).bytes(packed)
  else w.bytes(body)
}

const cpuImage = (
  pages: readonly Uint8Array[],
  chunkPages: number,
  codec: Codec,
  le: boolean,
): Uint8Array => {
  if (codec === undefined) return join(pages)
  const w = new ByteWriter(le).u32(Math.ceil(pages.length / chunkPages))
  for (let i = 0; i < pages.length; i += chunkPages) {
    const plain = join(pages.slice(i, i + chunkPages))
    const packed = codec(plain)
    w.u32(packed.length).u32(plain.length).bytes(packed)
  }
  return w.take()
}

const writeBuffer = (p: Plan, b: BufferSpec, w: ByteWriter, found: Map<string, number>): void => {
  const pageSize = b.pageSize ?? p.layout.pageSize
  found.set(`b:${b.name}`, w.length)
  const body = new ByteWriter(p.le)
  const start = w.length + 16
  for (const { cpu, pages } of b.cpus) {
    body.padTo(Math.ceil((start + body.length) / pageSize) * pageSize - start)
    found.set(`c:${b.name}:${cpu}`, start + body.length)
    const image = cpuImage(pages, p.chunkPages, CODECS[p.compression], p.le)
    found.set(`s:${b.name}:${cpu}`, image.length)
    body.bytes(image)
  }
  w.u16(3)
    .u16(p.compression === 'none' ? 0 : 1)
    .u32(0xffffffff)
    .u64(body.length)
    .bytes(body.take())
}

const bufferOption = (p: Plan, b: BufferSpec, known: Map<string, number>): OptionSpec => {
  const at = (key: string): number => known.get(key) ?? 0
  const w = new ByteWriter(p.le)
    .u64(at(`b:${b.name}`))
    .z(b.name)
    .z(b.clock ?? 'local')
  w.u32(b.pageSize ?? p.layout.pageSize).u32(b.cpus.length)
  for (const { cpu } of b.cpus) {
    w.u32(cpu)
      .u64(at(`c:${b.name}:${cpu}`))
      .u64(at(`s:${b.name}:${cpu}`))
  }
  return { id: OPTION.buffer, payload: w.take() }
}

const sectionOption = (p: Plan, id: number, at: number): OptionSpec => ({
  id,
  payload: new ByteWriter(p.le).u64(at).take(),
})

/** Options of one section; all of them in `options1` when there is no `options2`. */
const optionsOf = (
  p: Plan,
  name: 'options1' | 'options2',
  known: Map<string, number>,
): OptionSpec[] => {
  const all: OptionSpec[] = []
  const alone = !p.sections.includes('options2')
  if (name === 'options1') {
    all.push(
      { id: OPTION.cpucount, payload: new ByteWriter(p.le).u32(p.cpuCount).take() },
      ...p.options,
    )
    for (const body of BODIES) {
      if (p.sections.includes(body))
        all.push(sectionOption(p, SECTION_IDS[body], known.get(body) ?? 0))
    }
  }
  if (name === 'options2' || alone) {
    if (p.latencyText === undefined) all.push(...p.buffers.map((b) => bufferOption(p, b, known)))
    else {
      const payload = new ByteWriter(p.le)
        .u64(known.get('text') ?? 0)
        .z('')
        .z('local')
        .take()
      all.push({ id: 22, payload })
    }
  }
  return all
}

const writeOptions = (
  p: Plan,
  name: 'options1' | 'options2',
  w: ByteWriter,
  known: Map<string, number>,
): void => {
  const body = new ByteWriter(p.le)
  for (const o of optionsOf(p, name, known)) body.u16(o.id).u32(o.payload.length).bytes(o.payload)
  const next = name === 'options1' ? (known.get('options2') ?? 0) : 0
  body.u16(0).u32(8).u64(next)
  section(w, 0, p.compressOptions ? CODECS[p.compression] : undefined, body.take())
}

const writeLatency = (p: Plan, w: ByteWriter, text: string): void => {
  const plain = new TextEncoder().encode(text)
  const codec = CODECS[p.compression]
  const body = codec ? cpuImage([plain], 1, codec, p.le) : plain
  w.u16(22)
    .u16(codec ? 1 : 0)
    .u32(0xffffffff)
    .u64(body.length)
    .bytes(body)
}

const buildV7 = (p: Plan, known: Map<string, number>): [ByteWriter, Map<string, number>] => {
  const found = new Map<string, number>()
  const codec = CODECS[p.compression]
  const version = { none: '', zlib: '1.2.13', zstd: '1.5.4' }[p.compression]
  const w = head(p)
    .z(p.compression)
    .z(version)
    .u64(known.get('options1') ?? 0)
  for (const name of p.sections) {
    if (name === 'buffers') {
      if (p.latencyText !== undefined) {
        found.set('text', w.length)
        writeLatency(p, w, p.latencyText)
      } else for (const b of p.buffers) writeBuffer(p, b, w, found)
      continue
    }
    found.set(name, w.length)
    if (name === 'options1' || name === 'options2') writeOptions(p, name, w, known)
    else if (name === 'strings')
      section(w, 15, codec, new ByteWriter(p.le).z('header').z('data').take())
    else section(w, SECTION_IDS[name], codec, writeBody(p, name, new ByteWriter(p.le)).take())
  }
  return [w, found]
}

/** Writes a trace.dat. */
export const makeTrace = (spec: TraceSpec): Uint8Array => {
  const p = plan(spec)
  return settle((known) => (p.version === 6 ? buildV6(p, known) : buildV7(p, known)))
}
