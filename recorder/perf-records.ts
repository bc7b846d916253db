/**
 * Records that the kernel writes beside samples into a perf ring: forks, execs, executable mappings.
 * Authority: perf_event_open(2), include/uapi/linux/perf_event.h.
 *
 *      0  4  type        FORK     8  4  pid    12  4  ppid   16  4  tid   20  4  ptid
 *      4  2  misc        COMM     8  4  pid    12  4  tid    16     name
 *      6  2  size        MMAP     8  4  pid    12  4  tid    16  8  address  24  8  length
 *                                32  8  offset 40     path
 *                        MMAP2   as MMAP, then 40 4+4 device 48 8 inode, or 40 1 size 44 20 build
 *                                id if misc says so, 72 path
 *                        LOST     8  8  id     16  8  count
 *   size-8  8  time, because of sample_id_all and PERF_SAMPLE_TIME
 */
import type { MappingEvent } from './mapping-history.ts'
import type { FileIdentity } from './process-info.ts'

const MMAP = 1
const LOST = 2
const COMM = 3
const FORK = 7
const MMAP2 = 10
const COMM_EXEC = 1 << 13
const MMAP_BUILD_ID = 1 << 14
const MOST_BUILD_ID = 20

/** Bit of `sample_type`: records end with their time. */
const SAMPLE_TIME = 1 << 2

/** Bits of the flags of perf_event_attr, in the order of a little-endian machine. */
const FLAGS = {
  mmap: 8,
  comm: 9,
  task: 13,
  watermark: 14,
  idAll: 18,
  mmap2: 23,
  commExec: 24,
  useClock: 25,
}
/** The same of the upper half; from Linux 5.12 on. */
const BUILD_ID = 34 - 32

const SOFTWARE = 1
const DUMMY = 9

/**
 * A perf_event_attr that samples nothing and tells of execs, forks and executable mappings, in times
 * of `clock` (clock_gettime(2)), and becomes readable when `watermark` bytes are there. Build ids of
 * what is mapped are told if wished, else inodes.
 */
export function sideBandAttributes(
  clock: number,
  watermark: number,
  buildIds: boolean,
): Uint8Array {
  const attr = Buffer.alloc(112)
  const flags = Object.values(FLAGS).reduce((bits, bit) => bits | (1 << bit), 0)
  attr.writeUInt32LE(SOFTWARE, 0)
  attr.writeUInt32LE(attr.length, 4)
  attr.writeUInt32LE(DUMMY, 8)
  attr.writeUInt32LE(SAMPLE_TIME, 24)
  attr.writeUInt32LE(flags, 40)
  if (buildIds) attr.writeUInt32LE(1 << BUILD_ID, 44)
  attr.writeUInt32LE(watermark, 48)
  attr.writeInt32LE(clock, 92)
  return attr
}

/** What is in a ring. */
export interface PerfRecords {
  readonly events: MappingEvent[]
  /** Threads that came into being, with their process. */
  readonly tasks: { readonly tid: number; readonly tgid: number }[]
  /** Records that the kernel had no room for. */
  lost: number
}

/** No records yet. */
export function noRecords(): PerfRecords {
  return { events: [], tasks: [], lost: 0 }
}

/** Adds the whole records in `bytes`, which begin with one. */
export function readPerfRecords(bytes: Buffer, into: PerfRecords): void {
  for (let at = 0; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt16LE(at + 6)
    if (size < 8 || at + size > bytes.length) return
    readRecord(bytes.subarray(at, at + size), into)
    at += size
  }
}

function readRecord(record: Buffer, into: PerfRecords): void {
  const type = record.readUInt32LE(0)
  if (type === LOST) into.lost += Number(record.readBigUInt64LE(16))
  if (type !== FORK && type !== COMM && type !== MMAP && type !== MMAP2) return
  const pid = record.readInt32LE(8)
  const time = record.readBigUInt64LE(record.length - 8)
  if (type === FORK) {
    const [parent, tid] = [record.readInt32LE(12), record.readInt32LE(16)]
    into.tasks.push({ tid, tgid: pid })
    if (pid === tid) into.events.push({ kind: 'fork', time, parent, pid })
  } else if (type === COMM) {
    if ((record.readUInt16LE(4) & COMM_EXEC) !== 0) into.events.push({ kind: 'exec', time, pid })
  } else {
    const text = record.toString('utf8', type === MMAP ? 40 : 72, record.length - 8)
    const path = text.slice(0, text.indexOf('\0'))
    if (!/^\/(?!\/)/.test(path)) return
    const start = record.readBigUInt64LE(16)
    const end = start + record.readBigUInt64LE(24)
    const offset = record.readBigUInt64LE(32)
    const file = type === MMAP ? {} : readIdentity(record)
    into.events.push({ kind: 'map', time, pid, start, end, offset, path, ...file })
  }
}

/** What tells which file it is: a build id, else the inode. */
function readIdentity(record: Buffer): FileIdentity {
  if ((record.readUInt16LE(4) & MMAP_BUILD_ID) === 0) return { inode: record.readBigUInt64LE(48) }
  const size = Math.min(record.readUInt8(40), MOST_BUILD_ID)
  return { buildId: record.toString('hex', 44, 44 + size) }
}
