/** `traceduck record`: from the kernel's ring buffers to a trace.dat. */
import { Command } from 'commander'
import { TraceError } from '../../parser/error.ts'
import type { RecordProgress, RecordSummary } from '../../recorder/types.ts'
import { examples } from '../examples.ts'
import { EXIT_INCOMPLETE, onSignal } from '../exit.ts'
import { ProgressLine } from '../progress.ts'
import { addRecordOptions, RecordRequest } from '../record-options.ts'
import { recordProgressText } from '../record-progress.ts'
import { summaryText } from '../record-summary.ts'
import { say } from '../safe-text.ts'

/** The `record` command. */
export function recordCommand(): Command {
  const request = new RecordRequest()
  const command = new Command('record')
    .summary('record kernel events into a trace.dat')
    .description(
      'Records events of the kernel while a command runs, for a time, or until Ctrl-C. Uses a ring ' +
        'buffer of its own, and puts back all it changes.',
    )
    .usage('[options] [-- COMMAND ARG…]')
    .argument('[command...]', 'what to run and trace')
    .passThroughOptions()
  addRecordOptions(command, request)
  examples(command, [
    ["traceduck record -e sched -e 'syscalls:*' -o ls.dat -- ls -l", 'all that happens during ls'],
    [
      "traceduck record -e syscalls:sys_enter_write -f 'count > 10000' --duration 5",
      'large writes',
    ],
    ['traceduck record -e kmem -b 16384 -m 100000', 'until Ctrl-C, the last 100 MB of each CPU'],
  ])
  return command.action((argv: string[], flags) => runRecord(request, argv, flags))
}

type Flags = Parameters<RecordRequest['finish']>[0]

async function runRecord(
  request: RecordRequest,
  argv: readonly string[],
  flags: Flags,
): Promise<void> {
  const options = request.finish(flags, argv)
  const nothing = options.buffers.every(({ events, tracer }) => events.length === 0 && !tracer)
  if (nothing && !options.probes?.length && !options.presets?.length) {
    throw new TraceError('ERR_USAGE', 'nothing to record', {
      hint: 'name events, for example -e sched; "traceduck list events" shows what there is',
    })
  }
  const stop = new AbortController()
  const abandon = new AbortController()
  const release = onSignal((signal) => {
    if (stop.signal.aborted) abandon.abort()
    stop.abort(signal)
    return true
  })
  const line = new ProgressLine(flags.quiet ?? false)
  try {
    const { record } = await import('../../recorder/record.ts')
    // The command's own words are on the same terminal.
    const isAlone = options.command === undefined
    const onProgress = (progress: RecordProgress): void => {
      if (isAlone || progress.kind === 'packing') line.show(recordProgressText(progress))
    }
    const control = { stop: stop.signal, abandon: abandon.signal }
    const summary = await record(options, line.isShown ? { ...control, onProgress } : control)
    line.done()
    if (!flags.quiet) say(summaryText(summary))
    process.exitCode = statusOf(summary)
  } finally {
    line.done()
    release()
  }
}

function statusOf({ endedBy, commandStatus }: RecordSummary): number {
  if (endedBy === 'disk-full' || endedBy === 'error') return EXIT_INCOMPLETE
  return commandStatus ?? 0
}
