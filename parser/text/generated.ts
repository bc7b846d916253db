/**
 * The steps of an event as one function, generated: its plain text is constants, its fields are loads from
 * known places, and nothing is decided again for each record. Only numbers of ours get into the
 * code, never text of a recording. Where code may not be generated, the steps are run one by one.
 */
import {
  MOST_DIGITS,
  putHex64,
  putPointer,
  putSigned,
  putSigned64,
  putText,
  putUnsigned,
  putUnsigned64,
  SLACK,
} from './digits.ts'
import type { FieldsWriter } from './raw-fields.ts'
import type { RecordCursor } from './record-cursor.ts'
import { MAX_TEXT, remember, type Step, StepKind } from './steps.ts'

/** Larger functions are slower: V8 gives up on what is very long. */
const MAX_STEPS = 40
const MAX_PLAIN = 2048
/** Digits, `0x`, and what lies over. */
const NUMBER_ROOM: number = MOST_DIGITS + SLACK + 2

const TOOLS = {
  putHex64,
  putPointer,
  putSigned,
  putSigned64,
  putText,
  putUnsigned,
  putUnsigned64,
  remember,
} as const

/** What a generated function is bound to. */
interface Bound {
  readonly tools: typeof TOOLS
  readonly steps: readonly Step[]
  readonly r: RecordCursor
  readonly shorter: FieldsWriter
}

/**
 * The writer for records of `least` bytes and more, and `shorter` for others; undefined where
 * code may not be generated, or there are too many steps.
 */
export function generateWriter(
  steps: readonly Step[],
  littleEndian: boolean,
  least: number,
  shorter: FieldsWriter,
  r: RecordCursor,
): FieldsWriter | undefined {
  const plain = steps.reduce((sum, { before }) => sum + before.length, 0)
  if (steps.length > MAX_STEPS || plain > MAX_PLAIN) return undefined
  const bound: Bound = { tools: TOOLS, steps, r, shorter }
  try {
    return new Function('bound', codeOf(steps, littleEndian, least))(bound) as FieldsWriter
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** `out`, `end`, `room`: where text goes, up to where there is some, and how far the room reaches. */
function codeOf(steps: readonly Step[], littleEndian: boolean, least: number): string {
  const rooms = steps.map(roomOf)
  const left = (from: number): number => rooms.slice(from).reduce((sum, room) => sum + room, SLACK)
  const lines = steps.flatMap((step, i) => [
    ...plainText(step.before),
    ...conversion(step, i, littleEndian, left(i + 1)),
  ])
  return `'use strict'
const { steps, r, shorter } = bound
const { ${Object.keys(TOOLS).join(', ')} } = bound.tools
${steps.map((_, i) => `const step${i} = steps[${i}], cache${i} = step${i}.cache`).join('\n')}
function point(bytes, view, at, size, sink) {
  r.bytes = bytes; r.view = view; r.at = at; r.size = size; r.sink = sink
}
return (bytes, view, at, size, sink) => {
  if (size < ${Math.trunc(least)}) return shorter(bytes, view, at, size, sink)
  let end = sink.length
  const most = end + ${MAX_TEXT}
  if (end + ${left(0)} > sink.bytes.length) sink.reserve(${left(0)})
  let out = sink.view, room = sink.bytes.length
  let high = 0, low = 0, known
  ${lines.join('\n  ')}
  sink.length = end
}`
}

/** Bytes that a step needs, those left out whose number only the record tells. */
function roomOf({ before, kind, width }: Step): number {
  const plain = before.length + SLACK
  if (kind === StepKind.call || kind === StepKind.dynamicText || kind === StepKind.remembered)
    return plain
  return plain + (kind === StepKind.text ? width : NUMBER_ROOM)
}

function plainText(text: Uint8Array): string[] {
  const padded = new Uint8Array((text.length + 7) & ~7)
  padded.set(text)
  const view = new DataView(padded.buffer)
  const lines: string[] = []
  for (let at = 0; at < text.length; at += 8) {
    const double = view.getFloat64(at, true)
    const low = view.getInt32(at, true)
    if (text.length - at <= 4) lines.push(`out.setInt32(end + ${at}, ${low}, true)`)
    else if (!Number.isNaN(double)) lines.push(`out.setFloat64(end + ${at}, ${double}, true)`)
    else
      lines.push(
        `out.setInt32(end + ${at}, ${low}, true)`,
        `out.setInt32(end + ${at + 4}, ${view.getInt32(at + 4, true)}, true)`,
      )
  }
  if (text.length > 0) lines.push(`end += ${text.length}`)
  return lines
}

function conversion(step: Step, i: number, littleEndian: boolean, left: number): string[] {
  const { kind } = step
  const place = `at + ${Math.trunc(step.offset)}`
  const width = Math.trunc(step.width)
  const load = (offset: number): string => `view.getInt32(${place} + ${offset}, ${littleEndian})`
  const long = [`low = ${load(littleEndian ? 0 : 4)}`, `high = ${load(littleEndian ? 4 : 0)}`]
  const makeRoom = `room = sink.bytes.length
  if (end + ${left} > room) { sink.reserve(${left}); room = sink.bytes.length }
  out = sink.view`
  /** Something else writes. */
  const hand = (call: string): string[] => [
    'sink.length = end',
    'point(bytes, view, at, size, sink)',
    call,
    'end = sink.length',
    'if (end > most) return',
    makeRoom,
  ]
  switch (kind) {
    case StepKind.hex64:
      return [...long, `end = putHex64(out, end, high, low, ${width})`]
    case StepKind.unsigned64:
      return [...long, 'end = putUnsigned64(out, end, high, low)']
    case StepKind.signed64:
      return [...long, 'end = putSigned64(out, end, high, low)']
    case StepKind.pointer64:
      return [...long, 'end = putPointer(out, end, high, low)']
    case StepKind.signed32:
      return [`end = putSigned(out, end, ${load(0)})`]
    case StepKind.unsigned32:
      return [`end = putUnsigned(out, end, ${load(0)})`]
    case StepKind.text:
      return [`end = putText(sink.bytes, end, bytes, ${place}, ${place} + ${width})`]
    case StepKind.dynamicText:
      return [
        `low = ${load(0)}`,
        `high = (low & 0xffff) + ${width}`,
        'low = high + (low >>> 16)',
        `if (low > size || end + low - high + ${left} > room) {`,
        ...hand(`step${i}.write(r)`),
        '} else end = putText(sink.bytes, end, bytes, at + high, at + low)',
      ]
    case StepKind.remembered:
      return [
        ...(width === 8 ? long : [`low = ${key(place, width, littleEndian)}`, 'high = 0']),
        `known = cache${i}.find(high, low)`,
        `if (known === undefined || end + known.length + ${left} > room) {`,
        ...hand(`remember(step${i}, high, low, r)`),
        '} else end = known.put(out, end)',
      ]
    default:
      return hand(`step${i}.write(r)`)
  }
}

/** A field of up to 4 bytes, whatever its sign. */
function key(place: string, width: number, littleEndian: boolean): string {
  if (width === 1) return `view.getUint8(${place})`
  return `view.get${width === 2 ? 'Uint16' : 'Int32'}(${place}, ${littleEndian})`
}
