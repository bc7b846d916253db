/**
 * Reads the parts of an ELF file that tell where a function is: header, segments, sections, notes.
 * 32 and 64 bit, both byte orders. Authority: System V gABI chapters 4 and 5 (edition 4.1 and the
 * draft of 2013), and elf(5).
 *
 *     0  4  7f 'E' 'L' 'F'    4 class: 1 = 32 bit, 2 = 64    5 data: 1 = little endian, 2 = big
 *    16  2  type   18  2  machine   20  4  version   24  W  entry   W = 4 or 8
 *        W  offset of program headers      W  offset of section headers
 *        4  flags  2  size of this header  2+2  size and number of program headers
 *        2+2  size and number of section headers   2  section of section names
 */
import { openFileSource } from '../parser/container/source.ts'
import type { ByteSource } from '../parser/container/types.ts'
import { TraceError } from '../parser/error.ts'

/** A loaded part of the file. */
export interface ElfSegment {
  /** Offset in the file, bytes. */
  readonly offset: number
  readonly address: bigint
  readonly fileSize: number
  readonly executable: boolean
}

/** One section; `type` is the number of the gABI (2 = SYMTAB, 8 = NOBITS, 11 = DYNSYM …). */
export interface ElfSection {
  readonly name: string
  readonly type: number
  readonly offset: number
  readonly size: number
  readonly link: number
  readonly entrySize: number
}

/** An open ELF file. The caller closes it. */
export interface ElfFile {
  readonly path: string
  readonly wide: boolean
  readonly littleEndian: boolean
  /** `e_machine`: 62 = x86-64, 183 = aarch64 … */
  readonly machine: number
  /** PT_LOAD entries, in file order. */
  readonly segments: readonly ElfSegment[]
  readonly sections: readonly ElfSection[]
  /** The dynamic loader this file asks for, undefined for libraries and static programs. */
  readonly interpreter: string | undefined
  /** GNU build id as hex, undefined when there is none. */
  readonly buildId: string | undefined
  /** Bytes of a section, empty for NOBITS; throws `ERR_ELF` when they are not all in the file. */
  sectionBytes(section: ElfSection): Uint8Array
  close(): void
}

/** A symbol table or string table larger than this belongs to no program we can probe by name. */
const MAX_SECTION_BYTES = 1024 * 1024 * 1024
const MAX_HEADERS = 1 << 20
const MAX_NAMES_BYTES = 16 * 1024 * 1024
const MAX_NOTE_BYTES = 1024 * 1024
const PT_LOAD = 1
const PT_INTERP = 3
const PT_NOTE = 4
const SHT_NOTE = 7
const SHT_NOBITS = 8
const NT_GNU_BUILD_ID = 3

/** Opens an ELF file. Throws `ERR_ELF` when it cannot be read or is not ELF. */
export function openElf(path: string): ElfFile {
  let source: ByteSource
  try {
    source = openFileSource(path)
  } catch (cause) {
    throw new TraceError('ERR_ELF', `cannot read ${path}: ${(cause as Error).message}`, {
      where: { file: path },
      hint: 'check the path and its permissions',
      cause,
    })
  }
  try {
    return readElf(source)
  } catch (error) {
    source.close()
    throw error
  }
}

/** Reads an ELF file from any source, which the result closes. Throws `ERR_ELF`. */
export function readElf(source: ByteSource): ElfFile {
  const head = new Uint8Array(64)
  const got = source.readAt(head, 0, 64, 0)
  const view = new DataView(head.buffer)
  if (got < 52 || view.getUint32(0) !== 0x7f454c46) throw bad(source, 0, 'is not an ELF file')
  const wide = head[4] === 2
  if ((!wide && head[4] !== 1) || (head[5] !== 1 && head[5] !== 2) || (wide && got < 64)) {
    throw bad(source, 4, `has class ${head[4]} and data ${head[5]}, which no machine uses`)
  }
  const layout = new Layout(source, wide, head[5] === 1)
  const machine = layout.u16(view, 18)
  const sectionTable = readSectionTable(layout, view)
  const programs = readPrograms(layout, view, sectionTable.first)
  const sections = nameSections(layout, sectionTable)
  return {
    path: source.name,
    wide,
    littleEndian: layout.littleEndian,
    machine,
    segments: programs.segments,
    sections,
    interpreter: programs.interpreter,
    buildId: readBuildId(layout, programs.notes, sections),
    sectionBytes: (section) =>
      section.type === SHT_NOBITS
        ? new Uint8Array(0)
        : layout.bytes(section.offset, section.size, `section ${section.name}`),
    close: () => source.close(),
  }
}

