/**
 * Columns of event tables: turns a parsed format file into one typed column a field. The declared
 * size and sign decide, never the spelling of the type, but for the exceptions listed in
 * docs/schema.md: bool, addresses, syscall arguments, text, bytes, masks and ftrace's own events.
 */
import { lookUpType } from '../event/c-types.ts'
import type { EventFormat, FieldFormat } from '../event/types.ts'
import type { ColumnSpec, ColumnType, Extent, IntegerType, ReadSpec } from './types.ts'

/** What the recording kernel was, as far as columns depend on it. */
export interface SchemaContext {
  /** Bytes of the kernel's `long`, from header_page. */
  readonly longSize: 4 | 8
  readonly littleEndian: boolean
}

/** One row of `meta.fields`; `position` counts from 1. */
export interface FieldRow {
  readonly position: number
  readonly field: string
  readonly cType: string
  readonly offset: number
  readonly size: number
  readonly signed: boolean
  readonly columnType: ColumnType
}

type Column = Omit<ColumnSpec, 'name'>

/** Names that every event table uses itself; a field of that name gets a trailing `_`. */
export const RESERVED_COLUMNS: readonly string[] = [
  'ts',
  'common_cpu',
  'common_pid',
  'common_comm',
  'common_flags',
  'common_preempt_count',
  'common_source',
  'common_stack',
  'common_user_stack',
]

/**
 * The columns of an event's own fields, in kernel order, one a field (in a kprobe array of strings
 * one an element). Names are unique without regard to case, as SQL identifiers must be.
 */
export function columnsOf(format: EventFormat, context: SchemaContext): ColumnSpec[] {
  const taken = new Set(RESERVED_COLUMNS)
  return format.fields.flatMap((field) =>
    columnsOfField(field, format, context).map((column, i) => {
      const own = sqlName(field.name)
      const name = uniqueName(i === 0 ? own : `${own}_${i}`, taken)
      return { name, ...column }
    }),
  )
}

/** Rows of `meta.fields` for an event; `columns` is what `columnsOf` gave for the same format. */
export function describeFields(format: EventFormat, columns: readonly ColumnSpec[]): FieldRow[] {
  let next = 0
  return format.fields.map((field, i) => {
    const column = columns[next]
    next += stringCount(field)
    return {
      position: i + 1,
      field: field.name,
      cType: field.declaration,
      offset: field.offset,
      size: field.size,
      signed: field.signed,
      columnType: column?.type ?? 'BLOB',
    }
  })
}

/** A name of the kernel as SQL can have it: not empty, and without NUL. */
export function sqlName(name: string): string {
  return name.replaceAll('\0', '') || '_'
}

function uniqueName(name: string, taken: Set<string>): string {
  let unique = name
  while (taken.has(unique.toLowerCase())) unique += '_'
  taken.add(unique.toLowerCase())
  return unique
}

function columnsOfField(field: FieldFormat, format: EventFormat, context: SchemaContext): Column[] {
  const special = format.system === 'ftrace' ? ftraceColumn(field, format, context) : undefined
  if (special) return [special]
  if (isSyscall(format)) {
    const argument = syscallColumn(field, format, context)
    if (argument) return [argument]
  }
  switch (field.kind) {
    case 'bool':
      return [{ type: 'BOOLEAN', read: { op: 'bool', offset: field.offset, size: field.size } }]
    case 'pointer':
      return [addressColumn(field)]
    case 'scalar':
      if (isAddress(field, context)) return [addressColumn(field)]
      return [integerColumn(field.offset, field.size, field.size, field.signed)]
    case 'struct':
      return [{ type: 'BLOB', read: { op: 'blob', extent: extentOf(field) } }]
    default:
      return stringCount(field) > 1 ? stringColumns(field) : [arrayColumn(field, context)]
  }
}

function arrayColumn(field: FieldFormat, context: SchemaContext): Column {
  const extent = extentOf(field)
  if (field.isBitmask) {
    return { type: 'USMALLINT[]', read: { op: 'bits', extent, wordSize: context.longSize } }
  }
  if (field.isText && (field.kind === 'dataLoc' || dimensionCount(field) < 2)) {
    return { type: 'VARCHAR', read: { op: 'text', extent, trimNewline: false } }
  }
  if (isBytes(field, context)) return { type: 'BLOB', read: { op: 'blob', extent } }
  const { elementSize, signed } = field
  const type = isAddress(field, context) ? 'UBIGINT' : integerType(elementSize, signed)
  return { type: `${type}[]`, read: { op: 'list', extent, elementSize, signed } }
}

/** Unsigned bytes, and elements whose size is not known, are no numbers but data. */
function isBytes(field: FieldFormat, context: SchemaContext): boolean {
  if (field.isText) return true
  if (field.elementSize !== 1) return false
  const type = lookUpType(field.type, context.longSize)
  return type === undefined || type.size !== 1 || !type.signed
}

function isAddress(field: FieldFormat, context: SchemaContext): boolean {
  const isLong =
    field.type.includes('*') || /\bunsigned long$|\blong unsigned int$/.test(field.type)
  return isLong && field.elementSize === context.longSize
}

