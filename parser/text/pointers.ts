/**
 * `%p` and its extensions, as far as they can be made from what a recording holds. Authority:
 * kernel `Documentation/core-api/printk-formats.rst`.
 */
import { writeHexAddress } from './address-names.ts'
import { writeCpuList, writeMask } from './bitmask.ts'
import { asBytes, asInteger, type Code } from './code.ts'
import {
  type FourOrder,
  writeIp4,
  writeIp6,
  writeIp6Compressed,
  writeSocketAddress,
} from './network.ts'
import type { PrintContext } from './print-context.ts'
import type { RecordCursor } from './record-cursor.ts'
import type { Writer } from './steps.ts'

/** Most bytes of `%*ph` and bits of `%*pb`. */
const MAX_HEX = 4096
const MAX_BITS = 1 << 16

const NIL = Buffer.from('(nil)', 'latin1')

/** The writer of `%p<suffix>`; `length` is the number before `h` and `b`. */
export function createPointerWriter(
  suffix: string,
  value: Code,
  length: ((r: RecordCursor) => number) | undefined,
  context: PrintContext,
): Writer {
  switch (suffix[0]) {
    case 's':
    case 'f':
    case 'S':
    case 'F':
    case 'B':
      return symbolWriter('sf'.includes(suffix[0]), value, context)
    case 'M':
    case 'm':
      return macWriter(suffix, value, context)
    case 'I':
    case 'i':
      return addressWriter(suffix, value, context)
    case 'U':
      return uuidWriter(suffix[1] ?? 'b', value, context)
    case 'h':
      return hexWriter(suffix[1] ?? '', value, length!)
    case 'b':
      return maskWriter(suffix.startsWith('bl'), value, length!, context)
    case 'x':
      return plainHexWriter(value, context.longSize)
    case 'e':
      return errorWriter(value)
    case 'G':
      return flagsWriter(suffix[1] === 'g' ? GFP_BYTES : context.longSize, value, context)
    default:
      return valueWriter(value)
  }
}

/** The pointer itself. */
function valueWriter(value: Code): Writer {
  const { wide } = asInteger(value)
  return (r) => {
    wide(r)
    writePointer(r)
  }
}

/** The cursor's halves as a pointer. */
function writePointer({ high, low, sink }: RecordCursor): void {
  if ((high | low) === 0) sink.all(NIL)
  else writeHexAddress(high, low, sink)
}

function plainHexWriter(value: Code, longSize: number): Writer {
  const { wide } = asInteger(value)
  return (r) => {
    wide(r)
    r.sink.hexPadded64(r.high, r.low, longSize * 2)
  }
}

/** An error code, and any other pointer as it is. */
function errorWriter(value: Code): Writer {
  const { wide } = asInteger(value)
  return (r) => {
    wide(r)
    // On 32 bits the high half of an address is 0.
    if (r.low < 0 && r.low >= -4095 && (r.high === -1 || r.high === 0)) r.sink.signed(r.low)
    else writePointer(r)
  }
}

/** Bytes of the kernel's `gfp_t`; flags of pages and memory areas are longs. */
const GFP_BYTES = 4

/**
 * A word of flags in hexadecimal: which bit has which name differs from kernel to kernel, and no recording
 * says it.
 */
function flagsWriter(size: number, value: Code, context: PrintContext): Writer {
  return fixedBytes(value, size, context, ({ sink, bytes, from }) => {
    sink.latin1('0x')
    const at = (i: number): number => bytes[from + (context.littleEndian ? i : size - 1 - i)]!
    let i = size - 1
    while (i > 0 && at(i) === 0) i--
    sink.hex(at(i))
    while (i > 0) sink.hexPadded(at(--i), 2)
  })
}

function symbolWriter(isName: boolean, value: Code, { names }: PrintContext): Writer {
  const { wide } = asInteger(value)
  if (isName)
    return (r) => {
      wide(r)
      names.writeName(r.high, r.low, r.sink)
    }
  return (r) => {
    wide(r)
    names.writeNameOffset(r.high, r.low, r.sink)
  }
}

