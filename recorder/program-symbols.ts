/** Looks functions up by name in a program or library, and says where in the file a probe goes. */

import { DEBUG_ROOTS, openDebugFile } from '../elf/debug-file.ts'
import { type ElfFile, fileOffset, openElf } from '../elf/elf.ts'
import { type ElfSymbol, findSymbols, hasSymbolTable } from '../elf/symbols.ts'
import { TraceError } from '../parser/error.ts'
import { globTest } from './event-select.ts'

/** A place in a file where a probe can be set. */
export interface ProbePlace {
  readonly symbol: string
  /** Bytes from the start of the file, which is what `uprobe_events` takes. */
  readonly offset: number
}

/** The functions of one file, with those of its separate debug file. Symbols are read once. */
export class ProgramSymbols {
  readonly path: string
  readonly machine: number
  readonly wide: boolean
  readonly #segments: ElfFile['segments']
  readonly #exported: ReadonlyMap<string, readonly ElfSymbol[]>
  #debug: ReadonlyMap<string, readonly ElfSymbol[]> | undefined
  readonly #debugRoots: readonly string[]

  /** Reads the symbols of the file itself. Throws `ERR_ELF`. */
  constructor(path: string, debugRoots: readonly string[] = DEBUG_ROOTS) {
    const elf = openElf(path)
    try {
      this.path = path
      this.machine = elf.machine
      this.wide = elf.wide
      this.#segments = elf.segments
      this.#exported = byName(findSymbols(elf, () => true))
      this.#debugRoots = debugRoots
      if (hasSymbolTable(elf)) this.#debug = new Map()
    } finally {
      elf.close()
    }
  }

  /**
   * Where `name` (also `name@VERSION`) begins. Throws `ERR_PROBE_SYMBOL` when it is missing, not a
   * function or not unique, `ERR_PROBE_IFUNC` when its address is that of a resolver.
   */
  find(name: string): ProbePlace {
    const at = name.indexOf('@')
    const bare = at < 0 ? name : name.slice(0, at)
    const version = at < 0 ? undefined : name.slice(at).replace(/^@+/, '')
    const symbols = (this.#lookup(bare) ?? []).filter(
      (symbol) => version === undefined || symbol.version === version,
    )
    if (symbols.length === 0) throw this.#missing(name)
    return this.#place(name, this.#choose(name, symbols))
  }

  /** Whether `find` would give a place. */
  has(name: string): boolean {
    try {
      this.find(name)
      return true
    } catch (error) {
      if (error instanceof TraceError) return false
      throw error
    }
  }

  /**
   * Functions whose name fits a pattern with `*` and `?`, each once and sorted; those that cannot be
   * probed are left out. Throws `ERR_PROBE_SYMBOL` when there is none.
   */
  match(pattern: string): ProbePlace[] {
    const wanted = globTest(pattern)
    const debug = this.#readDebug()
    const names = new Set([...this.#exported.keys(), ...debug.keys()].filter(wanted))
    const places = [...names]
      .sort()
      .filter((name) => this.has(name))
      .map((name) => this.find(name))
    if (places.length === 0) throw this.#missing(pattern)
    return places
  }

  #lookup(name: string): readonly ElfSymbol[] | undefined {
    return this.#exported.get(name) ?? this.#readDebug().get(name)
  }

  #readDebug(): ReadonlyMap<string, readonly ElfSymbol[]> {
    if (this.#debug) return this.#debug
    const elf = openElf(this.path)
    try {
      const debug = openDebugFile(elf, this.#debugRoots)
      try {
        this.#debug = debug ? byName(findSymbols(debug, () => true)) : new Map()
      } finally {
        debug?.close()
      }
    } finally {
      elf.close()
    }
    return this.#debug
  }

  /** The default version before older ones, what is exported before what is local. */
  #choose(name: string, symbols: readonly ElfSymbol[]): ElfSymbol {
    const current = symbols.filter(({ isDefault }) => isDefault)
    const candidates = current.length > 0 ? current : symbols
    const exported = candidates.filter(({ global }) => global)
    const best = exported.length > 0 ? exported : candidates
    const addresses = new Set(best.map(({ address }) => address))
    if (addresses.size === 1) return best[0]!
    throw new TraceError(
      'ERR_PROBE_SYMBOL',
      `${name} stands for ${addresses.size} different places in ${this.path}`,
      {
        where: { file: this.path },
        hint: `name one by its file offset: ${[...new Set(best.map((s) => this.#text(s)))].join(', ')}`,
      },
    )
  }

  #text({ address, version }: ElfSymbol): string {
    const offset = fileOffset({ segments: this.#segments }, address)?.offset
    return `0x${(offset ?? 0).toString(16)}${version ? ` (${version})` : ''}`
  }

  #place(name: string, symbol: ElfSymbol): ProbePlace {
    const where = { file: this.path }
    if (symbol.kind === 'ifunc') {
      throw new TraceError(
        'ERR_PROBE_IFUNC',
        `${name} in ${this.path} is an IFUNC: its address is that of a resolver, which runs once ` +
          'and picks the function for this CPU',
        { where, hint: this.#ifuncHint(name) },
      )
    }
    const place = fileOffset({ segments: this.#segments }, symbol.address)
    if (!place?.executable || symbol.kind === 'object' || symbol.kind === 'other') {
      throw new TraceError('ERR_PROBE_SYMBOL', `${name} in ${this.path} is not a function`, {
        where,
        hint: 'name a function: probes are set on instructions',
      })
    }
    return { symbol: symbol.name, offset: place.offset }
  }

  #ifuncHint(name: string): string {
    const bare = name.replace(/@.*/, '')
    const variants = [...this.#exported.keys(), ...this.#readDebug().keys()]
      .filter((other) => other.startsWith(`__${bare}_`) && !/_(chk|ifunc)/.test(other))
      .filter((other) => this.has(other))
      .slice(0, 4)
    return variants.length > 0
      ? `probe an implementation, for example ${variants.join(', ')}`
      : 'probe an implementation, whose names are in the debug symbols (-dbgsym, -debuginfo package)'
  }

  #missing(name: string): TraceError {
    const near = [...this.#exported.keys()]
      .filter((other) => other.includes(name) || other.replace(/^_+/, '') === name)
      .sort((a, b) => a.length - b.length)
      .slice(0, 3)
    const debug = this.#readDebug().size > 0 || this.#exported.size > 0 ? '' : ' (it is stripped)'
    return new TraceError('ERR_PROBE_SYMBOL', `${this.path} has no function ${name}${debug}`, {
      where: { file: this.path },
      hint:
        near.length > 0
          ? `did you mean ${near.join(', ')}?`
          : 'install its debug symbols, or give a file offset: FILE:0xOFFSET',
    })
  }
}

function byName(symbols: readonly ElfSymbol[]): Map<string, ElfSymbol[]> {
  const map = new Map<string, ElfSymbol[]>()
  for (const symbol of symbols) {
    const list = map.get(symbol.name)
    if (list) list.push(symbol)
    else map.set(symbol.name, [symbol])
  }
  return map
}
