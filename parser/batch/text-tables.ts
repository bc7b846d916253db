/** Addresses that stand for text: printk_formats, and what bprint makes of them. */
import type { TraceFile } from '../container/types.ts'
import type { EventFormat } from '../event/types.ts'
import { type BprintReader, createBprintReader } from '../text/bprint.ts'
import { createPrintContext } from '../text/print-context.ts'
import type { TextTables } from './decode-context.ts'

/** Look-ups over a file's tables, each read on first use. */
export function createTextTables(file: TraceFile, bprint: EventFormat | undefined): TextTables {
  const context = createPrintContext(file, () => {})
  let reader: BprintReader | undefined
  return {
    printk: (address) => context.printkFormats().lookup(address),
    bprint: (view, offset, size) => {
      reader ??= bprint ? createBprintReader(bprint, context) : () => ''
      return reader(view, offset, size)
    },
  }
}
