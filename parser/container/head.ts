/**
 * The head of a trace.dat, common to versions 6 and 7.
 * Authority: trace-cmd.dat.v7(5) and trace-cmd.dat.v6(5), trace-cmd 3.4.
 *
 *     0  3  17 08 44
 *     3  7  "tracing"
 *    10  z  version in decimal, "6" or "7"
 *        1  byte order of everything after: 0 little, 1 big
 *        1  bytes of a user-space long
 *        4  page size
 *     -- version 7 only --
 *        z  compression name
 *        z  compression version
 *        8  file offset of the first options section
 */
import { TraceError } from '../error.ts'
import { Cursor } from './cursor.ts'
import type { ByteSource, ContainerLimits } from './types.ts'

const MAGIC = Uint8Array.of(0x17, 0x08, 0x44, 0x74, 0x72, 0x61, 0x63, 0x69, 0x6e, 0x67)

/** What the head of the file says. */
export interface FileHead {
  readonly version: 6 | 7
  readonly littleEndian: boolean
  readonly userLongSize: 4 | 8
  readonly pageSize: number
  readonly compression: { readonly name: string; readonly version: string }
  /** File offset of the first options section; 0 in version 6. */
  readonly optionsOffset: number
  /** File offset of the byte after the head. */
  readonly end: number
}

/**
 * Reads and checks the head. Throws `ERR_TRACE_BAD_MAGIC` for other kinds of files,
 * `ERR_TRACE_VERSION` for versions other than 6 and 7, `ERR_TRACE_TRUNCATED`, `ERR_TRACE_SECTION`.
 */
export function readHead(source: ByteSource, limits: ContainerLimits): FileHead {
  checkMagic(source)
  const start = MAGIC.length
  const first = new Cursor(source, { littleEndian: true, limits, start })
  const version = readVersion(first, source.name)
  const order = first.u8('byte order')
  if (order > 1) throw first.error('ERR_TRACE_SECTION', `byte order is ${order}, not 0 or 1`)
  const littleEndian = order === 0
  const cursor = new Cursor(source, { littleEndian, limits, start: first.position })
  const userLongSize = cursor.u8('size of long')
  if (userLongSize !== 4 && userLongSize !== 8) {
    throw cursor.error('ERR_TRACE_SECTION', `size of long is ${userLongSize}, not 4 or 8`)
  }
  const pageSize = cursor.u32('page size')
  if (pageSize < 512 || pageSize > limits.maxSubBufferBytes) {
    throw cursor.error('ERR_TRACE_LIMIT', `page size is ${pageSize}`)
  }
  const common = { version, littleEndian, userLongSize, pageSize } as const
  if (version === 6) {
    const compression = { name: 'none', version: '' }
    return { ...common, compression, optionsOffset: 0, end: cursor.position }
  }
  const name = cursor.string('compression name', 64)
  const compression = { name, version: cursor.string('compression version', 256) }
  const optionsOffset = cursor.size('offset of the first options')
  return { ...common, compression, optionsOffset, end: cursor.position }
}

function checkMagic(source: ByteSource): void {
  const bytes = new Uint8Array(MAGIC.length)
  const got = source.readAt(bytes, 0, bytes.length, 0)
  const where = { file: source.name, offset: 0 }
  if (got === 0) {
    throw new TraceError('ERR_TRACE_TRUNCATED', `${source.name} is empty`, {
      where,
      hint: 'record again; a killed recording leaves its data in FILE.cpuN parts',
    })
  }
  if (!bytes.subarray(0, got).every((byte, i) => byte === MAGIC[i])) {
    throw new TraceError('ERR_TRACE_BAD_MAGIC', `${source.name} is not a trace.dat file`, {
      where,
      hint: 'give a file written by trace-cmd record or traceduck record',
    })
  }
  if (got < bytes.length) {
    throw new TraceError('ERR_TRACE_TRUNCATED', `${source.name} has only ${got} bytes`, { where })
  }
}

function readVersion(cursor: Cursor, file: string): 6 | 7 {
  const offset = cursor.position
  const text = cursor.string('file version', 16)
  if (text === '6') return 6
  if (text === '7') return 7
  throw new TraceError('ERR_TRACE_VERSION', `file version '${text}' is not known (6 and 7 are)`, {
    where: { file, offset },
    hint: 'convert it with trace-cmd convert --file-version 7',
  })
}