/** Where in the file the code at `address` is; undefined when no loaded segment's file part holds it. */
export function fileOffset(
  elf: Pick<ElfFile, 'segments'>,
  address: bigint,
): { readonly offset: number; readonly executable: boolean } | undefined {
  for (const { offset, address: start, fileSize, executable } of elf.segments) {
    const within = address - start
    if (within >= 0n && within < BigInt(fileSize)) {
      return { offset: offset + Number(within), executable }
    }
  }
  return undefined
}

function bad(source: ByteSource, offset: number, message: string): TraceError {
  return new TraceError('ERR_ELF', `${source.name} ${message}`, {
    where: { file: source.name, offset },
    hint: 'name a program or a shared library',
  })
}

/** Positioned, bounded reads in the file's own word size and byte order. */
class Layout {
  readonly source: ByteSource
  readonly wide: boolean
  readonly littleEndian: boolean

  constructor(source: ByteSource, wide: boolean, littleEndian: boolean) {
    this.source = source
    this.wide = wide
    this.littleEndian = littleEndian
  }

  bytes(offset: number, size: number, what: string, most: number = MAX_SECTION_BYTES): Uint8Array {
    if (size > most || offset + size > this.source.size) {
      throw bad(this.source, offset, `is cut short or damaged: ${what} has ${size} bytes`)
    }
    const bytes = new Uint8Array(size)
    const got = this.source.readAt(bytes, 0, size, offset)
    if (got < size) throw bad(this.source, offset, `ends within ${what}`)
    return bytes
  }

  view(offset: number, size: number, what: string): DataView {
    const bytes = this.bytes(offset, size, what)
    return new DataView(bytes.buffer)
  }

  u16(view: DataView, at: number): number {
    return view.getUint16(at, this.littleEndian)
  }

  u32(view: DataView, at: number): number {
    return view.getUint32(at, this.littleEndian)
  }

  word(view: DataView, at: number): bigint {
    return this.wide ? view.getBigUint64(at, this.littleEndian) : BigInt(this.u32(view, at))
  }

  /** A word that must be a place or size in a file. */
  size(view: DataView, at: number): number {
    const value = this.word(view, at)
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw bad(this.source, at, `is damaged: 0x${value.toString(16)} is no file offset`)
    }
    return Number(value)
  }
}

interface RawSection extends Omit<ElfSection, 'name'> {
  readonly nameAt: number
  readonly info: number
}

interface SectionTable {
  readonly sections: readonly RawSection[]
  /** Section 0, which holds counts too large for the header. */
  readonly first: RawSection | undefined
  readonly nameSection: number
}

function readSectionTable(layout: Layout, head: DataView): SectionTable {
  const { wide } = layout
  const offset = layout.size(head, wide ? 40 : 32)
  const entry = layout.u16(head, wide ? 58 : 46)
  const stored = layout.u16(head, wide ? 60 : 48)
  const names = layout.u16(head, wide ? 62 : 50)
  const least = wide ? 64 : 40
  if (offset === 0) return { sections: [], first: undefined, nameSection: 0 }
  if (entry < least) throw bad(layout.source, offset, `has section headers of ${entry} bytes`)
  const first = rawSection(layout, layout.view(offset, entry, 'section header 0'), 0)
  const count = stored === 0 ? first.size : stored
  if (count > MAX_HEADERS) throw bad(layout.source, offset, `claims ${count} sections`)
  const view = layout.view(offset, count * entry, 'the section headers')
  const sections = Array.from({ length: count }, (_, at) => rawSection(layout, view, at * entry))
  return { sections, first, nameSection: names === 0xffff ? first.link : names }
}

function rawSection(layout: Layout, view: DataView, at: number): RawSection {
  const { wide } = layout
  const type = layout.u32(view, at + 4)
  return {
    nameAt: layout.u32(view, at),
    type,
    offset: layout.size(view, at + (wide ? 24 : 16)),
    size: layout.size(view, at + (wide ? 32 : 20)),
    link: layout.u32(view, at + (wide ? 40 : 24)),
    info: layout.u32(view, at + (wide ? 44 : 28)),
    entrySize: layout.size(view, at + (wide ? 56 : 36)),
  }
}

