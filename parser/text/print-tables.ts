/**
 * The `__print_flags` and `__print_symbolic` tables of print formats: what the values of a field
 * are called. Authority: kernel `include/trace/stages/stage3_trace_output.h`. Names of constants
 * that the kernel did not replace by their values make an entry unusable and are left out. Every
 * character is looked at a fixed number of times.
 */
import { joinLiterals, skipQuoted, splitTopLevel } from '../event/print-fmt.ts'
import { constantValue } from './compiler.ts'
import { type Expression, ExpressionError, parseExpression } from './expression.ts'

/** A field of the record, shifted and masked: the value is `(field >> shift) & mask`. */
export interface MaskedField {
  readonly field: string
  readonly shift: number
  /** 64 bits, all set when nothing is masked. */
  readonly mask: bigint
}

/** One table; the value looked up is `(field >> shift) & mask`. */
export interface PrintTable extends MaskedField {
  /** `flags`: any of the entries' bits, joined by the delimiter; `symbolic`: one of the entries. */
  readonly kind: 'flags' | 'symbolic'
  readonly delimiter: string
  /** In the order of the print format; values are 64 bits, unsigned. */
  readonly entries: readonly PrintTableEntry[]
}

/** One name of a table. */
export interface PrintTableEntry {
  readonly value: bigint
  readonly name: string
}

const CALL = /__print_(flags|symbolic)(?:_u64)?\s*\(/g

/** Most tables that are read of one print format. */
const MAX_TABLES = 256

/** The tables of a print format, in order; tolerant of anything, never throws. */
export function findPrintTables(printFmt: string): PrintTable[] {
  const tables: PrintTable[] = []
  CALL.lastIndex = 0
  for (let call = CALL.exec(printFmt); call; call = CALL.exec(printFmt)) {
    const start = CALL.lastIndex
    const end = findClose(printFmt, start)
    if (end < 0 || tables.length >= MAX_TABLES) break
    const args = splitTopLevel(printFmt, start, end)
    const table = call[1] === 'flags' ? readFlags(args) : readSymbols(args)
    if (table) tables.push(table)
    CALL.lastIndex = end
  }
  return tables
}

const ALL = 0xffff_ffff_ffff_ffffn

/** The field that an expression takes its bits from; undefined for anything more complicated. */
function readMaskedField(text: string): MaskedField | undefined {
  const expression = tryParse(text)
  return expression && maskedField(expression)
}

function maskedField(expression: Expression): MaskedField | undefined {
  if (expression.kind === 'field') return { field: expression.name, shift: 0, mask: ALL }
  // Casts in front of table values only widen.
  if (expression.kind === 'cast') return maskedField(expression.of)
  if (expression.kind !== 'binary') return undefined
  const left = maskedField(expression.left)
  const right = constantValue(expression.right)
  if (!left || right === undefined) return undefined
  if (expression.operator === '&') return { ...left, mask: left.mask & right }
  if (expression.operator !== '>>' || right > 63n) return undefined
  return { ...left, shift: left.shift + Number(right), mask: left.mask >> right }
}

function tryParse(text: string): Expression | undefined {
  try {
    return parseExpression(text)
  } catch (error) {
    if (error instanceof ExpressionError) return undefined
    throw error
  }
}

/** Value of a constant expression as unsigned 64 bits; undefined when it is not one. */
function evaluateConstant(text: string): bigint | undefined {
  const expression = tryParse(text)
  return expression && constantValue(expression)
}

function readFlags(args: readonly string[]): PrintTable | undefined {
  const field = readMaskedField(args[0] ?? '')
  const entries = readEntries(args.slice(2))
  if (!field || entries.length === 0) return undefined
  return { ...field, kind: 'flags', delimiter: joinLiterals(args[1] ?? ''), entries }
}

function readSymbols(args: readonly string[]): PrintTable | undefined {
  const field = readMaskedField(args[0] ?? '')
  const entries = readEntries(args.slice(1))
  if (!field || entries.length === 0) return undefined
  return { ...field, kind: 'symbolic', delimiter: '', entries }
}

/** Entries `{ value, "name" }`; others are left out. */
function readEntries(args: readonly string[]): PrintTableEntry[] {
  const entries: PrintTableEntry[] = []
  for (const arg of args) {
    if (!arg.startsWith('{') || !arg.endsWith('}')) continue
    const [expression = '', literal = ''] = splitTopLevel(arg, 1, arg.length - 1)
    const value = evaluateConstant(expression)
    if (value !== undefined && literal.includes('"'))
      entries.push({ value, name: joinLiterals(literal) })
  }
  return entries
}

/** Index of the bracket that closes the one before `start`, -1 when there is none. */
function findClose(text: string, start: number): number {
  let depth = 1
  for (let i = start; i < text.length; i++) {
    const c = text[i]
    if (c === '"' || c === "'") i = skipQuoted(text, i, text.length) - 1
    else if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i
  }
  return -1
}
