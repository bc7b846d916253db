/**
 * An event's print format, compiled once and then written for each record: the text that the
 * kernel's own `trace` file shows after the event's name. The deliberate differences from what
 * other readers print are in docs/report.md.
 */

import { splitPrintFmt } from '../event/print-fmt.ts'
import type { EventFormat } from '../event/types.ts'
import { bprintText } from './bprint.ts'
import { asInteger } from './code.ts'
import { Compiler, isStack } from './compiler.ts'
import { conversionStep } from './conversions.ts'
import { type Expression, ExpressionError, parseExpression } from './expression.ts'
import { HELPERS } from './helpers/index.ts'
import type { PrintContext } from './print-context.ts'
import { compilePrintf, type PrintfPiece } from './printf.ts'
import { createFieldsWriter, type FieldsWriter } from './raw-fields.ts'
import { soleField } from './sole-field.ts'
import { FEW, type StepText, stepWriter } from './step-text.ts'
import { plainStep, Step, StepKind } from './steps.ts'
import { TextCache } from './text-cache.ts'

/** Makes the text of one event's records. */
export interface EventText {
  /** Writes the text of the record `bytes[at … at + size]`; `view` is over the same bytes. */
  readonly write: FieldsWriter
  /** The same in steps; undefined where the format cannot be evaluated. */
  readonly text: StepText | undefined
  /**
   * False where the print format cannot be evaluated: arguments that need what a recording does
   * not hold are `?`; where nothing is left, the text is ` name=value` for all fields.
   */
  readonly parseOk: boolean
  /** What could not be evaluated first, '' when all could. */
  readonly problem: string
}

/** Compiles the print format of an event, for `few` records without generating a function; never throws. */
export function compilePrintFormat(
  format: EventFormat,
  context: PrintContext,
  few: number = FEW,
): EventText {
  const shorter = createFallback(format, context)
  const fallback = { parseOk: false, write: shorter, text: undefined }
  if (!format.parseOk) return { ...fallback, problem: format.problem }
  try {
    const compiler = createCompiler(format, context)
    const { steps, problem } = compileSteps(format.printFmt, compiler)
    const text: StepText = { steps, least: compiler.minimumSize, shorter }
    const write = stepWriter(text, context.littleEndian, few)
    return { parseOk: problem === '', problem, write, text }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return { ...fallback, problem: error.message }
  }
}

function createCompiler(format: EventFormat, context: PrintContext): Compiler {
  if (format.system !== 'ftrace') return new Compiler(format, context, HELPERS)
  if (format.name === 'bprint')
    return new Compiler(format, context, HELPERS, new Map([['fmt', bprintText(format, context)]]))
  return new Compiler(
    format,
    isStack(format) ? { ...context, outOfBounds: () => {} } : context,
    HELPERS,
  )
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

const NOTHING = new Uint8Array(0)
/** What stands for an argument that cannot be evaluated. */
const UNKNOWN = Buffer.from('?', 'latin1')

function compileSteps(printFmt: string, compiler: Compiler): { steps: Step[]; problem: string } {
  const { format, args } = splitPrintFmt(printFmt)
  const pieces = compilePrintf(format, compiler.context.longSize)
  const steps: Step[] = []
  let problem = ''
  let before: Uint8Array = NOTHING
  let next = 0
  let evaluated = 0
  for (const piece of pieces) {
    if (piece.conversion === undefined) {
      before = Buffer.concat([before, Buffer.from(piece.text)])
      continue
    }
    const count = 1 + (piece.width === '*' ? 1 : 0) + (piece.precision === '*' ? 1 : 0)
    const texts = args.slice(next, next + count)
    if (texts.length < count) throw new ExpressionError('fewer arguments than conversions')
    next += count
    try {
      steps.push(compileConversion(before, piece, texts, compiler))
      before = NOTHING
      evaluated++
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error
      problem ||= error.message
      before = Buffer.concat([before, UNKNOWN])
    }
  }
  if (evaluated === 0 && problem !== '') throw new ExpressionError(problem)
  if (before.length > 0) steps.push(plainStep(before))
  return { steps, problem }
}

function compileConversion(
  before: Uint8Array,
  piece: PrintfPiece,
  args: readonly string[],
  compiler: Compiler,
): Step {
  const expressions = args.map((text) => parseExpression(text))
  const codes = expressions.map((expression) => compiler.compile(expression))
  const width = piece.width === '*' ? asInteger(codes.shift()!) : undefined
  const precision = piece.precision === '*' ? asInteger(codes.shift()!) : undefined
  const step = conversionStep(before, piece, codes[0]!, width, precision, compiler.context)
  if (args.length !== 1 || step.kind !== StepKind.call) return step
  return (
    excepting(step, piece, expressions[0]!, compiler) ??
    remembering(step, piece, expressions[0]!, compiler)
  )
}

/** Values whose text is remembered, for each conversion. */
const PLACES = 1024

/** The step, with a memory where its text is a name that one field decides. */
function remembering(
  step: Step,
  { conversion, suffix }: PrintfPiece,
  expression: Expression,
  compiler: Compiler,
): Step {
  const isName = conversion === 's' || (conversion === 'p' && /^[sSfFB]/.test(suffix))
  if (!isName) return step
  const field = soleField(expression, compiler.format)
  if (!field || !compiler.isDeclared(field.name)) return step
  const { before, write } = step
  const cache = new TextCache(PLACES)
  return new Step(before, write, StepKind.remembered, field.offset, field.size, { cache })
}

/** The step of `field != value ? field : instead`, where the field alone would be a number in hexadecimal. */
function excepting(
  { before, write }: Step,
  piece: PrintfPiece,
  expression: Expression,
  compiler: Compiler,
): Step | undefined {
  if (expression.kind !== 'conditional') return undefined
  const { test, yes, no } = expression
  if (test.kind !== 'binary' || test.operator !== '!=' || test.left.kind !== 'field')
    return undefined
  if (yes.kind !== 'field' || yes.name !== test.left.name) return undefined
  const value = compiler.constantOf(test.right)
  const instead = compiler.constantOf(no)
  if (value === undefined || instead === undefined) return undefined
  const field = compiler.compile(yes)
  const alone = conversionStep(before, piece, field, undefined, undefined, compiler.context)
  if (alone.kind !== StepKind.hex64) return undefined
  const unless = { value, instead }
  return new Step(before, write, StepKind.hex64Unless, alone.offset, alone.width, { unless })
}
