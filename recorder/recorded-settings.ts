/**
 * How a recording was made, as lines of option TRACEDUCK: what was asked for, and which events the
 * kernel enabled, with the filters that it took. So a reader can tell what did not happen from what
 * was not recorded.
 */
import type { EnabledEvent } from './event-settings.ts'
import { enabledLine, settingLine } from './own-facts.ts'
import type { LiveBuffer } from './setup.ts'
import type { BufferRequest, RecordOptions } from './types.ts'

type Value = string | number | boolean | undefined
type Setting = readonly [name: string, value: Value]

/** The lines of a recording into these buffers, each set up. */
export function* settingLines(
  options: RecordOptions,
  buffers: readonly LiveBuffer[],
): Generator<string> {
  for (const [name, value] of ofRecording(options))
    if (value !== undefined) yield settingLine(name, undefined, String(value))
  for (const [index, { name: buffer, setUp }] of buffers.entries()) {
    if (setUp === undefined) continue
    // Events that presets and probes came to are among the enabled ones.
    const asked = { ...setUp.request, events: options.buffers[index]?.events ?? [] }
    for (const [name, value] of ofBuffer(asked))
      if (value !== undefined) yield settingLine(name, buffer, String(value))
    yield* enabledLines(buffer, setUp.events)
  }
}

function ofRecording(options: RecordOptions): Setting[] {
  return [
    ['command', options.command?.map(quoted).join(' ')],
    ['user', options.user],
    ['filter_command', options.filterCommand],
    ...(options.presets ?? []).map((preset): Setting => ['preset', preset]),
    ...(options.probes ?? []).map(({ kind, definition }): Setting => [kind, definition]),
    ['duration_s', options.durationSeconds],
    ['keep_kb', options.keepKb],
  ]
}

function ofBuffer(request: BufferRequest): Setting[] {
  const each = (name: string, values: readonly (string | number)[] = []): Setting[] =>
    values.map((value) => [name, value])
  return [
    ...request.events.flatMap(({ pattern, exclude, filter, triggers }): Setting[] => [
      ['event', exclude ? `!${pattern}` : pattern],
      ['filter', filter === undefined ? undefined : `${pattern} ${filter}`],
      ...each(
        'trigger',
        triggers?.map((trigger) => `${pattern} ${trigger}`),
      ),
    ]),
    ['tracer', request.tracer],
    ...each('function', request.functions),
    ...each('graph_function', request.graphFunctions),
    ...each('notrace_function', request.notraceFunctions),
    ...each('pid', request.pids),
    ['follow_forks', request.followForks],
    ...each('option', request.options),
    ['clock', request.clock],
    ['buffer_kb', request.bufferKb],
    ['sub_buffer_kb', request.subBufferKb],
    ['cpus', request.cpuMask],
  ]
}

function* enabledLines(buffer: string, events: readonly EnabledEvent[]): Generator<string> {
  const groups = new Map<string, EnabledEvent[]>()
  for (const event of events) {
    const key = `${event.system} ${event.filter ?? ''}`
    const group = groups.get(key)
    if (group) group.push(event)
    else groups.set(key, [event])
  }
  for (const group of groups.values()) {
    const { system, filter } = group[0]!
    const names = group.map(({ name }) => name)
    yield enabledLine({ buffer, system, names, filter })
  }
}

/** As one would write it for a shell. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
