/** Changes of every kind outside of an instance, all harmless to other users of tracing. */
import type { Journal } from '../../recorder/journal.ts'
import { applySettings } from '../../recorder/settings.ts'
import type { Tracefs } from '../../recorder/tracefs.ts'

/** No thread has it. */
const NO_PID = '4194303'

/** Changes settings of the top-level buffer through the journal; `probed` is a file for a uprobe. */
export function changeMachine(
  tracefs: Tracefs,
  journal: Journal,
  probed: string,
  unique: number,
): void {
  journal.set(tracefs, 'saved_cmdlines_size', '9999')
  journal.include(tracefs, 'set_event_notrace_pid', [NO_PID, String(unique)])
  journal.add(
    tracefs,
    'uprobe_events',
    `p:td_test_${unique}/x ${probed}:0x10`,
    `-:td_test_${unique}/x`,
  )
  applySettings(tracefs, journal, {
    name: '',
    events: [
      {
        pattern: 'sched:sched_kthread_stop',
        filter: 'pid == 1',
        triggers: ['stacktrace if pid == 1'],
      },
    ],
    options: ['norecord-tgid', 'sym-offset'],
    cpuMask: '1',
  })
}
