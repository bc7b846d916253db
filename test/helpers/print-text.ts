/** Texts of hand-made records by hand-made print formats. */
import type { TraceFile } from '../../parser/container/types.ts'
import { parseEventFormat } from '../../parser/event/format.ts'
import { createPrintContext, type PrintContext } from '../../parser/text/print-context.ts'
import { compilePrintFormat, type EventText } from '../../parser/text/print-format.ts'
import { FEW } from '../../parser/text/step-text.ts'
import { TextSink } from '../../parser/text/text-sink.ts'
import { formatOf } from './formats.ts'

/** What differs from a little-endian recording of a 64-bit kernel without symbols. */
export interface PrintOptions {
  readonly littleEndian?: boolean
  readonly longSize?: 4 | 8
  readonly kallsyms?: string
  readonly printkFormats?: string
  readonly uname?: string
  readonly system?: string
  readonly name?: string
  /** Counts fields outside their record. */
  readonly outOfBounds?: () => void
}

/** The context of such a recording: what it says is all that a context asks of a file. */
export const contextOf = (options: PrintOptions = {}): PrintContext =>
  createPrintContext(
    {
      littleEndian: options.littleEndian ?? true,
      headerPage: { longSize: options.longSize ?? 8 },
      uname: options.uname ?? 'Linux box 6.12.1 x86_64',
      kallsyms: () => Buffer.from(options.kallsyms ?? ''),
      printkFormats: () => Buffer.from(options.printkFormats ?? ''),
    } as unknown as TraceFile,
    options.outOfBounds ?? (() => {}),
  )

/** Compiles `printFmt` for an event of the given own field lines. */
export const compileText = (
  fields: readonly string[],
  printFmt: string,
  options: PrintOptions = {},
): EventText => {
  const text = formatOf(options.name ?? 'x', fields, printFmt)
  const longSize = options.longSize ?? 8
  const format = parseEventFormat(text, options.system ?? 'test', { longSize })
  if (!format) throw new Error('no format')
  return compilePrintFormat(format, contextOf(options))
}

/** Writes a record; one character a byte. The record lies somewhere inside its buffer. */
export const textOf = (text: EventText, record: Uint8Array): string => {
  const LEAD = 12
  const bytes = new Uint8Array(record.length + 2 * LEAD).fill(0xa5)
  bytes.set(record, LEAD)
  const sink = new TextSink(16)
  text.write(bytes, new DataView(bytes.buffer), LEAD, record.length, sink)
  return Buffer.from(sink.copy()).toString('latin1')
}

/** The common fields, then bytes given in hexadecimal. */
export const recordOf = (hex: string, flags = 0): Uint8Array =>
  Buffer.from(
    `4d00${flags.toString(16).padStart(2, '0')}0001000000${hex.replaceAll(' ', '')}`,
    'hex',
  )

/** Text of the record `hex` by a print format, all in one; written by steps and by the function made of them. */
export const printed = (
  fields: readonly string[],
  printFmt: string,
  hex: string,
  options: PrintOptions = {},
): string => {
  const text = compileText(fields, printFmt, options)
  const record = recordOf(hex)
  const first = textOf(text, record)
  for (let i = 0; i < FEW && !options.outOfBounds; i++) {
    const next = textOf(text, record)
    if (next !== first) throw new Error(`first ${first}, then ${next}`)
  }
  return first
}
