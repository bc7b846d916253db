/**
 * Damage that knows where numbers are: heads of sections and options, offsets and sizes in options,
 * counts in front of texts, heads of sub-buffers and of records.
 * Authority: trace-cmd.dat.v7(5); kernel/trace/ring_buffer.c for records.
 */
import type { Random } from '../helpers/random.ts'
import { INTERESTING, putNumber, wrongNumber } from './mutate-bytes.ts'

/** A number in a file. */
interface Place {
  readonly at: number
  readonly size: number
}

const MAGIC_BYTES = 10
const SECTION_HEAD = 16
const OPTIONS = 0

interface Layout {
  readonly littleEndian: boolean
  readonly pageSize: number
  readonly places: readonly Place[]
  /** Offsets of sections. */
  readonly sections: readonly number[]
}

/** Reads the head of a file and, of version 7, what its sections say; nothing where it is no trace. */
const readLayout = (bytes: Uint8Array): Layout | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const nul = bytes.indexOf(0, MAGIC_BYTES)
  if (nul < 0 || nul > 20 || nul + 7 > bytes.length) return undefined
  const littleEndian = bytes[nul + 1] === 0
  const pageSize = view.getUint32(nul + 3, littleEndian)
  const places: Place[] = [
    { at: nul + 1, size: 1 },
    { at: nul + 2, size: 1 },
    { at: nul + 3, size: 4 },
  ]
  if (bytes[MAGIC_BYTES] !== 0x37) return { littleEndian, pageSize, places, sections: [] }
  const sections: number[] = []
  const codec = bytes.indexOf(0, nul + 7)
  const first = bytes.indexOf(0, codec + 1) + 1
  places.push({ at: first, size: 8 })
  for (let at = first + 8; at + SECTION_HEAD <= bytes.length; ) {
    const id = view.getUint16(at, littleEndian)
    const flags = view.getUint16(at + 2, littleEndian)
    const size = Number(view.getBigUint64(at + 8, littleEndian))
    sections.push(at)
    places.push(
      { at, size: 2 },
      { at: at + 2, size: 2 },
      { at: at + 4, size: 4 },
      { at: at + 8, size: 8 },
    )
    const body = at + SECTION_HEAD
    if (flags & 1) places.push({ at: body, size: 4 }, { at: body + 4, size: 4 })
    else if (id === OPTIONS) places.push(...optionPlaces(view, body, body + size, littleEndian))
    if (size < 1) break
    at = body + size
  }
  return { littleEndian, pageSize, places, sections }
}

const optionPlaces = (view: DataView, start: number, end: number, le: boolean): Place[] => {
  const places: Place[] = []
  for (let at = start; at + 6 <= Math.min(end, view.byteLength); ) {
    const size = view.getUint32(at + 2, le)
    places.push({ at, size: 2 }, { at: at + 2, size: 4 })
    for (let word = at + 6; word + 4 <= at + 6 + Math.min(size, 256); word += 4)
      places.push({ at: word, size: word + 8 <= at + 6 + size ? 8 : 4 })
    at += 6 + size
  }
  return places
}

/** A record's head and body that fits, or claims what it has not. */
const putRecord = (bytes: Uint8Array, at: number, random: Random, le: boolean): number => {
  const type = random.pick([0, 0, 1, 2, 3, 10, 28, 29, 29, 30, 31, random.below(32)])
  const delta = random.pick([0, 1, random.below(1 << 27), (1 << 27) - 1])
  const word = le ? BigInt(delta) * 32n + BigInt(type) : BigInt(type) * (1n << 27n) + BigInt(delta)
  putNumber(bytes, at, word, 4, le)
  if (type > 0 && type < 29) return 4 + 4 * type
  const length = random.below(3) === 0 ? random.pick(INTERESTING) : BigInt(random.below(64))
  putNumber(bytes, at + 4, length, type === 31 ? 8 : 4, le)
  return 8 + (type === 0 ? Number(length & 0x3fn) : 0)
}

/** Overwrites a sub-buffer with a head that may lie and records of all kinds. */
const putPage = (bytes: Uint8Array, random: Random, layout: Layout): void => {
  const { littleEndian: le } = layout
  const size = [512, 4096, 8192].includes(layout.pageSize) ? layout.pageSize : 4096
  const pages = Math.floor(bytes.length / size)
  if (pages === 0) return
  const at = size * random.below(pages)
  if (random.below(2) === 0) putNumber(bytes, at, random.pick(INTERESTING), 8, le)
  const commit = random.below(2) === 0 ? BigInt(random.below(size)) : random.pick(INTERESTING)
  const missed = random.pick([0n, 0n, 1n << 31n, 1n << 30n, 3n << 30n])
  putNumber(bytes, at + 8, commit | missed, random.pick([4, 8]), le)
  const end = Math.min(at + size, bytes.length)
  for (let place = at + 16; place + 8 < end && random.below(40) !== 0; )
    place += putRecord(bytes, place, random, le)
}

/** One change of the format's own numbers; undefined where the file has none. */
export const mutateLayout = (bytes: Uint8Array, random: Random): Uint8Array | undefined => {
  const layout = readLayout(bytes)
  if (!layout) return undefined
  const copy = new Uint8Array(bytes)
  if (random.below(4) === 0) {
    putPage(copy, random, layout)
    return copy
  }
  const place = layout.places.length > 3 ? random.pick(layout.places) : lengthLike(copy, random)
  const { at, size } = place
  // An offset of another section makes cycles, and sections of another kind.
  const value =
    layout.sections.length > 0 && random.below(3) === 0
      ? BigInt(random.pick(layout.sections))
      : wrongNumber(random, BigInt(copy[at] ?? 0), bytes.length)
  putNumber(copy, at, value, size, layout.littleEndian)
  return copy
}

/** Version 6 has no list of places: a word that could be a length will do. */
const lengthLike = (bytes: Uint8Array, random: Random): Place => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let tries = 0; tries < 200 && bytes.length > 8; tries++) {
    const at = random.below(bytes.length - 8)
    const value = view.getUint32(at, true)
    if (value > 0 && value <= bytes.length) return { at, size: random.pick([4, 8]) }
  }
  return { at: random.below(Math.max(1, bytes.length)), size: 4 }
}
