/** Reports: what is chosen, how it is shown, and what damage does to them. */
import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import t from 'tap'
import {
  memorySource,
  openTrace,
  openTraceSource,
  Report,
  type ReportOptions,
  readEventTexts,
  TraceError,
} from '../../parser/index.ts'
import { fixture } from '../helpers/paths.ts'

const trace = (name: string): string => fixture('traces', `${name}.dat`)

async function report(names: readonly string[], options: ReportOptions = {}): Promise<string> {
  const traces = []
  for (const name of names)
    traces.push(await openTrace(trace(name), { firstSource: traces.length * 8 }))
  try {
    const text = new Report(traces, names, options).pieces(4096)
    let all = ''
    for (const piece of text) all += Buffer.from(piece).toString('latin1')
    return all
  } finally {
    for (const opened of traces) opened.close()
  }
}

/** Golden lines of the plain report. */
const golden = (name: string): string[] =>
  gunzipSync(readFileSync(fixture('traces', `${name}.report.txt.gz`)))
    .toString('latin1')
    .trimEnd()
    .split('\n')

const EVENTS = 'amd64-6.12-user32-ev-v7-zstd'

t.test('events, CPUs and times choose lines, and change none', async (t) => {
  const lines = golden(EVENTS)
  const pick = (test: (line: string) => boolean): string => `${lines.filter(test).join('\n')}\n`
  const isHead = (line: string): boolean => line === lines[0]
  t.equal(
    await report([EVENTS], { events: ['sched:sched_wakeup'] }),
    pick((line) => isHead(line) || line.includes(': sched_wakeup: ')),
  )
  t.equal(
    await report([EVENTS], { events: ['irq'] }),
    pick((line) => isHead(line) || /: (irq_handler|softirq)_\w+: /.test(line)),
  )
  const cpu1 = await report([EVENTS], { cpus: new Set([1]), events: ['kmem:kfree', 'sched'] })
  t.ok(cpu1.length > 100)
  t.notMatch(cpu1, /\[000\]/)
})

t.test('filters select what their expressions say', async (t) => {
  const lines = golden(EVENTS)
  const only = (text: string, negate = false): Promise<string> =>
    report([EVENTS], { filters: [{ text, negate }] })
  const count = (text: string): number => text.split('\n').length - 2
  const wanted = (pattern: RegExp): number => lines.filter((line) => pattern.test(line)).length
  t.equal(
    count(await only('sched/sched_switch: prev_state == 1')),
    wanted(/: sched_switch: .*\] S ==> /),
  )
  t.equal(
    count(await only('sched_switch: next_comm == "wl" || prev_comm == \'wl\'')),
    wanted(/: sched_switch: +(?:wl:|.*==> wl:)/),
  )
  t.equal(count(await only('.*: CPU == 1 && common_pid == 0')), wanted(/<idle>-0 +\[001\]/))
  t.equal(count(await only('SCHED: COMM =~ "^ker"')), 0)
  t.equal(
    count(await only('irq', true)),
    lines.length - 1 - wanted(/: (irq_handler|softirq)_\w+: /),
    'negated',
  )
  t.equal(
    count(await only('sched_switch: bogus == 1 || next_pid == 0')),
    wanted(/==> swapper\/\d:0/),
  )
  t.equal(
    count(
      await only('sched_switch: !(next_pid != 0) && (next_prio & 0x78) == 0x78 && 2 + 3 * 2 == 8'),
    ),
    wanted(/==> swapper\/\d:0 \[120\]/),
  )
  for (const [text, message] of [
    ['sched_switch: next_pid ==', /ends too early/],
    ['sched_switch: (next_pid == 1', /not closed|ends too early/],
    ['sched_switch: next_pid == 1 )', /was not expected/],
    ['nonesuch: a == 1', /no event/],
    ['sched_switch: comm =~ wl', /pattern in quotes/],
    ['sched_switch: next_pid @ 1', /cannot read/],
  ] as const)
    await t.rejects(only(text), { code: 'ERR_USAGE', message }, text)
  await t.rejects(only(`sched_switch: ${'('.repeat(5000)}`), { code: 'ERR_USAGE' })
})

t.test('several recordings are merged by time, names in front', async (t) => {
  const [a, b] = ['amd64-6.12-split-part0001', 'amd64-6.12-split-cpu']
  const lines = (await report([a, b])).trimEnd().split('\n')
  t.same(lines.slice(0, 2), [`${a}: cpus=8`, `     ${b}: cpus=8`])
  const times = lines.slice(2).map((line) => Number(/ (\d+\.\d+): /.exec(line)![1]))
  t.same(
    times,
    times.toSorted((x, y) => x - y),
  )
  for (const name of [a, b]) {
    const own = lines.slice(2).filter((line) => line.includes(`${name}: `))
    t.same(
      own.map((line) => line.slice(a.length + 2)),
      golden(name).slice(1),
      name,
    )
  }
})

t.test('the choices of texts', async (t) => {
  const name = 'amd64-6.12-fn-small'
  const plain = gunzipSync(readFileSync(fixture('traces', `${name}.report-N.txt.gz`))).toString()
  // The print format has one blank more than the plugin.
  t.equal(
    await report([name], { pluginOptions: { parent: true, indent: false } }),
    plain.replaceAll(/(: function: {13}) /g, '$1'),
  )
  t.match((await report([name], { latency: true })).split('\n')[1], /^ {6}wl-\d+ +\d[.dN]/)
  t.match(
    (await report([name], { timeDifference: true })).split('\n')[2],
    /: \(\+\d+\) +function: /,
  )
})

t.test('texts by themselves, in order of time', async (t) => {
  const opened = await openTrace(trace(EVENTS))
  const texts = [...readEventTexts(opened, { events: ['sched:sched_switch'] })]
  opened.close()
  const lines = golden(EVENTS).filter((line) => line.includes(': sched_switch: '))
  t.same(
    texts.map(({ text }) => text),
    lines.map((line) => Buffer.from(line.replace(/^.*: sched_switch: +/, ''), 'latin1').toString()),
  )
  t.match(texts[0], { system: 'sched', event: 'sched_switch' })
})

t.test('names at the time of the event', async (t) => {
  const by = async (names: 'report' | 'event-time'): Promise<string> =>
    (await report(['amd64-6.12-procmap'], { names, events: ['sched_process_exec'] })) || ''
  // The recorder's last name is that of the program; at the time it still had its parent's.
  t.match(await by('report'), /cpus=/)
  t.match(await by('event-time'), /cpus=/)
})

t.test('damaged recordings give a coded error or what is left', async (t) => {
  for (const file of readdirSync(fixture('corrupt')).filter((name) => name.endsWith('.dat'))) {
    const bytes = readFileSync(fixture('corrupt', file))
    t.ok(survives(bytes), file)
  }
  const sound = readFileSync(trace('amd64-6.12-split-cpu'))
  let seed = 1
  for (let round = 0; round < 40; round++) {
    const bytes = Buffer.from(sound)
    for (let i = 0; i < 20; i++) {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
      bytes[seed % bytes.length] = seed >>> 24
    }
    t.ok(survives(bytes), `flips ${round}`)
  }
})

/** Whether a report ends, with nothing thrown but a coded error. */
function survives(bytes: Uint8Array): boolean {
  try {
    const opened = openTraceSource(memorySource(bytes, 'x'))
    for (const options of [{}, { raw: true }, { plugins: false }])
      for (const piece of new Report([opened], ['x'], options).pieces())
        if (piece.length > 1 << 26) return false
    return true
  } catch (error) {
    return error instanceof TraceError
  }
}
