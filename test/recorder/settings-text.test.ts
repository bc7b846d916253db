import t from 'tap'
import { restorable } from '../../recorder/settings-text.ts'

const CASES: [path: string, reads: string, restores: string | undefined][] = [
  ['trace_clock', 'local [mono] boot\n', 'mono'],
  ['events/a/b/filter', 'none\n', '0'],
  ['events/a/b/filter', 'pid == 1\n', 'pid == 1'],
  ['events/a/b/filter', 'nofield\n^\nparse_error: Field not found\n', '0'],
  ['events/a/b/enable', '0\n', '0'],
  ['events/a/b/enable', '1*\n', '1'],
  ['events/a/enable', 'X\n', undefined],
  ['buffer_size_kb', '7 (expanded: 1408)\n', '1408'],
  ['buffer_size_kb', '4096\n', '4096'],
  ['buffer_size_kb', 'X\n', undefined],
  ['current_tracer', 'nop\n', 'nop'],
  ['set_ftrace_pid', 'no pid\n', ''],
  ['set_ftrace_filter', '#### all functions enabled ####\n', ''],
  ['set_ftrace_filter', 'vfs_read\nvfs_write\n', 'vfs_read\nvfs_write'],
  ['options/stacktrace', '0\n', '0'],
]

for (const [path, reads, restores] of CASES) {
  t.equal(restorable(path, reads), restores, `${path} reading ${JSON.stringify(reads)}`)
}
