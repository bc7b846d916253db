/** Network addresses as the kernel prints them. Authority: kernel `lib/vsprintf.c`. */
import type { RecordCursor } from './record-cursor.ts'
import type { TextSink } from './text-sink.ts'

/** Whether the four bytes are in the network's order or the other one. */
export type FourOrder = 'network' | 'reversed'

const DOT = 0x2e
const COLON = 0x3a

/** `1.2.3.4`, or `001.002.003.004`. */
export function writeIp4(
  sink: TextSink,
  bytes: Uint8Array,
  at: number,
  isFull: boolean,
  order: FourOrder,
): void {
  for (let i = 0; i < 4; i++) {
    if (i > 0) sink.byte(DOT)
    const byte = bytes[at + (order === 'network' ? i : 3 - i)]!
    if (isFull) sink.unsignedPadded(byte, 3, 0x30)
    else sink.unsigned(byte)
  }
}

/** Eight groups of four digits, with or without colons. */
export function writeIp6(sink: TextSink, bytes: Uint8Array, at: number, colons: boolean): void {
  for (let i = 0; i < 8; i++) {
    if (i > 0 && colons) sink.byte(COLON)
    sink.hexPadded(groupAt(bytes, at, i), 4)
  }
}

/** The shortest form (RFC 5952); addresses that hold an IPv4 address end in it. */
export function writeIp6Compressed(sink: TextSink, bytes: Uint8Array, at: number): void {
  const holdsIp4 = isMapped(bytes, at) || isIsatap(bytes, at)
  const groups = holdsIp4 ? 6 : 8
  let best = -1
  let longest = 1
  for (let i = 0; i < groups; i++) {
    let count = 0
    while (i + count < groups && groupAt(bytes, at, i + count) === 0) count++
    if (count > longest) {
      longest = count
      best = i
    }
  }
  let needsColon = false
  for (let i = 0; i < groups; i++) {
    if (i === best) {
      if (needsColon || i === 0) sink.byte(COLON)
      sink.byte(COLON)
      needsColon = false
      i += longest - 1
      continue
    }
    if (needsColon) sink.byte(COLON)
    sink.hex(groupAt(bytes, at, i))
    needsColon = true
  }
  if (!holdsIp4) return
  if (needsColon) sink.byte(COLON)
  writeIp4(sink, bytes, at + 12, false, 'network')
}

function groupAt(bytes: Uint8Array, at: number, i: number): number {
  return (bytes[at + 2 * i]! << 8) | bytes[at + 2 * i + 1]!
}

function isMapped(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 5; i++) if (groupAt(bytes, at, i) !== 0) return false
  return groupAt(bytes, at, 5) === 0xffff
}

function isIsatap(bytes: Uint8Array, at: number): boolean {
  return (groupAt(bytes, at, 4) | 0x0200) === 0x0200 && groupAt(bytes, at, 5) === 0x5efe
}

/** What of a socket address is wanted. */
export interface SocketAddressParts {
  readonly isFull: boolean
  readonly port: boolean
  readonly compressed: boolean
  readonly flow: boolean
  readonly scope: boolean
  readonly order: FourOrder
}

const AF_INET = 2
const AF_INET6 = 10

/** The `struct sockaddr` in the cursor's range; nothing for other families. */
export function writeSocketAddress(
  r: RecordCursor,
  parts: SocketAddressParts,
  littleEndian: boolean,
): void {
  const { sink, bytes, view, from } = r
  const size = r.to - from
  if (size < 8) return
  const family = view.getUint16(from, littleEndian)
  const port = view.getUint16(from + 2, false)
  if (family === AF_INET) {
    writeIp4(sink, bytes, from + 4, parts.isFull, parts.order)
    if (parts.port) writeLabelled(sink, COLON, port)
  } else if (family === AF_INET6 && size >= 24) {
    const brackets = parts.port || parts.flow || parts.scope
    if (brackets) sink.byte(0x5b)
    if (parts.compressed) writeIp6Compressed(sink, bytes, from + 8)
    else writeIp6(sink, bytes, from + 8, !parts.isFull)
    if (brackets) sink.byte(0x5d)
    if (parts.port) writeLabelled(sink, COLON, port)
    if (parts.flow) writeLabelled(sink, 0x2f, view.getUint32(from + 4, false) & 0xf_ffff)
    if (parts.scope && size >= 28)
      writeLabelled(sink, 0x25, view.getUint32(from + 24, littleEndian))
  }
}

function writeLabelled(sink: TextSink, label: number, value: number): void {
  sink.byte(label)
  sink.unsigned(value)
}
