/**
 * The text of `ftrace:bprint` records: `trace_printk` with a constant format stores the format's
 * address and the arguments in binary; the text is made here as the kernel would have made it.
 *
 *   ip (long) · fmt (long, → printk_formats) · u32 buf[]: the packed arguments
 */
import { decodeText } from '../event/text.ts'
import type { EventFormat } from '../event/types.ts'
import type { TextCode } from './code.ts'
import { conversionStep } from './conversions.ts'
import { PackedArguments } from './packed-arguments.ts'
import type { PrintContext } from './print-context.ts'
import { compilePrintf, type PrintfPiece } from './printf.ts'
import { RecordCursor } from './record-cursor.ts'
import { plainStep, runSteps, Step } from './steps.ts'
import { TextSink } from './text-sink.ts'

/** Longest text that is made; the kernel's own buffer holds 1024 bytes. */
export const MAX_BPRINT_TEXT = 16_384

/** Most formats that are kept compiled; a kernel with all its modules has some hundred. */
const MAX_FORMATS = 4096

const NOTHING = new Uint8Array(0)

/**
 * What `REC->fmt` of ftrace:bprint stands for. Formats are taken apart once. A format that
 * printk_formats does not know gives `(NO FORMAT FOUND at <address>)`; arguments that the record
 * does not hold leave their conversion as it was written.
 */
export function bprintText(format: EventFormat, context: PrintContext): TextCode {
  const { littleEndian, longSize } = context
  const pointer = format.fields.find((field) => field.name === 'fmt')?.offset ?? 8 + longSize
  const buffer = format.fields.find((field) => field.name === 'buf')?.offset ?? 8 + 2 * longSize
  const args = new PackedArguments(context)
  const compiled = new Map<string, readonly Step[]>()
  const stepsOf = (text: string): readonly Step[] => {
    const known = compiled.get(text)
    if (known) return known
    if (compiled.size >= MAX_FORMATS) compiled.clear()
    const steps = compileSteps(text, args, context)
    compiled.set(text, steps)
    return steps
  }
  return {
    kind: 'text',
    write: (r) => {
      const end = Math.min(r.at + r.size, r.bytes.length)
      const at = r.at + pointer
      if (at + longSize > end) return
      const low = r.view.getInt32(longSize === 8 && !littleEndian ? at + 4 : at, littleEndian)
      const high = longSize === 4 ? 0 : r.view.getInt32(littleEndian ? at + 4 : at, littleEndian)
      const text = context.printkFormats().textAt(high >>> 0, low >>> 0)
      if (text === undefined) {
        r.sink.latin1('(NO FORMAT FOUND at ')
        r.sink.hex64(high, low)
        r.sink.byte(0x29)
        return
      }
      args.reset(Math.min(r.at + buffer, end), end)
      runBounded(stepsOf(text), r, littleEndian)
    },
  }
}

/** Text of the record of `size` bytes at `offset` of `view`, as columns show it; never throws. */
export type BprintReader = (view: DataView, offset: number, size: number) => string

/** Makes the reader of a file's bprint records for columns. */
export function createBprintReader(format: EventFormat, context: PrintContext): BprintReader {
  const { write } = bprintText(format, context)
  const r = new RecordCursor()
  r.sink = new TextSink(1024)
  return (view, offset, size) => {
    if (view !== r.view) {
      r.view = view
      r.bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    }
    r.at = offset
    r.size = size
    r.sink.clear()
    write(r)
    return decodeText(r.sink.bytes, 0, r.sink.length)
  }
}

function runBounded(steps: readonly Step[], r: RecordCursor, littleEndian: boolean): void {
  const most = r.sink.length + MAX_BPRINT_TEXT
  runSteps(steps, r, littleEndian, MAX_BPRINT_TEXT)
  if (r.sink.length > most) r.sink.length = most
}

function compileSteps(text: string, args: PackedArguments, context: PrintContext): Step[] {
  let before: Uint8Array = NOTHING
  const steps: Step[] = []
  for (const piece of compilePrintf(text, context.longSize)) {
    if (piece.conversion === undefined) {
      before = Buffer.concat([before, Buffer.from(piece.text)])
      continue
    }
    steps.push(unlessExhausted(before, piece, packedStep(piece, args, context), args))
    before = NOTHING
  }
  steps.push(plainStep(before))
  return steps
}

/** The conversion as it was written where its arguments are not there. */
function unlessExhausted(
  before: Uint8Array,
  piece: PrintfPiece,
  step: Step,
  args: PackedArguments,
): Step {
  const written = Buffer.from(piece.text)
  return new Step(before, (r) => {
    const start = r.sink.length
    step.write(r)
    if (!args.exhausted) return
    r.sink.length = start
    r.sink.all(written)
  })
}

function packedStep(piece: PrintfPiece, args: PackedArguments, context: PrintContext): Step {
  const width = piece.width === '*' ? args.star() : undefined
  const precision = piece.precision === '*' ? args.star() : undefined
  if (piece.conversion !== 'p') {
    const value =
      piece.conversion === 's'
        ? args.string()
        : piece.conversion === 'c'
          ? args.char()
          : args.integer(piece)
    return conversionStep(NOTHING, piece, value, width, precision, context)
  }
  // The kernel did the padding of what it rendered; the width of `%*ph` is a length.
  const rendered = { ...piece, conversion: 's', width: 0, precision: -1, suffix: '' } as const
  const text = conversionStep(NOTHING, rendered, args.string(), undefined, undefined, context)
  const suffix = /^[sSfFBxKe]/.test(piece.suffix) ? piece.suffix : ''
  const plain = { ...piece, width: piece.width === '*' ? 0 : piece.width, suffix }
  const value = conversionStep(NOTHING, plain, args.pointer(), undefined, undefined, context)
  return new Step(NOTHING, (r) => {
    width?.narrow(r)
    precision?.narrow(r)
    if (args.isRendered(piece.suffix, r)) text.write(r)
    else value.write(r)
  })
}
