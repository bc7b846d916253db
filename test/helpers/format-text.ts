/**
 * Texts of tracefs `format` and `header_page` files, and records that fit them.
 * Authority: kernel/trace/trace_events.c, `f_show()` and `ring_buffer_print_page_header()`.
 */
import { ByteWriter } from './byte-writer.ts'
import { LAYOUT, type PageLayout } from './page-builder.ts'

/** One `field:` line: declaration, size, signedness, and an offset unless the natural one is meant. */
export interface FieldSpec {
  /** As the kernel writes it: `int prev_prio`, `__data_loc char[] name`, `char comm[16]`. */
  readonly declaration: string
  readonly size: number
  readonly signed?: boolean
  readonly offset?: number
}

/** Shorthand for a `FieldSpec`. */
export const field = (declaration: string, size: number, signed = false): FieldSpec => ({
  declaration,
  size,
  signed,
})

/** The common fields of every mainline kernel: 8 bytes. */
export const COMMON: readonly FieldSpec[] = [
  field('unsigned short common_type', 2),
  field('unsigned char common_flags', 1),
  field('unsigned char common_preempt_count', 1),
  field('int common_pid', 4, true),
]

/** An event for `formatText`. */
export interface EventSpec {
  readonly system: string
  readonly name: string
  readonly id: number
  readonly fields: readonly FieldSpec[]
  readonly printFmt?: string
  readonly common?: readonly FieldSpec[]
}

/** Gives every field its natural offset: aligned to the element, at most to 8. */
const place = (fields: readonly FieldSpec[], start: number): (FieldSpec & { offset: number })[] => {
  let at = start
  return fields.map((f) => {
    const array = /\[(\d+)\]$/.exec(f.declaration)
    const element = array ? f.size / Number(array[1]) : f.size
    const unit = [8, 4, 2].find((n) => element % n === 0 && element > 0) ?? 1
    const offset = f.offset ?? Math.ceil(at / unit) * unit
    at = offset + f.size
    return { ...f, offset }
  })
}

const line = (f: FieldSpec & { offset: number }): string =>
  `\tfield:${f.declaration};\toffset:${f.offset};\tsize:${f.size};\tsigned:${f.signed ? 1 : 0};\n`

/** Offset of every field of an event, the common ones first. */
export const placeFields = (event: EventSpec): (FieldSpec & { offset: number })[] => {
  const common = place(event.common ?? COMMON, 0)
  const last = common.at(-1)
  return [...common, ...place(event.fields, last ? last.offset + last.size : 0)]
}

/** The text of an event's `format` file. */
export const formatText = (event: EventSpec): string => {
  const placed = placeFields(event)
  const commons = (event.common ?? COMMON).length
  return [
    `name: ${event.name}\nID: ${event.id}\nformat:\n`,
    ...placed.slice(0, commons).map(line),
    '\n',
    ...placed.slice(commons).map(line),
    `\nprint fmt: ${event.printFmt ?? '""'}\n`,
  ].join('')
}

/** The text of `events/header_page` for a layout. */
export const headerPageText = (layout: PageLayout = LAYOUT): string => {
  const { longSize, dataOffset, pageSize } = layout
  return [
    field('u64 timestamp', 8),
    { ...field('local_t commit', longSize, true), offset: 8 },
    { ...field('int overwrite', 1, true), offset: 8 },
    { ...field('char data', pageSize - dataOffset), offset: dataOffset },
  ]
    .map((f) => line({ offset: 0, ...f }))
    .join('')
}

/** What `events/header_event` says; informational. */
export const HEADER_EVENT_TEXT: string = [
  '# compressed entry header\n\ttype_len    :    5 bits\n\ttime_delta  :   27 bits\n',
  '\tarray       :   32 bits\n\n\tpadding     : type == 29\n\ttime_extend : type == 30\n',
  '\ttime_stamp : type == 31\n\tdata max type_len  == 28\n',
].join('')

/** The 8 common bytes of a record. */
export const commonBytes = (
  id: number,
  pid: number,
  more: { flags?: number; preempt?: number; littleEndian?: boolean } = {},
): ByteWriter =>
  new ByteWriter(more.littleEndian ?? true)
    .u16(id)
    .u8(more.flags ?? 0)
    .u8(more.preempt ?? 0)
    .int(4, pid)

/** A value for `record`: integers for scalars, bytes for arrays in place, `dynamic` for `__data_loc`. */
export type RecordValue = bigint | number | Uint8Array | { readonly dynamic: Uint8Array }

/**
 * A record of an event: scalars by their field's size, arrays in place, dynamic data behind the
 * fixed part with its length and offset in the field (`__rel_loc` counts from the field's end).
 */
export const record = (
  event: EventSpec,
  pid: number,
  values: Readonly<Record<string, RecordValue>>,
  more: { flags?: number; preempt?: number; littleEndian?: boolean } = {},
): Uint8Array => {
  const littleEndian = more.littleEndian ?? true
  const placed = placeFields(event)
  const fixedEnd = Math.max(...placed.map((f) => f.offset + f.size))
  const out = new ByteWriter(littleEndian).bytes(commonBytes(event.id, pid, more).take())
  const tail = new ByteWriter(littleEndian)
  for (const f of placed.slice((event.common ?? COMMON).length)) {
    const name = /(\w+)(\[[^\]]*\])*$/.exec(f.declaration)?.[1] ?? ''
    const value = values[name] ?? 0
    out.padTo(f.offset)
    if (typeof value === 'bigint' || typeof value === 'number') out.int(f.size, value)
    else if (value instanceof Uint8Array) out.bytes(value)
    else {
      const base = f.declaration.startsWith('__rel_loc') ? f.offset + f.size : 0
      out.u32(((value.dynamic.length << 16) | (fixedEnd + tail.length - base)) >>> 0)
      tail.bytes(value.dynamic)
    }
    if (f.size > 0) out.padTo(f.offset + f.size)
  }
  return out.bytes(tail.take()).take()
}