function nameSections(layout: Layout, table: SectionTable): ElfSection[] {
  const names = table.sections[table.nameSection]
  const bytes =
    names === undefined || names.type === SHT_NOBITS
      ? new Uint8Array(0)
      : layout.bytes(names.offset, names.size, 'the section names', MAX_NAMES_BYTES)
  return table.sections.map(({ nameAt, type, offset, size, link, entrySize }) => ({
    name: textAt(bytes, nameAt),
    type,
    offset,
    size,
    link,
    entrySize,
  }))
}

/** NUL-terminated text in a string table; '' beyond its end. */
export function textAt(bytes: Uint8Array, at: number): string {
  if (at >= bytes.length) return ''
  const end = bytes.indexOf(0, at)
  const stop = end < 0 ? bytes.length : end
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, stop - at).toString('utf8')
}

interface Programs {
  readonly segments: ElfSegment[]
  readonly interpreter: string | undefined
  readonly notes: readonly Extent[]
}

interface Extent {
  readonly offset: number
  readonly size: number
}

function readPrograms(layout: Layout, head: DataView, first: RawSection | undefined): Programs {
  const { wide } = layout
  const offset = layout.size(head, wide ? 32 : 28)
  const entry = layout.u16(head, wide ? 54 : 42)
  const stored = layout.u16(head, wide ? 56 : 44)
  const count = stored === 0xffff ? (first?.info ?? 0) : stored
  const segments: ElfSegment[] = []
  const notes: Extent[] = []
  let interpreter: string | undefined
  if (count === 0) return { segments, interpreter, notes }
  if (entry < (wide ? 56 : 32) || count > MAX_HEADERS) {
    throw bad(layout.source, offset, `has ${count} program headers of ${entry} bytes`)
  }
  const view = layout.view(offset, count * entry, 'the program headers')
  for (let at = 0; at < count * entry; at += entry) {
    const type = layout.u32(view, at)
    if (type !== PT_LOAD && type !== PT_INTERP && type !== PT_NOTE) continue
    const from = layout.size(view, at + (wide ? 8 : 4))
    const fileSize = layout.size(view, at + (wide ? 32 : 16))
    if (type === PT_NOTE) notes.push({ offset: from, size: fileSize })
    else if (type === PT_INTERP) interpreter = readInterpreter(layout, from, fileSize)
    else
      segments.push({
        offset: from,
        address: layout.word(view, at + (wide ? 16 : 8)),
        fileSize,
        executable: (layout.u32(view, at + (wide ? 4 : 24)) & 1) !== 0,
      })
  }
  return { segments, interpreter, notes }
}

/** A separate debug file names the interpreter's place but does not hold the text. */
function readInterpreter(layout: Layout, offset: number, size: number): string | undefined {
  if (size === 0 || size > 4096 || offset + size > layout.source.size) return undefined
  const text = textAt(layout.bytes(offset, size, 'the interpreter'), 0)
  return text.startsWith('/') ? text : undefined
}

/** Notes by section where there are sections: in a debug file the segments' offsets are not its own. */
function readBuildId(
  layout: Layout,
  programs: readonly Extent[],
  sections: readonly ElfSection[],
): string | undefined {
  const places = sections.length > 0 ? sections.filter(({ type }) => type === SHT_NOTE) : programs
  for (const { offset, size } of places) {
    if (size > MAX_NOTE_BYTES || offset + size > layout.source.size) continue
    const id = findBuildId(layout, layout.view(offset, size, 'the notes'))
    if (id !== undefined) return id
  }
  return undefined
}

function findBuildId(layout: Layout, notes: DataView): string | undefined {
  let at = 0
  while (at + 12 <= notes.byteLength) {
    const nameSize = layout.u32(notes, at)
    const size = layout.u32(notes, at + 4)
    const data = at + 12 + ((nameSize + 3) & ~3)
    if (nameSize > MAX_NOTE_BYTES || size > MAX_NOTE_BYTES || data + size > notes.byteLength) break
    const isGnu = nameSize === 4 && notes.getUint32(at + 12) === 0x474e5500
    if (isGnu && layout.u32(notes, at + 8) === NT_GNU_BUILD_ID) {
      return Buffer.from(notes.buffer, notes.byteOffset + data, size).toString('hex')
    }
    at = data + ((size + 3) & ~3)
  }
  return undefined
}
