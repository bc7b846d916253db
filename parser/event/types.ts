/** Parsed tracefs `format` files: what a record of one event holds and where. */

/** How a field's bytes are found and what they are; see `trace-dat` format §10 in docs. */
export type FieldKind =
  | 'scalar' // integer of `size` bytes in place
  | 'pointer' // C pointer in place
  | 'bool'
  | 'array' // fixed array in place
  | 'rest' // `char buf[]`, size 0: to the end of the record
  | 'dataLoc' // u32 (length << 16 | offset), offset from the start of the record
  | 'relLoc' // the same, offset from the end of this field
  | 'struct' // opaque bytes in place

/** One `field:` line. */
export interface FieldFormat {
  readonly name: string
  /** C type as written, without the name and without a trailing `[…]`; `__data_loc` removed. */
  readonly type: string
  readonly kind: FieldKind
  readonly offset: number
  readonly size: number
  readonly signed: boolean
  /** Bytes of one element for array, rest, dataLoc, relLoc; else `size`. */
  readonly elementSize: number
  /** True for char elements (text), for `char`, and never for u8 unless the array is text. */
  readonly isText: boolean
  /** True for cpumask and bitmask fields. */
  readonly isBitmask: boolean
  /** The whole declaration as written, for `meta.fields.c_type`. */
  readonly declaration: string
}

/** A parsed tracefs `format` file. */
export interface EventFormat {
  readonly id: number
  readonly system: string
  readonly name: string
  /** The `common_*` fields. */
  readonly common: readonly FieldFormat[]
  /** The event's own fields, kernel order. */
  readonly fields: readonly FieldFormat[]
  readonly printFmt: string
  /** False when part of the text could not be parsed; `fields` then holds one `raw` rest field. */
  readonly parseOk: boolean
  /** What went wrong, '' when `parseOk`. */
  readonly problem: string
}
