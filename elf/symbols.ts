/**
 * Symbols of an ELF file with their versions. Authority: System V gABI chapter 4 (symbol table),
 * and the Linux Standard Base, "Symbol Versioning" (.gnu.version, .gnu.version_d).
 *
 *     32 bit: name 4, value 4, size 4, info 1, other 1, section 2
 *     64 bit: name 4, info 1, other 1, section 2, value 8, size 8
 */
import { TraceError } from '../parser/error.ts'
import { type ElfFile, type ElfSection, textAt } from './elf.ts'

/** What a symbol stands for; an `ifunc` resolves itself to one of several functions at run time. */
export type SymbolKind = 'function' | 'ifunc' | 'object' | 'untyped' | 'other'

/** A symbol that this file defines. */
export interface ElfSymbol {
  readonly name: string
  /** Version it was given, undefined without versions. */
  readonly version: string | undefined
  /** False for a version that only programs linked long ago ask for. */
  readonly isDefault: boolean
  readonly kind: SymbolKind
  readonly address: bigint
  /** Bytes; 0 where the file does not say. */
  readonly size: bigint
  readonly global: boolean
}

const SHT_SYMTAB = 2
const SHT_DYNSYM = 11
const SHT_GNU_VERDEF = 0x6ffffffd
const SHT_GNU_VERSYM = 0x6fffffff
const VERSION_HIDDEN = 0x8000
const KINDS: Readonly<Record<number, SymbolKind>> = {
  0: 'untyped',
  1: 'object',
  2: 'function',
  10: 'ifunc',
}

/** Whether the file has a full symbol table, and not only what it exports. */
export function hasSymbolTable(elf: ElfFile): boolean {
  return elf.sections.some(({ type, size }) => type === SHT_SYMTAB && size > 0)
}

/**
 * Symbols defined in the file whose name satisfies `wanted`, exported ones first.
 * Throws `ERR_ELF` when a table does not fit its file.
 */
export function findSymbols(elf: ElfFile, wanted: (name: string) => boolean): ElfSymbol[] {
  const found: ElfSymbol[] = []
  for (const type of [SHT_DYNSYM, SHT_SYMTAB]) {
    for (const section of elf.sections) {
      if (section.type === type) collect(elf, section, wanted, found)
    }
  }
  return found
}

/** Appends the wanted symbols of one table. */
function collect(
  elf: ElfFile,
  table: ElfSection,
  wanted: (name: string) => boolean,
  found: ElfSymbol[],
): void {
  const least = elf.wide ? 24 : 16
  const step = table.entrySize
  const strings = elf.sections[table.link]
  if (step < least || strings === undefined) {
    throw new TraceError('ERR_ELF', `${elf.path}: symbol table ${table.name} is damaged`, {
      where: { file: elf.path, offset: table.offset },
      hint: 'name another copy of the file',
    })
  }
  const bytes = elf.sectionBytes(table)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const names = elf.sectionBytes(strings)
  const versions = table.type === SHT_DYNSYM ? readVersions(elf) : undefined
  for (let at = step; at + least <= bytes.length; at += step) {
    const symbol = readSymbol(elf, view, at, names, wanted)
    if (symbol === undefined) continue
    found.push(versions ? withVersion(symbol, versions, at / step) : splitVersion(symbol))
  }
}

function readSymbol(
  elf: ElfFile,
  view: DataView,
  at: number,
  names: Uint8Array,
  wanted: (name: string) => boolean,
): ElfSymbol | undefined {
  const { wide, littleEndian } = elf
  const section = view.getUint16(at + (wide ? 6 : 14), littleEndian)
  if (section === 0) return undefined
  const name = textAt(names, view.getUint32(at, littleEndian))
  if (name === '' || !wanted(bareName(name))) return undefined
  const info = view.getUint8(at + (wide ? 4 : 12))
  const word = (offset: number): bigint =>
    wide
      ? view.getBigUint64(at + offset, littleEndian)
      : BigInt(view.getUint32(at + offset, littleEndian))
  return {
    name,
    version: undefined,
    isDefault: true,
    kind: KINDS[info & 0xf] ?? 'other',
    address: word(wide ? 8 : 4),
    size: word(wide ? 16 : 8),
    global: info >> 4 !== 0,
  }
}

/** The name without the version that full symbol tables append to it. */
function bareName(name: string): string {
  const at = name.indexOf('@', 1)
  return at < 0 ? name : name.slice(0, at)
}

/** `name@VERSION` and `name@@VERSION`, as the linker writes them in the full table. */
function splitVersion(symbol: ElfSymbol): ElfSymbol {
  const at = symbol.name.indexOf('@', 1)
  if (at < 0) return symbol
  const isDefault = symbol.name[at + 1] === '@'
  const version = symbol.name.slice(at + (isDefault ? 2 : 1))
  return { ...symbol, name: symbol.name.slice(0, at), version, isDefault }
}

interface Versions {
  /** Of each dynamic symbol, two bytes. */
  readonly ofSymbol: DataView
  readonly names: ReadonlyMap<number, string>
  readonly littleEndian: boolean
}

function readVersions(elf: ElfFile): Versions | undefined {
  const table = elf.sections.find(({ type }) => type === SHT_GNU_VERSYM)
  if (table === undefined) return undefined
  const bytes = elf.sectionBytes(table)
  return {
    ofSymbol: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    names: readVersionNames(elf),
    littleEndian: elf.littleEndian,
  }
}

function readVersionNames(elf: ElfFile): Map<number, string> {
  const names = new Map<number, string>()
  const table = elf.sections.find(({ type }) => type === SHT_GNU_VERDEF)
  const strings = table && elf.sections[table.link]
  if (table === undefined || strings === undefined) return names
  const bytes = elf.sectionBytes(table)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const texts = elf.sectionBytes(strings)
  let at = 0
  while (at + 20 <= bytes.length) {
    const index = view.getUint16(at + 4, elf.littleEndian)
    const first = at + view.getUint32(at + 12, elf.littleEndian)
    const next = view.getUint32(at + 16, elf.littleEndian)
    if (first + 8 <= bytes.length) {
      names.set(index, textAt(texts, view.getUint32(first, elf.littleEndian)))
    }
    if (next === 0) break
    at += next
  }
  return names
}

function withVersion(symbol: ElfSymbol, versions: Versions, index: number): ElfSymbol {
  const { ofSymbol, names, littleEndian } = versions
  if (index * 2 + 2 > ofSymbol.byteLength) return symbol
  const raw = ofSymbol.getUint16(index * 2, littleEndian)
  const version = (raw & ~VERSION_HIDDEN) > 1 ? names.get(raw & ~VERSION_HIDDEN) : undefined
  return { ...symbol, version, isDefault: (raw & VERSION_HIDDEN) === 0 }
}
