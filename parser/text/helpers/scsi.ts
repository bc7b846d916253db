/**
 * `scsi_trace_parse_cdb`: what a SCSI command block asks for. Authority: kernel
 * `drivers/scsi/scsi_trace.c` and the SBC and SPC standards, whose numbers are big-endian.
 */
import type { TextCode } from '../code.ts'
import type { Helper } from '../compiler.ts'
import type { RecordCursor } from '../record-cursor.ts'
import type { TextSink } from '../text-sink.ts'

/** `scsi_trace_parse_cdb(p, cdb, length)` */
export const parseCdb: Helper = (args, compiler): TextCode => {
  const { locate } = compiler.bytes(args[1])
  const length = compiler.integer(args[2]).narrow
  return {
    kind: 'text',
    write: (r) => {
      const wanted = length(r)
      locate(r)
      writeCommand(r, Math.min(Math.max(wanted, 0), r.to - r.from))
    },
  }
}

const READ_6 = 0x08
const WRITE_6 = 0x0a
const UNMAP = 0x42
const SERVICE_ACTION_IN_16 = 0x9e
const VARIABLE_LENGTH = 0x7f

/** Opcodes that share a layout, by the bytes of the block. */
const LAYOUTS: ReadonlyMap<number, 10 | 12 | 16> = new Map<number, 10 | 12 | 16>([
  ...layout(10, 0x28, 0x2a, 0x2e, 0x2f, 0x41),
  ...layout(12, 0xa8, 0xaa, 0xae, 0xaf),
  ...layout(16, 0x88, 0x8a, 0x8e, 0x8f, 0x93),
])
/** Those of them that write the same block many times, or unmap. */
const WRITE_SAME = [0x41, 0x93]

function layout(size: 10 | 12 | 16, ...opcodes: number[]): [number, 10 | 12 | 16][] {
  return opcodes.map((opcode) => [opcode, size])
}

function writeCommand(r: RecordCursor, length: number): void {
  const { sink } = r
  const opcode = length > 0 ? r.bytes[r.from]! : -1
  const size = LAYOUTS.get(opcode)
  if ((opcode === READ_6 || opcode === WRITE_6) && length >= 6) writeShort(r)
  else if (size && length >= size) writeLong(r, size, WRITE_SAME.includes(opcode))
  else if (opcode === UNMAP && length >= 10) {
    sink.latin1('regions=')
    sink.unsigned((number(r, 7, 2) - 8) / 16)
  } else if (opcode === SERVICE_ACTION_IN_16 && length >= 16) writeServiceAction(r)
  else if (opcode === VARIABLE_LENGTH && length >= 32) writeVariable(r)
  else sink.byte(0x2d)
}

/** `size` bytes at `offset` of the block, at most 4. */
function number({ bytes, from }: RecordCursor, offset: number, size: number): number {
  let value = 0
  for (let i = 0; i < size; i++) value = ((value << 8) | bytes[from + offset + i]!) >>> 0
  return value
}

function writeShort({ sink, bytes, from }: RecordCursor): void {
  const lba = ((bytes[from + 1]! & 0x1f) << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!
  sink.latin1('lba=')
  sink.unsigned(lba)
  sink.latin1(' txlen=')
  // 0 means 256 blocks.
  sink.unsigned(bytes[from + 4]! === 0 ? 256 : bytes[from + 4]!)
}

function writeLong(r: RecordCursor, size: 10 | 12 | 16, unmap: boolean): void {
  const { sink, bytes, from } = r
  if (size === 16) {
    writeBlocks(sink, number(r, 2, 4), number(r, 6, 4), number(r, 10, 4))
  } else {
    const count = size === 10 ? number(r, 7, 2) : number(r, 6, 4)
    writeBlocks(sink, 0, number(r, 2, 4), count)
  }
  writeProtect(sink, bytes[from + 1]!)
  if (unmap) writeBit(sink, ' unmap=', bytes[from + 1]! >> 3)
}

function writeBlocks(sink: TextSink, high: number, low: number, count: number): void {
  sink.latin1('lba=')
  sink.unsigned64(high, low)
  sink.latin1(' txlen=')
  sink.unsigned(count)
}

function writeProtect(sink: TextSink, byte: number): void {
  sink.latin1(' protect=')
  sink.unsigned(byte >> 5)
}

function writeBit(sink: TextSink, label: string, bit: number): void {
  sink.latin1(label)
  sink.unsigned(bit & 1)
}

function writeServiceAction(r: RecordCursor): void {
  const { sink, bytes, from } = r
  const action = bytes[from + 1]! & 0x1f
  if (action !== 0x10 && action !== 0x12) {
    sink.latin1('UNKNOWN')
    return
  }
  sink.latin1(action === 0x10 ? 'READ_CAPACITY_16' : 'GET_LBA_STATUS')
  sink.latin1(' lba=')
  sink.unsigned64(number(r, 2, 4), number(r, 6, 4))
  sink.latin1(' alloc_len=')
  sink.unsigned(number(r, 10, 4))
}

const VARIABLE: ReadonlyMap<number, string> = new Map([
  [0x09, 'READ'],
  [0x0a, 'VERIFY'],
  [0x0b, 'WRITE'],
  [0x0d, 'WRITE_SAME'],
])

/** 32-byte commands: the service action says which. */
function writeVariable(r: RecordCursor): void {
  const { sink, bytes, from } = r
  const name = VARIABLE.get(number(r, 8, 2))
  if (name === undefined) {
    sink.latin1('UNKNOWN')
    return
  }
  sink.latin1(`${name}_32 `)
  writeBlocks(sink, number(r, 12, 4), number(r, 16, 4), number(r, 28, 4))
  writeProtect(sink, bytes[from + 10]!)
  sink.latin1(' ei_lbrt=')
  sink.unsigned(number(r, 20, 4))
  if (name === 'WRITE_SAME') writeBit(sink, ' unmap=', bytes[from + 10]! >> 3)
}
