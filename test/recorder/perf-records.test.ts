import t from 'tap'
import { noRecords, readPerfRecords, sideBandAttributes } from '../../recorder/perf-records.ts'
import { ByteWriter } from '../helpers/byte-writer.ts'

const NAME = Buffer.from('/bin/a b\0\0\0\0\0\0\0\0')

/** A record with its head, and the time that ends it. */
const record = (
  type: number,
  misc: number,
  time: bigint,
  body: (w: ByteWriter) => void,
): Buffer => {
  const inner = new ByteWriter(true)
  body(inner)
  const bytes = inner.u64(time).take()
  return Buffer.from(
    new ByteWriter(true)
      .u32(type)
      .u16(misc)
      .u16(8 + bytes.length)
      .bytes(bytes)
      .take(),
  )
}

const fork = (pid: number, parent: number, tid: number): Buffer =>
  record(7, 0, 5n, (w) => w.u32(pid).u32(parent).u32(tid).u32(parent).u64(5n))
const comm = (misc: number): Buffer => record(3, misc, 6n, (w) => w.u32(7).u32(7).bytes(NAME))
const mmap = (path: Uint8Array): Buffer =>
  record(1, 2, 7n, (w) => w.u32(7).u32(8).u64(0x1000n).u64(0x500n).u64(0x2000n).bytes(path))

t.test('records of every kind', async (t) => {
  const found = noRecords()
  const bytes = [
    fork(7, 6, 7),
    fork(7, 7, 8),
    comm(0),
    comm(1 << 13),
    mmap(NAME),
    mmap(Buffer.from('//anon\0\0')),
    mmap(Buffer.from('[vdso]\0\0')),
    record(4, 0, 8n, (w) => w.u32(7).u32(6).u32(7).u32(6).u64(8n)),
    record(2, 0, 9n, (w) => w.u64(1n).u64(41n)),
  ]
  readPerfRecords(Buffer.concat(bytes), found)
  t.same(found.tasks, [
    { tid: 7, tgid: 7 },
    { tid: 8, tgid: 7 },
  ])
  t.same(found.events, [
    { kind: 'fork', time: 5n, parent: 6, pid: 7 },
    { kind: 'exec', time: 6n, pid: 7 },
    {
      kind: 'map',
      time: 7n,
      pid: 7,
      start: 0x1000n,
      end: 0x1500n,
      offset: 0x2000n,
      path: '/bin/a b',
    },
  ])
  t.equal(found.lost, 41)
})

t.test('bytes that are no record end the reading', async (t) => {
  for (const bytes of [Buffer.alloc(16), Buffer.alloc(7), fork(1, 2, 3).subarray(0, 30)]) {
    const found = noRecords()
    readPerfRecords(bytes, found)
    t.same(found, noRecords())
  }
})

t.test('attributes as the kernel wants them', async (t) => {
  const attr = Buffer.from(sideBandAttributes(0, 4096, true))
  t.equal(attr.length, 112)
  t.equal(attr.readUInt32LE(4), 112)
  t.equal(attr.readUInt32LE(40).toString(2), '11100001000110001100000000')
  t.equal(attr.readUInt32LE(44), 4, 'build ids')
  t.equal(Buffer.from(sideBandAttributes(0, 4096, false)).readUInt32LE(44), 0)
  t.equal(attr.readUInt32LE(48), 4096)
})
