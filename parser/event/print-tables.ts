/**
 * The `__print_flags` and `__print_symbolic` tables of print formats: what the values of a field
 * are called. Authority: kernel `include/trace/stages/stage3_trace_output.h`. Names of constants
 * that the kernel did not replace by their values make an entry unusable and are left out. Every
 * character is looked at a fixed number of times.
 */
import { evaluateConstant, type MaskedField, readMaskedField } from './print-expr.ts'
import { joinLiterals, skipQuoted, splitTopLevel } from './print-fmt.ts'

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