function addressColumn(field: FieldFormat): Column {
  return {
    type: 'UBIGINT',
    read: { op: 'int', offset: field.offset, size: field.size, signed: false },
  }
}

/** An integer of `width` bytes in the type that `size` and `signed` ask for. */
function integerColumn(offset: number, width: number, size: number, signed: boolean): Column {
  return { type: integerType(size, signed), read: { op: 'int', offset, size: width, signed } }
}

function integerType(size: number, signed: boolean): IntegerType {
  if (size === 1) return signed ? 'TINYINT' : 'UTINYINT'
  if (size === 2) return signed ? 'SMALLINT' : 'USMALLINT'
  if (size === 4) return signed ? 'INTEGER' : 'UINTEGER'
  return signed ? 'BIGINT' : 'UBIGINT'
}

function extentOf(field: FieldFormat): Extent {
  const { offset, size } = field
  if (field.kind === 'rest') return { at: 'rest', offset }
  // Synthetic events keep the four bytes of a location in a slot of eight.
  if (field.kind === 'dataLoc') return { at: 'dataLoc', offset, size: size >= 4 ? 4 : 2 }
  if (field.kind === 'relLoc') return { at: 'relLoc', offset, size: size >= 4 ? 4 : 2 }
  return { at: 'fixed', offset, size }
}

// A probe's `name=+0(%di):string[3]` is declared `__data_loc char[][3] name`: three locations.

/** Array dimensions; the empty brackets of a dynamic location are not one. */
function dimensionCount(field: FieldFormat): number {
  const brackets = field.declaration.split('[').length - 1
  return field.kind === 'dataLoc' || field.kind === 'relLoc' ? brackets - 1 : brackets
}

function stringCount(field: FieldFormat): number {
  const isArray = field.kind === 'dataLoc' && field.isText && dimensionCount(field) > 0
  return isArray && field.size > 4 && field.size % 4 === 0 ? field.size / 4 : 1
}

function stringColumns(field: FieldFormat): Column[] {
  return Array.from({ length: stringCount(field) }, (_, i) => textAt(field.offset + 4 * i))
}

function textAt(offset: number): Column {
  return {
    type: 'VARCHAR',
    read: { op: 'text', extent: { at: 'dataLoc', offset, size: 4 }, trimNewline: false },
  }
}

function isSyscall(format: EventFormat): boolean {
  return format.system === 'syscalls' && /^sys_(enter|exit)_/.test(format.name)
}

/**
 * Syscall arguments sit in slots of the kernel's long, whatever their C type: the value is in the
 * low-order part of the slot, which on a big-endian kernel is its end.
 */
function syscallColumn(
  field: FieldFormat,
  format: EventFormat,
  context: SchemaContext,
): Column | undefined {
  if (field.kind === 'dataLoc' && isByteValue(field, format)) {
    return { type: 'BLOB', read: { op: 'blob', extent: extentOf(field) } }
  }
  if (field.kind !== 'scalar' || field.name === '__syscall_nr') return undefined
  const type = lookUpType(field.type, context.longSize)
  if (type?.kind === 'address') return addressColumn(field)
  if (type?.kind !== 'integer' && type?.kind !== 'char') return undefined
  // Of a type wider than the slot only a slot was recorded: its size and sign decide.
  if (type.size > field.size) return undefined
  const width = type.size
  const offset = context.littleEndian ? field.offset : field.offset + field.size - width
  return integerColumn(offset, width, width, type.signed)
}

/** `write` and its like record user bytes, not text; the print format prints them as an array. */
function isByteValue(field: FieldFormat, format: EventFormat): boolean {
  const { name } = field
  if (!name.startsWith('__') || !name.endsWith('_val')) return false
  return format.printFmt.includes(`__print_dynamic_array(${name},`)
}

/** ftrace's own events whose declarations do not tell what they hold. */
function ftraceColumn(
  field: FieldFormat,
  format: EventFormat,
  context: SchemaContext,
): Column | undefined {
  const read = ftraceRead(field, format, context)
  if (read === undefined) return undefined
  if (read.op === 'blob') return { type: 'BLOB', read }
  return { type: read.op === 'callers' || read.op === 'list' ? 'UBIGINT[]' : 'VARCHAR', read }
}

function ftraceRead(
  field: FieldFormat,
  format: EventFormat,
  context: SchemaContext,
): ReadSpec | undefined {
  switch (`${format.name}.${field.name}`) {
    case 'print.buf':
      return { op: 'text', extent: extentOf(field), trimNewline: true }
    case 'raw_data.buf':
      return { op: 'blob', extent: extentOf(field) }
    case 'bprint.buf':
      return { op: 'bprint' }
    case 'bputs.str':
      return { op: 'printkString', offset: field.offset, size: field.size }
    case 'kernel_stack.caller': {
      // The declared length is nominal: the record holds as many callers as `size` says.
      const { offset } = field
      const count = format.fields.find((other) => other.name === 'size' && other.size === 4)
      const elementSize = context.longSize
      if (count) return { op: 'callers', countOffset: count.offset, offset, elementSize }
      return { op: 'list', extent: { at: 'rest', offset }, elementSize, signed: false }
    }
    default:
      return undefined
  }
}
