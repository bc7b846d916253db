/**
 * Functions of the kernel's subsystems that print formats call and that need nothing but their
 * arguments. Authorities are named where they are used.
 */
import { type Code, constantCode, convert, type TextCode } from '../code.ts'
import { argument, type Helper } from '../compiler.ts'
import { binaryCode } from '../operators.ts'
import { identity } from './access.ts'
import { parseCdb } from './scsi.ts'
import { xenHypercallName } from './xen.ts'

const MINOR_BITS = 20

/** `jbd2_dev_to_name(dev)`: a device by its numbers, because its name is not in the record. */
const deviceName: Helper = (args, compiler): TextCode => {
  const { narrow } = compiler.integer(args[0])
  return {
    kind: 'text',
    write: (r) => {
      const dev = narrow(r)
      r.sink.unsigned(dev >>> MINOR_BITS)
      r.sink.byte(0x3a)
      r.sink.unsigned(dev & ((1 << MINOR_BITS) - 1))
    },
  }
}

/** Names of the values 0, 1, 2 … of an argument, and of all others. */
function named(names: readonly string[], other: string): Helper {
  const texts = names.map((name) => Buffer.from(name, 'latin1'))
  const rest = Buffer.from(other, 'latin1')
  return (args, compiler): TextCode => {
    const { narrow } = compiler.integer(args[0])
    return { kind: 'text', write: (r) => r.sink.all(texts[narrow(r)] ?? rest) }
  }
}

/** One of two words, by a truth (`linux/string_choices.h`). */
function choice(yes: string, no: string): Helper {
  return (args, compiler) =>
    compiler.compile({
      kind: 'conditional',
      test: argument(args[0]),
      yes: { kind: 'string', text: yes },
      no: { kind: 'string', text: no },
    })
}

/** Whether a page table entry can be written through: its bit 1. */
const isWritablePte: Helper = (args, compiler): Code =>
  binaryCode('&', convert(compiler.integer(args[0]), 64, false), constantCode(2n, 64, false))

/** Functions of subsystems by name. */
export const KERNEL_FUNCTIONS: readonly (readonly [string, Helper])[] = [
  ['jbd2_dev_to_name', deviceName],
  // Ticks a second are not in the recording: a number of ticks stays one.
  ['jiffies_to_msecs', identity],
  ['scsi_trace_parse_cdb', parseCdb],
  ['xen_hypercall_name', xenHypercallName],
  ['is_writable_pte', isWritablePte],
  ...'pte pmd pud p4d pgd'
    .split(' ')
    .flatMap((level) =>
      [`native_make_${level}`, `__${level}`, `${level}_val`, `native_${level}_val`].map(
        (name): [string, Helper] => [name, identity],
      ),
    ),
  ['str_on_off', choice('on', 'off')],
  ['str_yes_no', choice('yes', 'no')],
  ['str_true_false', choice('true', 'false')],
  ['str_enable_disable', choice('enable', 'disable')],
  ['str_enabled_disabled', choice('enabled', 'disabled')],
  ['str_read_write', choice('read', 'write')],
  ['str_high_low', choice('high', 'low')],
  ['str_hi_lo', choice('hi', 'lo')],
  ['str_up_down', choice('up', 'down')],
  // `include/linux/edac.h`
  ['mc_event_error_type', named(['Corrected', 'Uncorrected', 'Deferred', 'Fatal'], 'Info')],
  // `drivers/firmware/efi/cper.c`
  ['cper_severity_str', named(['recoverable', 'fatal', 'corrected', 'info'], 'unknown')],
]
