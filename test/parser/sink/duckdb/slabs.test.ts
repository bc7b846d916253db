// Room is nobody else's while it is taken, and is used again afterwards.
import t from 'tap'
import { type Room, SlabStore } from '../../../../parser/sink/duckdb/slabs.ts'
import { Random } from '../../../helpers/random.ts'

const KB = 1024

const overlap = (a: Room, b: Room): boolean =>
  a.slab === b.slab && a.start < b.start + b.bytes && b.start < a.start + a.bytes

t.test('rooms do not overlap, whatever the order in which they are given back', async (t) => {
  const random = new Random(7)
  const store = new SlabStore()
  const taken: Room[] = []
  let most = 0
  for (let i = 0; i < 3000; i++) {
    if (taken.length > 200 || (taken.length > 0 && random.below(3) === 0)) {
      const [room] = taken.splice(random.below(taken.length), 1)
      store.give(room!)
      continue
    }
    const bytes = 1 + random.below(400 * KB)
    const room = store.take(bytes)
    if (room.bytes < bytes || room.start + room.bytes > room.slab.buffer.byteLength)
      t.fail('too little room')
    if (taken.some((other) => overlap(room, other))) t.fail('room that is in use')
    taken.push(room)
    most = Math.max(
      most,
      taken.reduce((sum, { bytes: size }) => sum + size, 0),
    )
  }
  t.ok(store.bytes < 2 * most, 'gaps are filled')
})

t.test('what is given back in turn is never more than was taken at a time', async (t) => {
  const store = new SlabStore()
  const waiting: Room[] = []
  for (let i = 0; i < 100_000; i++) {
    waiting.push(store.take((1 + (i % 13)) * 10 * KB))
    if (waiting.length > 500) store.give(waiting.shift()!)
  }
  t.equal(store.bytes, 64 << 20)
})

t.test('what is larger than a slab has a buffer of its own, and is not kept', async (t) => {
  const store = new SlabStore()
  const room = store.take(33 << 20)
  t.equal(room.start, 0)
  t.equal(room.slab.buffer.byteLength, 33 << 20)
  store.give(room)
  t.equal(store.bytes, 0)
})
