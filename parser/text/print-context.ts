/** What making an event's text needs to know about the recording. */
import type { TraceFile } from '../container/types.ts'
import { PrintkFormats } from '../event/printk-formats.ts'
import { SymbolTable } from '../event/symbols.ts'
import { AddressNames } from './address-names.ts'
import { ReportSymbols } from './report-symbols.ts'

/** The recording's machine and tables; one of them serves all formats of a file. */
export interface PrintContext {
  readonly littleEndian: boolean
  /** Bytes of the kernel's `long`. */
  readonly longSize: 4 | 8
  /** Option UNAME, '' when unknown. */
  readonly uname: string
  readonly names: AddressNames
  readonly printkFormats: () => Pick<PrintkFormats, 'textAt' | 'lookup'>
  /** Text of printk_formats at an address given as two halves. */
  readonly printk: (high: number, low: number) => Uint8Array | undefined
  /** Called for every field that lies outside its record. */
  readonly outOfBounds: () => void
}

/** The context of an opened file; its tables are read on first use. */
export function createPrintContext(file: TraceFile, outOfBounds: () => void): PrintContext {
  let printk: PrintkFormats | undefined
  const texts = new Map<string, Uint8Array>()
  let table: ReportSymbols | undefined
  const symbols = (): ReportSymbols => {
    table ??= new ReportSymbols(new SymbolTable(file.kallsyms()))
    return table
  }
  const formats = (): PrintkFormats => {
    printk ??= new PrintkFormats(file.printkFormats())
    return printk
  }
  return {
    littleEndian: file.littleEndian,
    longSize: file.headerPage.longSize,
    uname: file.uname,
    names: new AddressNames(symbols),
    printkFormats: formats,
    printk: (high, low) => {
      const text = formats().textAt(high >>> 0, low >>> 0)
      if (text === undefined) return undefined
      const known = texts.get(text)
      if (known) return known
      const bytes = Buffer.from(text)
      texts.set(text, bytes)
      return bytes
    },
    outOfBounds,
  }
}