/** The writer for `size` bytes at the pointer; nothing where the record has fewer. */
function fixedBytes(
  value: Code,
  size: number,
  { outOfBounds }: PrintContext,
  write: Writer,
): Writer {
  const { locate } = asBytes(value)
  return (r) => {
    locate(r)
    if (r.from + size <= r.to) write(r)
    else outOfBounds()
  }
}

const MAC_BYTES = 6

function macWriter(suffix: string, value: Code, context: PrintContext): Writer {
  const separator = suffix.startsWith('m') ? 0 : suffix.includes('F') ? 0x2d : 0x3a
  const isReversed = suffix.includes('R')
  return fixedBytes(value, MAC_BYTES, context, ({ sink, bytes, from }) => {
    for (let i = 0; i < MAC_BYTES; i++) {
      if (i > 0 && separator !== 0) sink.byte(separator)
      sink.hexPadded(bytes[from + (isReversed ? MAC_BYTES - 1 - i : i)]!, 2)
    }
  })
}

function addressWriter(suffix: string, value: Code, context: PrintContext): Writer {
  const isFull = suffix.startsWith('i')
  const options = suffix.slice(2)
  if (suffix[1] === '4') {
    const order = fourOrder(options, context)
    return fixedBytes(value, 4, context, (r) => writeIp4(r.sink, r.bytes, r.from, isFull, order))
  }
  if (suffix[1] === '6')
    return fixedBytes(
      value,
      16,
      context,
      options.includes('c') && !isFull
        ? (r) => writeIp6Compressed(r.sink, r.bytes, r.from)
        : (r) => writeIp6(r.sink, r.bytes, r.from, !isFull),
    )
  if (suffix[1] !== 'S') return valueWriter(value)
  const { locate } = asBytes(value)
  const wanted = {
    isFull,
    port: options.includes('p'),
    compressed: options.includes('c') && !isFull,
    flow: options.includes('f'),
    scope: options.includes('s'),
    order: fourOrder(options, context),
  }
  return (r) => {
    locate(r)
    writeSocketAddress(r, wanted, context.littleEndian)
  }
}

/** `h` is the order of the machine, `l` little endian, anything else the network's. */
function fourOrder(options: string, { littleEndian }: PrintContext): FourOrder {
  const isReversed = options.includes('l') || (options.includes('h') && littleEndian)
  return isReversed ? 'reversed' : 'network'
}

const GUID_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const
const UUID_DASHES = new Set([4, 6, 8, 10])

function uuidWriter(kind: string, value: Code, context: PrintContext): Writer {
  const isGuid = kind === 'l' || kind === 'L'
  const isUpper = kind === 'B' || kind === 'L'
  return fixedBytes(value, 16, context, ({ sink, bytes, from }) => {
    for (let i = 0; i < 16; i++) {
      if (UUID_DASHES.has(i)) sink.byte(0x2d)
      const byte = bytes[from + (isGuid ? GUID_ORDER[i]! : i)]!
      if (!isUpper) sink.hexPadded(byte, 2)
      else {
        if (byte < 16) sink.byte(0x30)
        sink.upperHex64(0, byte)
      }
    }
  })
}

const SEPARATORS: Readonly<Record<string, number>> = { C: 0x3a, D: 0x2d, N: 0 }

function hexWriter(kind: string, value: Code, length: (r: RecordCursor) => number): Writer {
  const { locate } = asBytes(value)
  const separator = SEPARATORS[kind] ?? 0x20
  return (r) => {
    const wanted = length(r)
    locate(r)
    const { sink, bytes, from } = r
    const count = Math.min(wanted, r.to - from, MAX_HEX)
    for (let i = 0; i < count; i++) {
      if (i > 0 && separator !== 0) sink.byte(separator)
      sink.hexPadded(bytes[from + i]!, 2)
    }
  }
}

function maskWriter(
  isList: boolean,
  value: Code,
  length: (r: RecordCursor) => number,
  { longSize, littleEndian }: PrintContext,
): Writer {
  const { locate } = asBytes(value)
  const write = isList ? writeCpuList : writeMask
  return (r) => {
    const bits = Math.min(Math.max(length(r), 0), MAX_BITS)
    locate(r)
    write(r, Math.min(bits, (r.to - r.from) * 8), longSize, littleEndian)
  }
}
