/** Times read otherwise than a file asks for, held against what trace-cmd prints. */
import { spawnSync } from 'node:child_process'
import t from 'tap'
import {
  firstTime,
  memorySource,
  openTrace,
  openTraceSource,
  Report,
  type ReportOptions,
  reportText,
  type TimeChoice,
} from '../../parser/index.ts'
import { cpuList } from '../../parser/report-cpus.ts'
import { stepsBack } from '../../parser/time-check.ts'
import type { Trace } from '../../parser/trace.ts'
import { noTraceCmd } from '../helpers/live.ts'
import { OPTION, textOption } from '../helpers/make-trace.ts'
import { LAYOUT } from '../helpers/page-builder.ts'
import { fixture } from '../helpers/paths.ts'
import { samplePages, sampleTrace } from '../helpers/sample-traces.ts'

const path = (name: string): string => fixture('traces', `${name}.dat`)

/** Times and events of a report's lines, the file's name before them where there is one. */
const timesOf = (text: string): string[] =>
  [...text.matchAll(/^( *\S+\.dat:)?.*?-\d+ +\[\d+\][^:]*?([\d.]+: \w+):/gm)].map(
    ([, name = '', time]) => `${name.trim()}${time}`,
  )

async function withTraces<Result>(
  files: readonly (readonly [string, TimeChoice])[],
  use: (traces: readonly Trace[]) => Result | Promise<Result>,
): Promise<Result> {
  const traces: Trace[] = []
  for (const [name, times] of files)
    traces.push(await openTrace(path(name), { firstSource: traces.length * 8, times }))
  try {
    return await use(traces)
  } finally {
    for (const trace of traces) trace.close()
  }
}

const report = (
  files: readonly (readonly [string, TimeChoice])[],
  options: ReportOptions = {},
  align = false,
): Promise<string> =>
  withTraces(files, (traces) => {
    const names = files.map(([name]) => `${name}.dat`)
    const alignTo = align ? firstTime(traces) : undefined
    const pieces = [...new Report(traces, names, { ...options, alignTo }).pieces(1 << 24)]
    return Buffer.concat(pieces).toString('latin1')
  })

/** A recording of CPU 0, with sub-buffers that begin at these times. */
const sampleOf = (times: readonly bigint[], choice: TimeChoice = {}): Trace => {
  const pages = times.flatMap((time) => samplePages(1, time, { ...LAYOUT, pageSize: 512 }))
  const bytes = sampleTrace({ options: [], buffers: [{ name: '', cpus: [{ cpu: 0, pages }] }] })
  return openTraceSource(memorySource(bytes, 'x'), { times: choice })
}

const DATE = 'amd64-6.12-date-v6'
const BOOT_DATE = 'i386-6.1-clk-boot-date'
const TSC = 'amd64-6.1-clk-tsc'
const TSC2NSEC = 'amd64-6.1-clk-tsc2nsec'
const PLAIN = 'amd64-6.1-follow-children'

t.test('one file', async (t) => {
  const first = async (...args: Parameters<typeof report>): Promise<string | undefined> =>
    timesOf(await report(...args))[1]
  const nanoseconds = { nanoseconds: true }
  t.equal(await first([[DATE, {}]]), '1709810629.234207: sched_switch')
  t.equal(await first([[DATE, { noDate: true }]]), '84.769267: sched_switch')
  t.equal(await first([[DATE, { raw: true, offset: 7n, hertz: 5n }]]), '84769266971: sched_switch')
  t.equal(await first([[DATE, {}]], {}, true), '0.000115: sched_switch')
  t.equal(await first([[DATE, { noDate: true }]], nanoseconds, true), '0.000114724: sched_switch')
  t.equal(await first([[DATE, { noDate: true, offset: 10n ** 9n }]]), '85.769267: sched_switch')
  t.equal(await first([[TSC2NSEC, { raw: true }]]), '80484002881: sched_waking')
  t.equal(await first([[TSC2NSEC, { hertz: 2_000_000_000n }]]), '40.242001: sched_waking')
  t.equal(await first([[TSC2NSEC, { offset: 10n ** 9n }]]), '33.912341: sched_waking')
  // trace-cmd has the same nanoseconds, without the point.
  t.equal(
    await first([[TSC, { hertz: 2_000_000_000n, offset: 10n ** 9n }]], nanoseconds),
    '34.335414252: sys_enter',
  )
})

t.test('exact where doubles are not', (t) => {
  const trace = sampleOf([2n ** 53n + 1n], { hertz: 1_000_000_000n })
  t.equal(firstTime([trace]), 2n ** 53n + 11n, 'the first record comes 10 ns later')
  trace.close()
  t.end()
})

