import t from 'tap'
import { makeDatabase, select } from '../../queries/given.ts'

interface Gap {
  readonly source: number
  readonly cpu: number
  readonly from: number | null
  readonly to: number
  readonly count: number
}

/** Gaps as a ring buffer makes them: of one CPU they follow each other, the first may have no begin. */
function gapsOf(source: number, cpu: number, starts: number, step: number): Gap[] {
  return Array.from({ length: starts }, (_, i) => {
    const from = 1000 + cpu * 7 + i * step
    const length = (i * 13) % (step - 1)
    return { source, cpu, from: i === 0 && cpu === 1 ? null : from, to: from + length, count: 1 }
  })
}

/** The definition: a gap without a begin reaches back as far as can be, one of no length has its end. */
function isLost(
  gaps: readonly Gap[],
  source: number,
  cpus: readonly number[],
  span: number[],
): boolean {
  const [from, to] = span as [number, number]
  return gaps.some((gap) => {
    const begin = Math.min(gap.from ?? Number.NEGATIVE_INFINITY, gap.to - 1)
    return gap.source === source && cpus.includes(gap.cpu) && begin < to && gap.to > from
  })
}

for (const [what, gaps] of [
  ['no gap', []],
  ['one gap', gapsOf(0, 0, 2, 500).slice(1)],
  ['many gaps', [...gapsOf(0, 0, 50, 40), ...gapsOf(0, 1, 7, 300), ...gapsOf(1, 0, 20, 97)]],
] as const) {
  t.test(`a time with losses is told from one without: ${what}`, async (t) => {
    const database = await makeDatabase({ tables: {}, lost: gaps })
    const asked = (await select(
      database,
      `select s.source::integer as source, c.cpu::integer as cpu, d.cpu::integer as other, ts, ts + dur as end_ts,
        lost_between(gaps, s.source, c.cpu, d.cpu, ts, ts + dur) as lost
       from loss_index, range(2) s(source), range(3) c(cpu), range(3) d(cpu), range(900, 3300, 7) t(ts),
         (values (0), (1), (2), (30), (3000)) as u(dur)`,
    )) as {
      source: number
      cpu: number
      other: number
      ts: number
      end_ts: number
      lost: boolean
    }[]
    const wrong = asked.filter(
      ({ source, cpu, other, ts, end_ts, lost }) =>
        lost !== isLost(gaps, source, [cpu, other], [ts, end_ts]),
    )
    t.same(wrong.slice(0, 3), [])
    t.equal(
      asked.some(({ lost }) => lost),
      gaps.length > 0,
    )
    await database.close()
  })
}

t.test('an end that is not known has lost nothing', async (t) => {
  const database = await makeDatabase({ tables: {}, lost: gapsOf(0, 0, 3, 50) })
  t.same(
    await select(
      database,
      `select lost_between(gaps, 0, 0, null, 900, null) as no_end, lost_between(gaps, 0, 0, null, null, 5000) as no_begin,
        lost_between(gaps, 0, 5, null, 900, 5000) as other_cpu, lost_between(gaps, 0, 0, null, 900, 9223372036854775807) as open
       from loss_index`,
    ),
    [{ no_end: false, no_begin: false, other_cpu: false, open: true }],
  )
  await database.close()
})
