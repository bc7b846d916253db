/** Two events of the wireless stack, several lines long. */
import type { EventFormat } from '../../event/types.ts'
import type { TextSink } from '../text-sink.ts'
import { guarded, numberField, type Plugin, type PluginContext } from './plugin.ts'

/** Column in which the further lines begin. */
const INDENT = 65
const FLAGS = ['MONITOR', 'PS', 'IDLE', 'QOS']
const CHANNEL_TYPES = ['noht', 'ht20', 'ht40-', 'ht40+']

interface Part {
  readonly end: number
  readonly write: (
    bytes: Uint8Array,
    view: DataView,
    at: number,
    size: number,
    sink: TextSink,
  ) => void
}

/** What changed about a network. */
export const drvBssInfoChanged: Plugin = (format, context) => {
  const number = (name: string): Part => labelled(format, context, name)
  const blank = literal(' ')
  const line = literal(`\n${' '.repeat(INDENT)}`)
  return sequence(format, context, [
    text(format, context, 'wiphy_name'),
    literal(' vif:'),
    text(format, context, 'vif_name'),
    literal('('),
    value(format, context, 'vif_type'),
    literal(')'),
    line,
    ...['assoc', 'aid', 'cts', 'shortpre', 'shortslot', 'dtimper'].flatMap((name) => [
      number(name),
      blank,
    ]),
    line,
    number('bcnint'),
    blank,
    labelled(format, context, 'assoc_cap', true),
    blank,
    labelled(format, context, 'basic_rates', true),
    blank,
    number('enable_beacon'),
    line,
    number('ht_operation_mode'),
  ])
}

/** Channel, power and flags of a device. */
export const drvConfig: Plugin = (format, context) =>
  sequence(format, context, [
    text(format, context, 'wiphy_name'),
    literal(' '),
    flags(format, context),
    literal(' chan:'),
    value(format, context, 'center_freq'),
    literal('/'),
    channelType(format, context),
    literal(' '),
    labelled(format, context, 'power_level'),
  ])

function sequence(
  format: EventFormat,
  context: PluginContext,
  parts: readonly Part[],
): ReturnType<Plugin> {
  const least = Math.max(...parts.map(({ end }) => end))
  return guarded(format, context, least, (bytes, view, at, size, sink) => {
    for (const part of parts) part.write(bytes, view, at, size, sink)
  })
}

function literal(words: string): Part {
  return { end: 0, write: (_bytes, _view, _at, _size, sink) => sink.latin1(words) }
}

/** `name:value`, nothing where the kernel has no such field. */
function labelled(format: EventFormat, context: PluginContext, name: string, hex = false): Part {
  const field = numberField(format, name, context.print.littleEndian)
  if (!field) return literal('')
  return {
    end: field.end,
    write: (_bytes, view, at, _size, sink) => {
      sink.latin1(`${name}:`)
      const low = field.low(view, at)
      if (!hex) sink.signed(low)
      else {
        if (low !== 0) sink.latin1('0x')
        sink.hex(low)
      }
    },
  }
}

function value(format: EventFormat, context: PluginContext, name: string): Part {
  const field = numberField(format, name, context.print.littleEndian)
  if (!field) return literal('')
  return {
    end: field.end,
    write: (_bytes, view, at, _size, sink) => sink.signed(field.low(view, at)),
  }
}

function text(format: EventFormat, { print }: PluginContext, name: string): Part {
  const field = format.fields.find((candidate) => candidate.name === name)
  if (!field) return literal(`NOTFOUND:${name}`)
  return {
    end: field.offset + field.size,
    write: (bytes, view, at, size, sink) => {
      let start = field.offset
      let length = field.size
      if (field.kind === 'dataLoc' && field.size === 4) {
        const word = view.getUint32(at + field.offset, print.littleEndian)
        start = word & 0xffff
        length = word >>> 16
      }
      const end = Math.min(size, start + length)
      for (let i = start; i < end && bytes[at + i] !== 0; i++) sink.byte(bytes[at + i]!)
    },
  }
}

function flags(format: EventFormat, { print }: PluginContext): Part {
  const field = numberField(format, 'flags', print.littleEndian)
  if (!field) return literal('field-not-found')
  return {
    end: field.end,
    write: (_bytes, view, at, _size, sink) => {
      const value = field.low(view, at)
      let first = true
      for (let bit = 0; bit < 32; bit++) {
        if ((value & (1 << bit)) === 0) continue
        if (!first) sink.byte(0x7c)
        first = false
        sink.latin1(FLAGS[bit] ?? `flag_${bit}`)
      }
    },
  }
}

function channelType(format: EventFormat, { print }: PluginContext): Part {
  const field = numberField(format, 'channel_type', print.littleEndian)
  if (!field) return literal('field-not-found')
  return {
    end: field.end,
    write: (_bytes, view, at, _size, sink) => {
      const value = field.low(view, at)
      sink.latin1(CHANNEL_TYPES[value] ?? String(value >>> 0))
    },
  }
}
