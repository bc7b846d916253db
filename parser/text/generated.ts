/**
 * The steps of an event as one function, generated: its fields are loads from known places, and nothing is decided
 * again for each record. Events whose steps differ in their plain text only share a function, which V8
 * then compiles once. Only numbers of ours get into the code, never text of a recording. Where code may
 * not be generated, the steps are run one by one.
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
import { isCall, MAX_TEXT, remember, type Step, StepKind } from './steps.ts'

/** Larger functions are slower: V8 gives up on what is very long. */
const MAX_STEPS = 40
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
  readonly steps: readonly Step[]
  /** Bytes that are needed from each step on. */
  readonly rooms: readonly number[]
  readonly r: RecordCursor
  readonly least: number
  readonly shorter: FieldsWriter
}

type Factory = (bound: Bound) => FieldsWriter

/** By what they are made of; formats of a kernel are few, those of damaged files may be any number. */
const factories = new Map<string, Factory>()
const MAX_FACTORIES = 4096

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
  if (steps.length > MAX_STEPS) return undefined
  const shape = `${littleEndian} ${steps.map(({ kind, offset, width }) => `${kind}:${offset}:${width}`).join(' ')}`
  try {
    let factory = factories.get(shape)
    if (!factory) {
      if (factories.size >= MAX_FACTORIES) factories.clear()
      factory = new Function('tools', codeOf(steps, littleEndian))(TOOLS) as Factory
      factories.set(shape, factory)
    }
    const rooms = steps.map(roomOf)
    const left = [...rooms, 0].map((_, i) =>
      rooms.slice(i).reduce((sum, room) => sum + room, SLACK),
    )
    return factory({ steps, rooms: left, r, least, shorter })
  } catch (error) {
    if (error instanceof EvalError) return undefined
    throw error
  }
}

/** `out`, `end`, `room`: where text goes, up to where there is some, and how far the room reaches. */
function codeOf(steps: readonly Step[], littleEndian: boolean): string {
  const each = (make: (step: Step, i: number) => string[]): string =>
    steps.flatMap(make).join('\n  ')
  return `'use strict'
const { ${Object.keys(TOOLS).join(', ')} } = tools
return ({ steps, rooms, r, least, shorter }) => {
  const left0 = rooms[0]
  ${each((_, i) => [
    `const step${i} = steps[${i}], text${i} = step${i}.text, cache${i} = step${i}.cache`,
    `const left${i + 1} = rooms[${i + 1}]`,
  ])}
  return (bytes, view, at, size, sink) => {
  if (size < least) return shorter(bytes, view, at, size, sink)
  let end = sink.length
  const most = end + ${MAX_TEXT}
  if (end + left0 > sink.bytes.length) sink.reserve(left0)
  let out = sink.view, room = sink.bytes.length
  let high = 0, low = 0, known
  ${each((step, i) => [`end = text${i}.put(out, end)`, ...conversion(step, i, littleEndian)])}
  sink.length = end
  }
}`
}

/** Bytes that a step needs, those left out whose number only the record tells. */
function roomOf({ before, kind, width }: Step): number {
  const plain = before.length + SLACK
  if (isCall(kind)) return plain
  switch (kind) {
    case StepKind.plain:
    case StepKind.dynamicText:
    case StepKind.remembered:
      return plain
    default:
      return plain + (kind === StepKind.text ? width : NUMBER_ROOM)
  }
}

function conversion(step: Step, i: number, littleEndian: boolean): string[] {
  const { kind } = step
  const left = `left${i + 1}`
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
    'r.point(bytes, view, at, size, sink)',
    call,
    'end = sink.length',
    'if (end > most) return',
    makeRoom,
  ]
  switch (kind) {
    case StepKind.plain:
      return []
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
