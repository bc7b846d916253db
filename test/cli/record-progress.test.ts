import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import t from 'tap'
import { recordProgressText } from '../../cli/record-progress.ts'
import { main } from '../helpers/cli.ts'
import { noTracefs } from '../helpers/live.ts'

t.test('what the line says', async (t) => {
  const state = {
    kind: 'recording',
    seconds: 5,
    durationSeconds: 70,
    bytes: 12_600_000,
    events: 2_500_000,
    lost: 1234,
  } as const
  t.equal(
    recordProgressText(state),
    '0:05 of 1:10  12.6 MB  2,500,000 events  500,000 events/s  1,234 lost',
  )
  t.equal(
    recordProgressText({ ...state, durationSeconds: undefined, lost: 0 }),
    '0:05  12.6 MB  2,500,000 events  500,000 events/s  0 lost  Ctrl-C ends',
  )
  t.equal(
    recordProgressText({ kind: 'packing', done: 999, total: 2_000_000_000 }),
    '0% of 2,000.0 MB packed',
  )
  t.equal(recordProgressText({ kind: 'packing', done: 0, total: 0 }), '100% of 0.0 MB packed')
})

const noTerminal = spawnSync('script', ['--version']).error ? 'needs script(1)' : false

t.test('on a terminal, and nowhere else', { skip: noTracefs() || noTerminal }, async (t) => {
  t.setTimeout(120_000)
  const path = `${t.testdir()}/t.dat`
  const args = ['record', '-o', path, '--force', '-e', 'sched', '--duration', '2.5']
  const command = [process.execPath, main, ...args]
  const inTerminal = (...more: string[]): string => {
    const words = [...command, ...more].map((word) => `'${word}'`).join(' ')
    return spawnSync('script', ['-qefc', words, '/dev/null'], { encoding: 'utf8', input: '' })
      .stdout
  }
  const shown = inTerminal()
  t.match(shown, /\r0:0[12] of 0:03 {2}\d+\.\d MB {2}[\d,]+ events {2}[\d,]+ events\/s {2}\d+ lost/)
  const cleared = shown.lastIndexOf('\r\u001b[K')
  t.match(shown.slice(cleared), /t\.dat: [\d,]+ events/, 'and then only the summary')
  t.notMatch(shown.slice(cleared), /events\/s/)
  t.ok(existsSync(path))
  t.notMatch(inTerminal('-q'), /events/)
  const { stderr } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' })
  t.notMatch(stderr, /\r/)
})
