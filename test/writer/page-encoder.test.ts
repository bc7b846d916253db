import t from 'tap'
import { PageEncoder } from '../../writer/page-encoder.ts'
import { Random } from '../helpers/random.ts'
import { walkPage } from '../helpers/reference-page.ts'

const SHAPES = [
  { littleEndian: true, longSize: 8, dataOffset: 16, bytes: 4096 },
  { littleEndian: false, longSize: 8, dataOffset: 16, bytes: 8192 },
  { littleEndian: true, longSize: 4, dataOffset: 12, bytes: 4096 },
  { littleEndian: false, longSize: 4, dataOffset: 16, bytes: 512 },
] as const

const shapeOf = ({ littleEndian, longSize, dataOffset, bytes }: (typeof SHAPES)[number]) => ({
  littleEndian,
  bytes,
  page: { longSize, commitOffset: 8, dataOffset, dataSize: bytes - dataOffset },
})

/** Steps of time: nothing, small, beyond a delta, beyond an extend, and backwards. */
const STEPS = [
  0n,
  1n,
  1000n,
  (1n << 27n) - 1n,
  1n << 27n,
  1n << 40n,
  1n << 59n,
  1n << 62n,
  -1n,
  -(1n << 33n),
]

t.test('what an independent reader finds is what was put in', async (t) => {
  for (const layout of SHAPES) {
    const random = new Random(layout.bytes)
    const encoder = new PageEncoder(shapeOf(layout))
    const put: string[] = []
    const got: string[] = []
    const take = (): void => {
      for (const { ts, payload, missed } of walkPage(encoder.take().slice(), layout))
        got.push(`${ts} ${missed} ${Buffer.from(payload).toString('hex')}`)
    }
    let time = 1n << 40n
    for (let i = 0; i < 2000; i++) {
      time = BigInt.asUintN(64, time + random.pick(STEPS))
      const missed = random.below(50) === 0 ? random.pick([-1, 1, 8871, 2 ** 31 - 1]) : 0
      const payload = Buffer.alloc(4 * (1 + random.below(60)), random.below(256))
      const [lo, hi] = [Number(time & 0xffffffffn), Number(time >> 32n)]
      const add = (): boolean => encoder.add(payload, 0, payload.length, lo, hi, missed)
      if (!add()) {
        take()
        t.ok(add(), 'there is room in an empty sub-buffer')
      }
      put.push(`${time} ${missed} ${payload.toString('hex')}`)
    }
    take()
    t.same(got, put, JSON.stringify(layout))
  }
})

t.test('a number of lost events that has no place is unknown', async (t) => {
  const [layout] = SHAPES
  const encoder = new PageEncoder(shapeOf(layout))
  const payload = new Uint8Array(layout.bytes - layout.dataOffset - 8)
  t.ok(encoder.add(payload, 0, payload.length, 5, 0, 7))
  t.match([...walkPage(encoder.take(), layout)], [{ ts: 5n, missed: -1 }])
  t.ok(encoder.add(payload, 0, payload.length - 8, 5, 0, 7))
  t.match([...walkPage(encoder.take(), layout)], [{ ts: 5n, missed: 7 }])
})

t.test('losses are said at the first record of a sub-buffer only', async (t) => {
  const encoder = new PageEncoder(shapeOf(SHAPES[0]))
  const payload = new Uint8Array(8)
  t.ok(encoder.add(payload, 0, 8, 5, 0, 0))
  t.notOk(encoder.add(payload, 0, 8, 6, 0, -1))
  t.equal(encoder.records, 1)
})
