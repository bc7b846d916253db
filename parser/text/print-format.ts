/**
 * An event's print format, compiled once and then written for each record: the text that the
 * kernel's own `trace` file shows after the event's name. The deliberate differences from what
 * other readers print are in docs/report.md.
 */
import { type BprintPiece, compileBprintFormat } from '../event/bprint-format.ts'
import { splitPrintFmt } from '../event/print-fmt.ts'
import type { EventFormat } from '../event/types.ts'
import { asInteger, type IntegerCode } from './code.ts'
import { Compiler } from './compiler.ts'
import { conversionStep, literalStep, type Step } from './conversions.ts'
import { ExpressionError, parseExpression } from './expression.ts'
import { HELPERS } from './helpers/index.ts'
import type { PrintContext } from './print-context.ts'
import { createFieldsWriter, type FieldsWriter } from './raw-fields.ts'
import { RecordCursor } from './record-cursor.ts'

/** Makes the text of one event's records. */
export interface EventText {
  /** Writes the text of the record `bytes[at … at + size]`; `view` is over the same bytes. */
  readonly write: FieldsWriter
  /** False where the print format cannot be evaluated; the text is then ` name=value` for all fields. */
  readonly parseOk: boolean
  /** Why it cannot be, '' when it can. */
  readonly problem: string
}

/** Compiles the print format of an event; never throws. */
export function compilePrintFormat(format: EventFormat, context: PrintContext): EventText {
  const write = createFallback(format, context)
  if (!format.parseOk) return { parseOk: false, problem: format.problem, write }
  try {
    const compiler = new Compiler(format, context, HELPERS)
    const steps = compileSteps(format.printFmt, compiler)
    return { parseOk: true, problem: '', write: createWriter(steps, compiler, write) }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return { parseOk: false, problem: error.message, write }
  }
}

/** The fields by themselves, marked as the usual reports mark them. */
function createFallback(format: EventFormat, context: PrintContext): FieldsWriter {
  const marker = Buffer.from('[FAILED TO PARSE]', 'latin1')
  const writeFields = createFieldsWriter(format, context)
  return (bytes, view, at, size, sink) => {
    sink.all(marker)
    writeFields(bytes, view, at, size, sink)
  }
}

/** One cursor serves all writers: none of them runs inside another. */
const CURSOR = new RecordCursor()

function createWriter(
  steps: readonly Step[],
  { minimumSize }: Compiler,
  fallback: FieldsWriter,
): FieldsWriter {
  const cursor = CURSOR
  return (bytes, view, at, size, sink) => {
    if (size < minimumSize) {
      fallback(bytes, view, at, size, sink)
      return
    }
    cursor.bytes = bytes
    cursor.view = view
    cursor.at = at
    cursor.size = size
    cursor.sink = sink
    for (let i = 0; i < steps.length; i++) steps[i]!(cursor)
  }
}

const NOTHING = new Uint8Array(0)

function compileSteps(printFmt: string, compiler: Compiler): Step[] {
  const { format, args } = splitPrintFmt(printFmt)
  const pieces = compileBprintFormat(format, compiler.context.longSize)
  const steps: Step[] = []
  let before: Uint8Array = NOTHING
  let next = 0
  const take = (): string => {
    const text = args[next++]
    if (text === undefined) throw new ExpressionError('fewer arguments than conversions')
    return text
  }
  const takeStar = (of: BprintPiece['width']): IntegerCode | undefined =>
    of === '*' ? asInteger(compiler.compile(parseExpression(take()))) : undefined
  for (const piece of pieces) {
    if (piece.conversion === undefined) {
      before = Buffer.concat([before, Buffer.from(piece.text)])
      continue
    }
    const width = takeStar(piece.width)
    const precision = takeStar(piece.precision)
    const value = compiler.compile(parseExpression(take()))
    steps.push(conversionStep(before, piece, value, width, precision, compiler.context))
    before = NOTHING
  }
  if (before.length > 0) steps.push(literalStep(before))
  return steps
}
