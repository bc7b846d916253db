/** What the texts of particular events are made of; see `index.ts` for which there are. */
import type { EventFormat } from '../../event/types.ts'
import type { PrintContext } from '../print-context.ts'
import type { FieldsWriter } from '../raw-fields.ts'
import { createFieldsWriter } from '../raw-fields.ts'
import type { StepText } from '../step-text.ts'
import type { Step } from '../steps.ts'
import type { TextSink } from '../text-sink.ts'

/** The record being written, for texts that depend on more than its payload. */
export interface RecordPlace {
  /** Number of the CPU within the recording. */
  cpu: number
  /** Time stamp as halves, of which the lower one may be signed. */
  high: number
  low: number
}

/** Choices of `-O` that change texts. */
export interface PluginOptions {
  /** Function events name their caller too. */
  readonly parent: boolean
  /** Function events are indented by who called whom. */
  readonly indent: boolean
  /** Function names have the offset of the address. */
  readonly offset: boolean
  /** Closing brackets of the function graph name the function. */
  readonly tailprint: boolean
  /** Lines of the function graph end with the depth. */
  readonly depth: boolean
}

/** What the reference tool does without `-O`. */
export const DEFAULT_PLUGIN_OPTIONS: PluginOptions = {
  parent: false,
  indent: true,
  offset: false,
  tailprint: false,
  depth: false,
}

/** What plugins get. */
export interface PluginContext {
  readonly print: PrintContext
  readonly place: RecordPlace
  readonly options: PluginOptions
  /** Times inside a text show nanoseconds. */
  readonly nanoseconds: boolean
  /** A scheduler event says that a thread is called `bytes[start … end]`. */
  readonly learn: (
    pid: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    sink: TextSink,
  ) => void
  /** Writes a function's arguments from the words of the record; see `function-args.ts`. */
  readonly writeArguments: ArgumentsWriter
}

/** Writes the arguments `view[start … end]` of the function at an address, without brackets. */
export type ArgumentsWriter = (
  view: DataView,
  start: number,
  end: number,
  high: number,
  low: number,
  sink: TextSink,
) => void

/** Makes the text of an event, in steps or not; undefined when the format lacks what it needs. */
export type Plugin = (
  format: EventFormat,
  context: PluginContext,
) => FieldsWriter | StepText | undefined

/** An integer of a record, zero-extended to 64 bits in two halves, as the reference tool reads it. */
export class NumberField {
  readonly offset: number
  readonly size: number
  readonly #littleEndian: boolean

  constructor(offset: number, size: number, littleEndian: boolean) {
    this.offset = offset
    this.size = size
    this.#littleEndian = littleEndian
  }

  /** End of the field. */
  get end(): number {
    return this.offset + this.size
  }

  /** Lower 32 bits, as a signed number. */
  low(view: DataView, at: number): number {
    const place = at + this.offset
    switch (this.size) {
      case 8:
        return view.getInt32(this.#littleEndian ? place : place + 4, this.#littleEndian)
      case 4:
        return view.getInt32(place, this.#littleEndian)
      case 2:
        return view.getUint16(place, this.#littleEndian)
      default:
        return view.getUint8(place)
    }
  }

  /** Upper 32 bits. */
  high(view: DataView, at: number): number {
    if (this.size !== 8) return 0
    const place = at + this.offset
    return view.getInt32(this.#littleEndian ? place + 4 : place, this.#littleEndian)
  }
}

/** The integer field of a name, common fields included; undefined when there is none. */
export function numberField(
  format: EventFormat,
  name: string,
  littleEndian: boolean,
): NumberField | undefined {
  const field =
    format.fields.find((field) => field.name === name) ??
    format.common.find((field) => field.name === name)
  if (field === undefined || ![1, 2, 4, 8].includes(field.size)) return undefined
  return new NumberField(field.offset, field.size, littleEndian)
}

/** `write`, but all fields one by one for records shorter than `least` bytes, which are counted. */
export function guarded(
  format: EventFormat,
  context: PluginContext,
  least: number,
  write: FieldsWriter,
): FieldsWriter {
  const fields = createFieldsWriter(format, context.print)
  return (bytes, view, at, size, sink) => {
    if (size < least) fields(bytes, view, at, size, sink)
    else write(bytes, view, at, size, sink)
  }
}

/** The same in steps. */
export function guardedSteps(
  format: EventFormat,
  context: PluginContext,
  least: number,
  steps: readonly Step[],
): StepText {
  return { steps, least, shorter: createFieldsWriter(format, context.print) }
}