t.test('an offset that the file asks for', (t) => {
  const bytes = sampleTrace({ options: [textOption(OPTION.offset, '1000')] })
  const firstOf = (times: TimeChoice): bigint | undefined =>
    firstTime([openTraceSource(memorySource(bytes, 'x'), { times })])
  const plain = firstOf({ raw: true })!
  t.equal(firstOf({}), plain + 1000n)
  t.equal(firstOf({ noDate: true }), plain)
  t.equal(firstOf({ offset: -5n }), plain + 995n)
  t.end()
})

t.test('several threads write the same', async (t) => {
  await withTraces([[TSC2NSEC, { hertz: 3_000_000_000n, offset: -5n }]], async (traces) => {
    const [one, two] = [1, 2].map((threads) =>
      reportText(traces, ['x'], {}, { threads, leastBytes: 0, pieceBytes: 4096 }),
    )
    const texts = ['', '']
    for await (const piece of one!) texts[0] += Buffer.from(piece).toString('latin1')
    for await (const piece of two!) texts[1] += Buffer.from(piece).toString('latin1')
    t.equal(texts[1], texts[0])
    t.ok(texts[0]!.length > 1000)
  })
})

t.test('times that go back', (t) => {
  t.same(stepsBack(sampleOf([1_000_000n, 2_000_000n])), [])
  const [back, ...more] = stepsBack(sampleOf([2_000_000n, 1_000_000n, 1_500_000n, 500_000n]))
  t.match(back, { buffer: '', cpu: 0, count: 2, after: 1_000_010n })
  t.ok(back!.before > 2_000_000n)
  t.same(more, [])
  t.end()
})

t.test('when CPUs have events', async (t) => {
  const list = (name: string, options: Parameters<typeof cpuList>[2]): Promise<string> =>
    withTraces([[name, {}]], ([trace]) => cpuList(trace!, 'x', options))
  t.equal(
    await list(DATE, { first: true, last: true }),
    'List of CPUs in x with data:\n' +
      '  0\tFirst event:1709810629.234092\tLast event:1709810629.257820\n' +
      '  3\tFirst event:1709810629.266585\tLast event:1709810629.266585\n' +
      '  7\tFirst event:1709810629.238613\tLast event:1709810629.266405\n',
  )
  t.equal(await list(DATE, {}), 'List of CPUs in x with data:\n  0\n  3\n  7\n')
})

/** What trace-cmd prints; as text, whatever it says of files it does not like. */
const traceCmd = (args: readonly string[]): string =>
  spawnSync('trace-cmd', ['report', ...args], { encoding: 'latin1', maxBuffer: 1 << 28 }).stdout

t.setTimeout(120_000)

t.test('as trace-cmd, live', { skip: noTraceCmd() }, async (t) => {
  const cases: [args: string[], TimeChoice, ReportOptions?, align?: boolean][] = [
    [['--nodate'], { noDate: true }],
    [['--raw-ts'], { raw: true }],
    [['--align-ts'], {}, {}, true],
    [['--align-ts', '--nodate', '-t'], { noDate: true }, { nanoseconds: true }, true],
  ]
  for (const name of [DATE, BOOT_DATE, TSC, TSC2NSEC])
    for (const [args, choice, options, align] of cases)
      t.same(
        timesOf(await report([[name, choice]], options, align)),
        timesOf(traceCmd([...args, '-i', path(name)])),
        `${args.join(' ')} ${name}`,
      )
  const merged = { merged: true }
  const two = (a: string, b: string, ...more: string[]): string[] =>
    timesOf(traceCmd(['-i', path(a), '-i', path(b), ...more]))
  t.same(
    timesOf(
      await report([
        [DATE, merged],
        [PLAIN, merged],
      ]),
    ),
    two(DATE, PLAIN),
    'merged by the times that are shown',
  )
  t.same(
    timesOf(
      await report([
        [PLAIN, merged],
        [TSC2NSEC, { ...merged, offset: 10n ** 11n, hertz: 2_000_000_000n }],
      ]),
    ),
    two(PLAIN, TSC2NSEC, '--ts-offset', '100000000000', '--ts2secs', '2000000000'),
  )
  for (const name of [DATE, BOOT_DATE, TSC, TSC2NSEC])
    t.equal(
      await withTraces([[name, {}]], ([trace]) =>
        cpuList(trace!, path(name), { first: true, last: true, nanoseconds: true }),
      ),
      traceCmd(['--first-event', '--last-event', '-t', '-i', path(name)]),
      name,
    )
})
