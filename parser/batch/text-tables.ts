/** Addresses that stand for text: printk_formats, and what bprint makes of them. */
import type { TraceFile } from '../container/types.ts'
import { type BprintReader, createBprintReader } from '../event/bprint.ts'
import { PrintkFormats } from '../event/printk-formats.ts'
import { SymbolTable } from '../event/symbols.ts'
import type { EventFormat } from '../event/types.ts'
import type { TextTables } from './decode-context.ts'

/** Look-ups over a file's tables, each read on first use. */
export function createTextTables(file: TraceFile, bprint: EventFormat | undefined): TextTables {
  let printk: PrintkFormats | undefined
  let reader: BprintReader | undefined
  const printkFormats = (): PrintkFormats => {
    printk ??= new PrintkFormats(file.printkFormats())
    return printk
  }
  const createReader = (): BprintReader => {
    if (!bprint) return () => ''
    const symbols = new SymbolTable(file.kallsyms())
    const { littleEndian, uname } = file
    const { longSize } = file.headerPage
    return createBprintReader(bprint, printkFormats(), { littleEndian, longSize, symbols, uname })
  }
  return {
    printk: (address) => printkFormats().lookup(address),
    bprint: (view, offset, size) => {
      reader ??= createReader()
      return reader(view, offset, size)
    },
  }
}
