/** High-resolution timer events, the callback by name. */
import type { EventFormat } from '../../event/types.ts'
import { FixedText } from '../digits.ts'
import type { FieldsWriter } from '../raw-fields.ts'
import { TextCache } from '../text-cache.ts'
import type { TextSink } from '../text-sink.ts'
import {
  guarded,
  type NumberField,
  numberField,
  type Plugin,
  type PluginContext,
} from './plugin.ts'

/** `hrtimer=… now=… function=…`. */
export const hrtimerExpireEntry: Plugin = (format, context) => {
  const parts = [timer(format, context), number(format, context, 'now'), callback(format, context)]
  return join(format, context, parts)
}

/** `hrtimer=… function=… expires=… softexpires=…`. */
export const hrtimerStart: Plugin = (format, context) => {
  const parts = [
    timer(format, context),
    callback(format, context),
    number(format, context, 'expires'),
    number(format, context, 'softexpires'),
  ]
  return join(format, context, parts)
}

interface Part {
  readonly field: NumberField
  readonly write: (view: DataView, at: number, sink: TextSink) => void
}

function join(
  format: EventFormat,
  context: PluginContext,
  parts: readonly (Part | undefined)[],
): FieldsWriter | undefined {
  const present = parts.filter((part) => part !== undefined)
  if (present.length === 0) return undefined
  const least = Math.max(...present.map(({ field }) => field.end))
  return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
    for (const part of present) part.write(view, at, sink)
  })
}

function timer(format: EventFormat, { print }: PluginContext): Part | undefined {
  const field =
    numberField(format, 'timer', print.littleEndian) ??
    numberField(format, 'hrtimer', print.littleEndian)
  if (!field) return undefined
  const label = new FixedText(Buffer.from('hrtimer=0x', 'latin1'))
  return {
    field,
    write: (view, at, sink) => {
      sink.fixed(label)
      sink.hex64(field.high(view, at), field.low(view, at))
    },
  }
}

function number(format: EventFormat, { print }: PluginContext, name: string): Part | undefined {
  const field = numberField(format, name, print.littleEndian)
  if (!field) return undefined
  const label = new FixedText(Buffer.from(` ${name}=`, 'latin1'))
  return {
    field,
    write: (view, at, sink) => {
      sink.fixed(label)
      sink.unsigned64(field.high(view, at), field.low(view, at))
    },
  }
}

/** The reference tool subtracts the wrong way round: an offset of 2 shows as `0xfffffffffffffffe`. */
function callback(format: EventFormat, { print }: PluginContext): Part | undefined {
  const field = numberField(format, 'function', print.littleEndian)
  if (!field) return undefined
  const label = new FixedText(Buffer.from(' function=', 'latin1'))
  const cache = new TextCache(256)
  return {
    field,
    write: (view, at, sink) => {
      const high = field.high(view, at)
      const low = field.low(view, at)
      sink.fixed(label)
      if (cache.write(high, low, sink)) return
      const start = sink.length
      const symbol = print.names.lookup(high, low)
      if (symbol) {
        print.names.writeName(high, low, sink)
        sink.latin1(`/0x${BigInt.asUintN(64, -symbol.offset).toString(16)}`)
      } else {
        sink.latin1('0x')
        sink.hexPadded64(high, low, 8)
      }
      cache.keep(high, low, sink, start)
    },
  }
}
