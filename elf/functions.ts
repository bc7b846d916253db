/** The functions of an ELF file by where they are in it. */
import { openDebugFile } from './debug-file.ts'
import { type ElfFile, fileOffset } from './elf.ts'
import { type ElfSymbol, findSymbols, hasSymbolTable } from './symbols.ts'

/** A function's bytes in its file. */
export interface FunctionRange {
  readonly name: string
  /** Bytes from the start of the file; `end` is one past the last. */
  readonly start: number
  readonly end: number
}

const EM_ARM = 40
/** Larger is no function, but a damaged table. */
const MOST_BYTES = 64 * 1024 * 1024

/**
 * Functions of known size, in order of place, those of a separate debug file included: of several
 * names for one place the best. Throws `ERR_ELF` when a symbol table does not fit its file.
 */
export function functionRanges(elf: ElfFile): FunctionRange[] {
  const best = new Map<number, { readonly symbol: ElfSymbol; readonly range: FunctionRange }>()
  for (const symbol of allSymbols(elf)) {
    const range = rangeOf(elf, symbol)
    const before = range && best.get(range.start)
    if (range && (before === undefined || isBetter(symbol, before.symbol)))
      best.set(range.start, { symbol, range })
  }
  return [...best.values()].map(({ range }) => range).sort((a, b) => a.start - b.start)
}

function allSymbols(elf: ElfFile): ElfSymbol[] {
  const own = findSymbols(elf, () => true)
  const debug = hasSymbolTable(elf) ? undefined : openDebugFile(elf)
  if (debug === undefined) return own
  try {
    return own.concat(findSymbols(debug, () => true))
  } finally {
    debug.close()
  }
}

/** Of IFUNCs the symbol is that of the resolver: not the function of that name. */
function rangeOf(elf: ElfFile, symbol: ElfSymbol): FunctionRange | undefined {
  const { name, kind, size } = symbol
  if (kind !== 'function' || size <= 0n || size > MOST_BYTES) return undefined
  // The lowest bit says that the function is in Thumb instructions.
  const address = elf.machine === EM_ARM ? symbol.address & ~1n : symbol.address
  const place = fileOffset(elf, address)
  if (!place?.executable) return undefined
  return { name, start: place.offset, end: place.offset + Number(size) }
}

/** What others call it by before what it calls itself; `malloc` before `__libc_malloc`. */
function isBetter(a: ElfSymbol, b: ElfSymbol): boolean {
  if (a.global !== b.global) return a.global
  if (a.isDefault !== b.isDefault) return a.isDefault
  const underscores = /^_*/.exec(a.name)![0].length - /^_*/.exec(b.name)![0].length
  if (underscores !== 0) return underscores < 0
  return a.name.length === b.name.length ? a.name < b.name : a.name.length < b.name.length
}
