/**
 * An event's text as a list of steps: each writes the plain text before a conversion, then the
 * conversion. The commonest ones, a field as it is in a common notation, are done without a call of
 * their own; everything else is a closure.
 */
import { FixedText, putPointer, SLACK } from './digits.ts'
import type { RecordCursor } from './record-cursor.ts'
import type { TextCache } from './text-cache.ts'

/** Writes a part of an event's text. */
export type Writer = (r: RecordCursor) => void

/** What a step does after its plain text. */
export const StepKind = {
  /** What its writer does. */
  call: 0,
  /** A field of 8 bytes in hexadecimal, with zeros up to a width. */
  hex64: 1,
  /** A field of 8 bytes in decimal, unsigned. */
  unsigned64: 2,
  /** A field of 8 bytes in decimal, signed. */
  signed64: 3,
  /** A field of 8 bytes as an address. */
  pointer64: 4,
  /** A field of 4 bytes in decimal, signed. */
  signed32: 5,
  /** A field of 4 bytes in decimal, unsigned. */
  unsigned32: 6,
  /** An array of the record as a string; its bytes are the step's width. */
  text: 7,
  /** The string that a location word says, counted from the step's width. */
  dynamicText: 8,
  /** Text that one field decides, whose bytes are the step's width: remembered for each value. */
  remembered: 9,
  /** Nothing: there is only the plain text. */
  plain: 10,
  /** A thread's name, an array of the step's width, and a colon; the name is learned. */
  comm: 11,
  /** A field of 4 bytes in decimal, signed, with zeros up to a width. */
  padded32: 12,
  /** A field of 8 bytes in hexadecimal, with zeros up to a width, or something else for one value of it. */
  hex64Unless: 13,
} as const

/** Kinds that only the loops in WebAssembly do without a call. */
const CALLS: ReadonlySet<number> = new Set([
  StepKind.call,
  StepKind.comm,
  StepKind.padded32,
  StepKind.hex64Unless,
])

/** Whether a step is what its writer does. */
export function isCall(kind: number): boolean {
  return CALLS.has(kind)
}

/** The value of a field that is not shown as it is, and what is shown instead; as unsigned 64 bits. */
export interface Exception {
  readonly value: bigint
  readonly instead: bigint
}

/** What only some kinds have. */
export interface StepExtra {
  /** What is remembered. */
  readonly cache?: TextCache
  /** Where the record has the thread whose name it is. */
  readonly pidOffset?: number
  readonly unless?: Exception
}

/** One step. */
export class Step {
  /** The plain text, and as it is written. */
  readonly before: Uint8Array
  readonly text: FixedText
  readonly kind: number
  /** Where the field is in the record. */
  readonly offset: number
  /** A width, or what the kind says. */
  readonly width: number
  readonly write: Writer
  readonly extra: StepExtra
  readonly cache: TextCache | undefined

  constructor(
    before: Uint8Array,
    write: Writer,
    kind: number = StepKind.call,
    offset: number = 0,
    width: number = 0,
    extra: StepExtra = {},
  ) {
    this.before = before
    this.text = new FixedText(before)
    this.write = write
    this.kind = kind
    this.offset = offset
    this.width = width
    this.extra = extra
    this.cache = extra.cache
  }

  /** The same with more plain text before it. */
  after(text: Uint8Array): Step {
    const before = Buffer.concat([text, this.before])
    return new Step(before, this.write, this.kind, this.offset, this.width, this.extra)
  }
}

/** Plain text alone. */
export function plainStep(text: Uint8Array): Step {
  return new Step(text, () => {}, StepKind.plain)
}

/** Longer texts are cut: a record has at most 1 MiB, and not much of it becomes more than one byte. */
export const MAX_TEXT: number = 1 << 23

/** Writes all steps for the cursor's record, up to about `limit` bytes. */
export function runSteps(
  steps: readonly Step[],
  r: RecordCursor,
  littleEndian: boolean,
  limit: number = MAX_TEXT,
): void {
  const { sink, view, at } = r
  const most = sink.length + limit
  for (let i = 0; i < steps.length && sink.length <= most; i++) {
    const step = steps[i]!
    const { kind } = step
    sink.fixed(step.text)
    if (kind === StepKind.plain) continue
    if (isCall(kind)) {
      step.write(r)
      continue
    }
    const place = at + step.offset
    if (kind === StepKind.text) {
      sink.text(r.bytes, place, place + step.width)
      continue
    }
    if (kind === StepKind.remembered && step.width < 4) {
      const key = step.width === 1 ? view.getUint8(place) : view.getUint16(place, littleEndian)
      remember(step, 0, key, r)
      continue
    }
    const first = view.getInt32(place, littleEndian)
    if (kind === StepKind.signed32) {
      sink.signed(first)
      continue
    }
    if (kind === StepKind.unsigned32) {
      sink.unsigned(first)
      continue
    }
    if (kind === StepKind.dynamicText) {
      const start = (first & 0xffff) + step.width
      const end = start + (first >>> 16)
      if (end <= r.size) sink.text(r.bytes, at + start, at + end)
      else step.write(r)
      continue
    }
    if (kind === StepKind.remembered && step.width === 4) {
      remember(step, 0, first, r)
      continue
    }
    const second = view.getInt32(place + 4, littleEndian)
    const high = littleEndian ? second : first
    const low = littleEndian ? first : second
    if (kind === StepKind.hex64) sink.hexPadded64(high, low, step.width)
    else if (kind === StepKind.unsigned64) sink.unsigned64(high, low)
    else if (kind === StepKind.signed64) sink.signed64(high, low)
    else if (kind === StepKind.remembered) remember(step, high, low, r)
    else {
      sink.reserve(POINTER_ROOM)
      sink.length = putPointer(sink.view, sink.length, high, low)
    }
  }
}

/** What an address needs at most. */
const POINTER_ROOM = 18 + SLACK

/** Writes what is remembered for a value; makes it first where it is new. */
export function remember(step: Step, high: number, low: number, r: RecordCursor): void {
  const cache = step.cache!
  const { sink } = r
  if (cache.write(high, low, sink)) return
  const start = sink.length
  step.write(r)
  cache.keep(high, low, sink, start)
}
