import t from 'tap'
import { Journal } from '../../recorder/journal.ts'
import { setUpBuffers } from '../../recorder/setup.ts'
import { fakeTracefs } from '../helpers/fake-tracefs.ts'

const OPTIONS = {
  output: 'x.dat',
  version: 7,
  compression: 'none',
  topLevel: true,
  buffers: [{ name: '', events: [] }],
} as const

t.test('names and processes of threads are kept while recording', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('options/record-tgid', '0\n')
  const journal = Journal.begin(fake.tracefs, fake.runtime)
  const notices: string[] = []
  await setUpBuffers(fake.tracefs, journal, OPTIONS, undefined, notices)
  t.same(notices, [])
  t.equal(fake.text('saved_cmdlines_size'), '4096')
  t.equal(fake.text('options/record-tgid'), '1')
  t.same(journal.restore().failed, [])
  t.equal(fake.text('saved_cmdlines_size'), '128')
  t.equal(fake.text('options/record-tgid'), '0')
})

t.test('of two recordings the last one puts the names back', async (t) => {
  const fake = fakeTracefs(t)
  const first = Journal.begin(fake.tracefs, fake.runtime)
  await setUpBuffers(fake.tracefs, first, OPTIONS, undefined, [])
  const second = Journal.begin(fake.tracefs, fake.runtime)
  await setUpBuffers(fake.tracefs, second, OPTIONS, undefined, [])
  first.restore()
  t.equal(fake.text('saved_cmdlines_size'), '4096')
  second.restore()
  t.equal(fake.text('saved_cmdlines_size'), '128')
})

t.test('room enough is left as it is', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('saved_cmdlines_size', '6552\n')
  const journal = Journal.begin(fake.tracefs, fake.runtime)
  await setUpBuffers(fake.tracefs, journal, OPTIONS, undefined, [])
  t.equal(fake.text('saved_cmdlines_size'), '6552')
  journal.restore()
  t.equal(fake.text('saved_cmdlines_size'), '6552')
})

t.test('kernels without these files, and -O, which has the last word', async (t) => {
  const fake = fakeTracefs(t)
  fake.put('options/record-tgid', '0\n')
  const journal = Journal.begin(fake.tracefs, fake.runtime)
  const buffers = [{ name: '', events: [], options: ['norecord-tgid'] }]
  await setUpBuffers(fake.tracefs, journal, { ...OPTIONS, buffers }, undefined, [])
  t.equal(fake.text('options/record-tgid'), '0')
  journal.restore()
})
