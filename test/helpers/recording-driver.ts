/**
 * A process that sets up a recording and takes it back again and again, with settings of every kind,
 * to be killed at any moment. Arguments: a folder for journals, a file for a uprobe.
 */
import { Journal } from '../../recorder/journal.ts'
import { applySettings } from '../../recorder/settings.ts'
import { Tracefs } from '../../recorder/tracefs.ts'
import { changeMachine } from './tracefs-changes.ts'

const [runtime = '', probed = ''] = process.argv.slice(2)
const tracefs = Tracefs.find()
process.stdout.write('started\n')
for (;;) {
  const journal = Journal.begin(tracefs, runtime)
  const own = journal.createInstance(`traceduck-${process.pid}`)
  changeMachine(tracefs, journal, probed, process.pid)
  const events = [{ pattern: 'sched' }, { pattern: `td_test_${process.pid}` }]
  applySettings(own, journal, { name: '', events, clock: 'mono', bufferKb: 512 })
  own.write('tracing_on', '1')
  journal.restore()
}
