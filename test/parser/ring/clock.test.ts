import t from 'tap'
import type { ClockCorrections } from '../../../parser/container/types.ts'
import { createClock, multiplyShift } from '../../../parser/ring/clock.ts'
import { RecordBlock, STRIDE, TS_HI, TS_LO } from '../../../parser/ring/record-block.ts'
import { Random } from '../../helpers/random.ts'
import { guestTime } from '../../helpers/reference-page.ts'

const NONE: ClockCorrections = {
  tsc2nsec: undefined,
  offset: 0n,
  wallOffset: undefined,
  timeShift: undefined,
}

interface Sample {
  readonly time: bigint
  readonly offset: bigint
  readonly scaling: bigint
  readonly fraction: bigint
}

const sample = (time: bigint, offset: bigint, scaling = 1n, fraction = 0n): Sample => ({
  time,
  offset,
  scaling,
  fraction,
})

const shiftOf = (interpolate: boolean, ...cpus: Sample[][]): ClockCorrections => ({
  ...NONE,
  timeShift: {
    peerTraceId: 1n,
    interpolate,
    cpus: cpus.map((samples) => ({
      times: BigInt64Array.from(samples, (s) => s.time),
      offsets: BigInt64Array.from(samples, (s) => s.offset),
      scalings: BigInt64Array.from(samples, (s) => s.scaling),
      fractions: BigInt64Array.from(samples, (s) => s.fraction),
    })),
  },
})

const correct = (corrections: ClockCorrections, times: readonly bigint[], cpu = 0): bigint[] => {
  const block = new RecordBlock(times.length)
  times.forEach((ts, i) => {
    block.words[i * STRIDE + TS_LO] = Number(ts & 0xffffffffn)
    block.words[i * STRIDE + TS_HI] = Number(ts >> 32n)
  })
  block.count = times.length
  createClock(corrections, cpu)?.(block, 0)
  return times.map(
    (_, i) =>
      (BigInt(block.words[i * STRIDE + TS_HI]!) << 32n) | BigInt(block.words[i * STRIDE + TS_LO]!),
  )
}

t.test('nothing asked for, nothing done', async (t) => {
  t.equal(createClock(NONE, 0), undefined)
  t.equal(createClock(shiftOf(true, []), 0), undefined, 'no samples for this CPU')
  t.equal(createClock(shiftOf(true, [sample(1n, 1n)]), 5), undefined, 'no such CPU')
  t.equal(createClock({ ...NONE, wallOffset: 5n }, 0), undefined, 'DATE does not move times')
})

t.test('OFFSET, positive and negative, carries', async (t) => {
  t.same(correct({ ...NONE, offset: 1n }, [0xffffffffn, 5n]), [0x100000000n, 6n])
  t.same(correct({ ...NONE, offset: -1n }, [0x100000000n, 6n]), [0xffffffffn, 5n])
  t.same(correct({ ...NONE, offset: 0x123456789abn }, [0xfedcba98n]), [
    0x123456789abn + 0xfedcba98n,
  ])
  t.same(correct({ ...NONE, offset: -10n }, [3n]), [0xffff_ffff_ffff_fff9n], 'two’s complement')
})

t.test('TSC2NSEC keeps all 96 bits of the product', async (t) => {
  const tsc = { ...NONE, tsc2nsec: { mult: 4194304, shift: 23, offset: 99n } }
  t.same(correct(tsc, [2_000_000_001n]), [1_000_000_000n], 'its offset is not used')
  const random = new Random(7)
  for (let i = 0; i < 2000; i++) {
    const ts = (BigInt(random.next()) << BigInt(random.below(33))) | BigInt(random.next())
    const mult = random.next() >>> random.below(32)
    const shift = random.below(64)
    const pair = Uint32Array.of(Number(ts & 0xffffffffn), Number(ts >> 32n))
    multiplyShift(pair, mult, shift)
    const want = BigInt.asUintN(64, (ts * BigInt(mult)) >> BigInt(shift))
    const got = (BigInt(pair[1]!) << 32n) | BigInt(pair[0]!)
    if (got !== want) t.equal(got, want, `${ts} * ${mult} >> ${shift}`)
  }
})

t.test('TIME_SHIFT', async (t) => {
  t.same(
    correct(shiftOf(true, [sample(1000n, 100n, 3n)]), [1000n, 5000n]),
    [1100n, 5100n],
    'one sample: its offset, no scaling',
  )
  const step = shiftOf(false, [sample(1007n, 100n), sample(1014n, 200n), sample(1021n, 300n)])
  t.same(
    correct(step, [1000n, 1007n, 1013n, 1014n, 1021n, 5000n]),
    [1100n, 1107n, 1113n, 1214n, 1221n, 5200n],
    'steps: the lower sample of the pair; before the first and after the last the nearest pair',
  )
  // Seen with trace-cmd 3.1.6 on a file with these samples.
  const falling = shiftOf(true, [sample(1000n, 100n), sample(1040n, 93n)])
  t.same(
    correct(falling, [1000n, 1007n, 1014n, 1021n, 1028n, 1035n, 1042n, 1077n]),
    [1100n, 1107n, 1113n, 1118n, 1124n, 1130n, 1136n, 1165n],
    'interpolated, and beyond the last sample extrapolated',
  )
  const rising = shiftOf(true, [sample(1010n, 100n), sample(1040n, 187n)])
  t.same(correct(rising, [1000n, 1007n, 1014n, 1035n]), [1072n, 1099n, 1126n, 1208n])
  t.same(
    correct(shiftOf(false, [sample(0n, 100n, 3n, 1n), sample(9n, 0n, 5n, 2n)]), [5n, 8n]),
    [107n, 112n],
    'scaling, then a right shift',
  )
  t.same(
    correct(shiftOf(false, [sample(0n, 1n)], [sample(0n, 2n)]), [5n], 1),
    [7n],
    'each CPU has its own samples',
  )
})

t.test('the order: shift, then ticks to ns, then OFFSET', async (t) => {
  const all = {
    ...shiftOf(false, [sample(0n, 100n)]),
    tsc2nsec: { mult: 3, shift: 1, offset: 0n },
    offset: -20n,
  }
  t.same(correct(all, [1000n]), [(1100n * 3n) / 2n - 20n])
})

t.test('guest times as the slow reference has them', async (t) => {
  const random = new Random(11)
  for (let round = 0; round < 300; round++) {
    let time = BigInt(random.below(1000))
    const samples = Array.from({ length: 1 + random.below(5) }, () => {
      time += BigInt(1 + random.below(1000))
      return sample(
        time,
        BigInt(random.below(2000) - 1000),
        BigInt(1 + random.below(8)),
        BigInt(random.below(3)),
      )
    })
    const interpolate = random.below(2) === 1
    const times = Array.from({ length: 10 }, () => BigInt(random.below(8000)))
    const want = times.map((ts) => BigInt.asUintN(64, guestTime(ts, samples, interpolate)))
    t.strictSame(correct(shiftOf(interpolate, samples), times), want)
  }
})
