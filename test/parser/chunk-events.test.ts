// What chunks hold is remembered in bounded memory, and never forgotten.
import fc from 'fast-check'
import t from 'tap'
import { ChunkEvents, mostRowsFor } from '../../parser/chunk-events.ts'

const EVENTS = 20
const STRIDE = (EVENTS >>> 3) + 1
const BIT_OF = Int32Array.from({ length: EVENTS }, (_, i) => i)

const maskOf = (events: Iterable<number>): Uint8Array => {
  const mask = new Uint8Array(STRIDE)
  for (const event of events) mask[event >>> 3]! |= 1 << (event & 7)
  return mask
}

t.test('a chunk that holds an event never lacks it, however few rows there are', async () => {
  const chunks = fc.array(fc.uniqueArray(fc.nat(EVENTS - 1), { maxLength: 4 }), { maxLength: 80 })
  const mostRows = fc.constantFrom(1, 2, 4, 16)
  fc.assert(
    fc.property(chunks, mostRows, fc.boolean(), (held, most, atOnce) => {
      const known = new ChunkEvents(STRIDE, BIT_OF, most)
      held.forEach((events, index) => {
        const row = known.rowOf(index)
        if (atOnce) known.markAll(row, maskOf(events))
        else for (const event of events) known.mark(row, event)
      })
      // As many chunks share a row as it takes; whatever one of them holds, none of them lacks.
      let share = 1
      while (Math.ceil(held.length / share) > most) share *= 2
      return held.every((_, index) => {
        const first = index - (index % share)
        const together = new Set(held.slice(first, first + share).flat())
        return BIT_OF.every((event) => known.lacks(index, maskOf([event])) !== together.has(event))
      })
    }),
    { seed: 1, numRuns: 300 },
  )
})

t.test('takes the same memory for a million chunks as for the first that fill it', async (t) => {
  const most = mostRowsFor(2, STRIDE)
  const known = new ChunkEvents(STRIDE, BIT_OF, 256)
  for (let index = 0; index < 256; index++) known.mark(known.rowOf(index), index % 4)
  const full = known.bytes
  for (let index = 256; index < 1 << 20; index++) known.mark(known.rowOf(index), index % 4)
  t.equal(known.bytes, full)
  t.equal(full, 256 * STRIDE)
  t.notOk(known.lacks((1 << 20) - 1, maskOf([3])))
  t.ok(known.lacks((1 << 20) - 1, maskOf([4])))
  t.notOk(known.lacks(1 << 21, maskOf([4])), 'of chunks that were not seen nothing is known')
  t.ok(2 * most * STRIDE <= 8 << 20, 'all streams together')
})
