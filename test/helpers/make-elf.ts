/** Writes small ELF files, byte by byte from the gABI, for tests of the reader. */

/** A symbol to put into a file. */
export interface SymbolSpec {
  readonly name: string
  readonly value: number
  /** Bytes, 8 unless given. */
  readonly size?: number
  /** 0 untyped, 1 object, 2 function, 10 IFUNC. */
  readonly type?: number
  /** 0 local, 1 global. */
  readonly binding?: number
  readonly table?: 'dynsym' | 'symtab'
  /** 0 is an undefined symbol. */
  readonly section?: number
}

/** What kind of file. */
export interface ElfSpec {
  readonly wide?: boolean
  readonly littleEndian?: boolean
  readonly machine?: number
  /** Address and file offset of the one segment of code. */
  readonly address?: number
  readonly offset?: number
  readonly codeSize?: number
  readonly symbols?: readonly SymbolSpec[]
  readonly buildId?: string
  readonly interpreter?: string
}

interface Section {
  readonly name: string
  readonly type: number
  readonly data: Uint8Array
  readonly link?: number
  readonly entrySize?: number
}

/** The bytes of an ELF file: header, programs, code at `offset`, sections, section headers. */
export function makeElf(spec: ElfSpec = {}): Buffer {
  const { wide = true, littleEndian = true, address = 0x401000, offset = 0x1000 } = spec
  const put = writerOf(wide, littleEndian)
  const codeSize = spec.codeSize ?? 0x100
  const sections = makeSections(spec, put)
  const names = stringTable(sections.map(({ name }) => name))
  sections.push({ name: '.shstrtab', type: 3, data: names.bytes })
  const placed: { at: number; section: Section }[] = []
  let end = offset + codeSize
  for (const section of sections) {
    end = (end + 7) & ~7
    placed.push({ at: section.type === 0 ? 0 : end, section })
    end += section.data.length
  }
  const table = (end + 7) & ~7
  const entry = wide ? 64 : 40
  const file = Buffer.alloc(table + entry * sections.length)
  file.set(header(spec, put, table, sections.length), 0)
  const interpreter = placed.find(({ section }) => section.name === '.interp')
  const programs = [put.program(1, 5, offset, address, codeSize)]
  if (interpreter) {
    programs.push(put.program(3, 4, interpreter.at, 0, interpreter.section.data.length))
  }
  file.set(Buffer.concat(programs), wide ? 64 : 52)
  for (const [index, { at, section }] of placed.entries()) {
    file.set(section.data, at)
    file.set(put.section(names.at(section.name), section, at), table + index * entry)
  }
  return file
}

function makeSections(spec: ElfSpec, put: Writer): Section[] {
  const sections: Section[] = [{ name: '', type: 0, data: new Uint8Array(0) }]
  for (const [kind, type] of [
    ['dynsym', 11],
    ['symtab', 2],
  ] as const) {
    const symbols = (spec.symbols ?? []).filter(({ table = 'dynsym' }) => table === kind)
    if (symbols.length === 0) continue
    const strings = stringTable(symbols.map(({ name }) => name))
    const data = Buffer.concat([
      put.symbol({ name: '', value: 0, section: 0 }, 0),
      ...symbols.map((symbol) => put.symbol(symbol, strings.at(symbol.name))),
    ])
    const link = sections.length + 1
    sections.push({ name: `.${kind}`, type, data, link, entrySize: put.symbolSize })
    sections.push({ name: `.${kind}str`, type: 3, data: strings.bytes })
  }
  if (spec.buildId) {
    const id = Buffer.from(spec.buildId, 'hex')
    const note = Buffer.concat([
      put.u32(4),
      put.u32(id.length),
      put.u32(3),
      Buffer.from('GNU\0'),
      id,
    ])
    sections.push({ name: '.note.gnu.build-id', type: 7, data: note })
  }
  if (spec.interpreter) {
    sections.push({ name: '.interp', type: 1, data: Buffer.from(`${spec.interpreter}\0`) })
  }
  return sections
}

function header(spec: ElfSpec, put: Writer, table: number, count: number): Buffer {
  const { wide = true, littleEndian = true, machine = 62 } = spec
  const programs = spec.interpreter ? 2 : 1
  const start = Buffer.alloc(16)
  start.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, littleEndian ? 1 : 2, 1])
  return Buffer.concat([
    start,
    put.u16(3),
    put.u16(machine),
    put.u32(1),
    put.word(0),
    put.word(wide ? 64 : 52),
    put.word(table),
    put.u32(0),
    put.u16(wide ? 64 : 52),
    put.u16(wide ? 56 : 32),
    put.u16(programs),
    put.u16(wide ? 64 : 40),
    put.u16(count),
    put.u16(count - 1),
  ])
}

function stringTable(names: readonly string[]): { bytes: Buffer; at(name: string): number } {
  const places = new Map<string, number>([['', 0]])
  let text = '\0'
  for (const name of names) {
    if (places.has(name)) continue
    places.set(name, Buffer.byteLength(text))
    text += `${name}\0`
  }
  return { bytes: Buffer.from(text), at: (name) => places.get(name)! }
}

interface Writer {
  readonly symbolSize: number
  u16(value: number): Buffer
  u32(value: number): Buffer
  word(value: number): Buffer
  program(type: number, flags: number, at: number, address: number, size: number): Buffer
  section(name: number, section: Section, at: number): Buffer
  symbol(symbol: SymbolSpec, name: number): Buffer
}

function writerOf(wide: boolean, littleEndian: boolean): Writer {
  const bytes = (size: number, value: number): Buffer => {
    const buffer = Buffer.alloc(size)
    if (littleEndian) buffer.writeUIntLE(value, 0, Math.min(size, 6))
    else buffer.writeUIntBE(value, Math.max(0, size - 6), Math.min(size, 6))
    return buffer
  }
  const u16 = (value: number): Buffer => bytes(2, value)
  const u32 = (value: number): Buffer => bytes(4, value)
  const word = (value: number): Buffer => bytes(wide ? 8 : 4, value)
  return {
    symbolSize: wide ? 24 : 16,
    u16,
    u32,
    word,
    program: (type, flags, at, address, size) => {
      const rest = [word(at), word(address), word(address), word(size), word(size)]
      const parts = wide
        ? [u32(type), u32(flags), ...rest, word(4096)]
        : [u32(type), ...rest, u32(flags), word(4096)]
      return Buffer.concat(parts)
    },
    section: (name, { type, data, link = 0, entrySize = 0 }, at) =>
      Buffer.concat([
        ...[u32(name), u32(type), word(0), word(0), word(at), word(data.length)],
        ...[u32(link), u32(0), word(1), word(entrySize)],
      ]),
    symbol: ({ value, size = 8, type = 2, binding = 1, section = 1 }, name) => {
      const info = Buffer.from([(binding << 4) | type, 0])
      return wide
        ? Buffer.concat([u32(name), info, u16(section), word(value), word(size)])
        : Buffer.concat([u32(name), word(value), word(size), info, u16(section)])
    },
  }
}
