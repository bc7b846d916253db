/** The text of `trace_printk` records, whose format is behind a pointer and whose arguments are packed. */
import { type BprintReader, createBprintReader } from '../event/bprint.ts'
import type { EventFormat } from '../event/types.ts'
import type { TextCode } from './code.ts'
import type { PrintContext } from './print-context.ts'

/** What `REC->fmt` of ftrace:bprint stands for. */
export function bprintText(format: EventFormat, context: PrintContext): TextCode {
  let reader: BprintReader | undefined
  return {
    kind: 'text',
    write: (r) => {
      reader ??= createReader(format, context)
      r.sink.all(Buffer.from(reader(r.view, r.at, r.size)))
    },
  }
}

function createReader(format: EventFormat, context: PrintContext): BprintReader {
  const { littleEndian, longSize, uname } = context
  const symbols = context.symbols()
  return createBprintReader(format, context.printkFormats(), {
    littleEndian,
    longSize,
    symbols,
    uname,
  })
}
