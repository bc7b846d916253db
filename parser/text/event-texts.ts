/** The texts of all events of a recording, each made ready when its first record comes. */
import type { TraceFile } from '../container/types.ts'
import type { EventFormat } from '../event/types.ts'
import type { AddressNames } from './address-names.ts'
import { blktraceFormat } from './blktrace.ts'
import { FixedText } from './digits.ts'
import { createArgumentsWriter } from './function-args.ts'
import { GraphText } from './plugins/graph.ts'
import { ORDERED, PLUGINS } from './plugins/index.ts'
import type { PluginContext, PluginOptions, RecordPlace } from './plugins/plugin.ts'
import { createPrintContext } from './print-context.ts'
import { compilePrintFormat } from './print-format.ts'
import type { FieldsWriter } from './raw-fields.ts'
import { createRawWriter } from './raw-line.ts'
import { type StepText, stepWriter } from './step-text.ts'

/** How events are shown. */
export interface TextOptions {
  /** Fields as ` name=value` instead of text. */
  readonly raw: boolean
  /** Texts of their own for the events that have one, instead of the print format's. */
  readonly plugins: boolean
  readonly pluginOptions: PluginOptions
  /** Names and systems of events for which `raw` holds, and for which `plugins` does not. */
  readonly rawEvents?: readonly RegExp[] | undefined
  readonly pluginless?: readonly RegExp[] | undefined
  /** Times inside a text show nanoseconds. */
  readonly nanoseconds: boolean
}

/** A recording as far as its texts need it. */
export interface TextSource {
  readonly file: TraceFile
  readonly formats: readonly EventFormat[]
  format(id: number): EventFormat | undefined
}

/** What is written for the records of one event. */
export interface EventWriter {
  readonly format: EventFormat | undefined
  /** ` name: `, padded so that texts begin in one column. */
  readonly label: FixedText
  readonly write: FieldsWriter
  /** The same in steps, where there are such. */
  readonly text: StepText | undefined
}

/** Width of the column of event names. */
const NAME_WIDTH = 20
const MAX_SHOWN = 1 << 16
const IDS = 0x10000

/** Makes and keeps the writers. */
export class EventTexts {
  /** The record being written; set it before calling a writer. */
  readonly place: RecordPlace = { cpu: 0, high: 0, low: 0 }
  readonly graph: GraphText
  /** Whether calls and returns of the function graph are shown as a tree. */
  readonly foldsCalls: boolean
  readonly #source: TextSource
  readonly #options: TextOptions
  readonly #context: PluginContext
  /** By event id; allocated whole, because an array with gaps is slow. */
  readonly #writers: (EventWriter | undefined)[] = new Array(IDS).fill(undefined)
  readonly #blktrace: EventFormat | undefined
  #dependOnOrder = false

  /** `learn` hears what scheduler events call threads; `outOfBounds` of fields outside records. */
  constructor(
    source: TextSource,
    options: TextOptions,
    learn: PluginContext['learn'],
    outOfBounds: () => void,
  ) {
    this.#source = source
    this.#options = options
    this.#blktrace = blktraceFormat(source.formats)
    const print = createPrintContext(source.file, outOfBounds)
    this.#context = {
      print,
      place: this.place,
      options: options.pluginOptions,
      nanoseconds: options.nanoseconds,
      learn,
      writeArguments: createArgumentsWriter(print, () => source.file.btf()),
    }
    const { raw, plugins, rawEvents, pluginless } = options
    const find = (event: string): EventFormat | undefined =>
      source.formats.find(({ system, name }) => system === 'ftrace' && name === event)
    const entry = find('funcgraph_entry')
    this.graph = new GraphText(entry, find('funcgraph_exit'), this.#context)
    this.foldsCalls = plugins && !raw && !isNamed(entry, rawEvents) && !isNamed(entry, pluginless)
  }

  /** What addresses are called. */
  get names(): AddressNames {
    return this.#context.print.names
  }

  /** Whether texts were made that depend on the records before them. */
  get dependOnOrder(): boolean {
    return this.#dependOnOrder
  }

  /** Writer of an event; one for ids without a format too. */
  writer(id: number): EventWriter {
    const known = this.#writers[id]
    if (known) return known
    const made = this.#make(id)
    this.#writers[id] = made
    return made
  }

  #make(id: number): EventWriter {
    const format =
      this.#source.format(id) ?? (this.#blktrace?.id === id ? this.#blktrace : undefined)
    const name = format?.name ?? `#${id}`
    const label = new FixedText(Buffer.from(` ${name}: `.padEnd(NAME_WIDTH + 3), 'utf8'))
    if (!format) return { format, label, write: writeUnknown, text: undefined }
    const { print } = this.#context
    const { raw, plugins, rawEvents, pluginless } = this.#options
    if (raw || isNamed(format, rawEvents)) {
      const fields = createRawWriter(format, print)
      const write = format === this.#blktrace ? withData(fields) : fields
      return { format, label, write, text: undefined }
    }
    const own = plugins && !isNamed(format, pluginless) ? this.#plugin(format) : undefined
    if (typeof own === 'function') return { format, label, write: own, text: undefined }
    if (own) return { format, label, write: stepWriter(own, print.littleEndian), text: own }
    const { write, text } = compilePrintFormat(format, print)
    return { format, label, write, text }
  }

  #plugin(format: EventFormat): FieldsWriter | StepText | undefined {
    const key = `${format.system}:${format.name}`
    const isCall = format.id === this.graph.entryId || format.id === this.graph.exitId
    if (isCall || ORDERED.has(key)) this.#dependOnOrder = true
    if (format.id === this.graph.entryId) return this.graph.entry(format, this.#context)
    if (format.id === this.graph.exitId) return this.graph.exit(format, this.#context)
    return PLUGINS.get(key)?.(format, this.#context)
  }
}

function isNamed(
  format: EventFormat | undefined,
  patterns: readonly RegExp[] | undefined,
): boolean {
  if (!format || !patterns) return false
  return patterns.some((pattern) => pattern.test(format.name) || pattern.test(format.system))
}

/** All bytes of a record nothing is known of. */
const writeUnknown: FieldsWriter = (bytes, _view, at, size, sink) => {
  sink.latin1('[UNKNOWN EVENT]')
  for (let i = at; i < at + Math.min(size, MAX_SHOWN); i++) {
    sink.byte(0x20)
    sink.hexPadded(bytes[i]!, 2)
  }
}

/** The made-up format of the block tracer ends in a field without bytes. */
function withData(fields: FieldsWriter): FieldsWriter {
  return (bytes, view, at, size, sink) => {
    fields(bytes, view, at, size, sink)
    sink.latin1(' data=0')
  }
}
