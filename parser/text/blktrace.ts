/**
 * The block tracer's records have an id but no format in the recording. The reference tool makes
 * one up for the id after that of `user_stack`, with the layout of `struct blk_io_trace`
 * (kernel `include/uapi/linux/blktrace_api.h`), whose first words lie under the common fields.
 */
import type { EventFormat, FieldFormat } from '../event/types.ts'

/** Declaration, offset, size. */
const FIELDS: readonly (readonly [string, string, number, number])[] = [
  ['u64', 'sector', 16, 8],
  ['int', 'bytes', 24, 4],
  ['int', 'action', 28, 4],
  ['int', 'pid', 32, 4],
  ['int', 'device', 36, 4],
  ['int', 'cpu', 40, 4],
  ['short', 'error', 44, 2],
  ['short', 'pdu_len', 46, 2],
]

/** The made-up format; undefined where its id is taken or cannot be told. */
export function blktraceFormat(formats: readonly EventFormat[]): EventFormat | undefined {
  const before = formats.find(({ system, name }) => system === 'ftrace' && name === 'user_stack')
  if (!before || formats.some(({ id }) => id === before.id + 1)) return undefined
  const fields = FIELDS.map(
    ([type, name, offset, size]): FieldFormat => ({
      name,
      type,
      kind: 'scalar',
      offset,
      size,
      // Not said in the made-up format, hence unsigned to whoever reads it.
      signed: false,
      elementSize: size,
      isText: false,
      isBitmask: false,
      declaration: `${type} ${name}`,
    }),
  )
  return {
    id: before.id + 1,
    system: 'ftrace',
    name: 'blktrace',
    common: before.common,
    fields,
    printFmt: '"%d", REC->pid',
    parseOk: true,
    problem: '',
  }
}
