/** All functions that print formats may call, by name. */
import type { Helper } from '../compiler.ts'
import {
  arrayOf,
  chooseExpression,
  contextHelper,
  identity,
  isConstant,
  le16At,
  lengthOf,
  nanosecondsHelper,
} from './access.ts'
import {
  arrayHelper,
  bitmaskHelper,
  cpumaskHelper,
  dynamicArrayHelper,
  hexDumpHelper,
  hexHelper,
  stackHelper,
} from './arrays.ts'
import { KERNEL_FUNCTIONS } from './kernel-functions.ts'
import { flagsHelper, symbolicHelper } from './tables.ts'

const HARDIRQ = 0x08
const SOFTIRQ = 0x10
const NMI = 0x40

/** The print macros of `include/trace/stages/stage3_trace_output.h`, and functions of subsystems. */
export const HELPERS: ReadonlyMap<string, Helper> = new Map<string, Helper>([
  ['__print_flags', flagsHelper('long')],
  ['__print_flags_u64', flagsHelper(64)],
  ['__print_symbolic', symbolicHelper('long')],
  ['__print_symbolic_u64', symbolicHelper(64)],
  ['__print_hex', hexHelper(0x20)],
  ['__print_hex_str', hexHelper(0)],
  ['__print_array', arrayHelper],
  ['__print_dynamic_array', dynamicArrayHelper],
  ['__print_hex_dump', hexDumpHelper],
  ['__print_ns_to_secs', nanosecondsHelper('/')],
  ['__print_ns_without_secs', nanosecondsHelper('%')],
  ['__get_str', arrayOf],
  ['__get_rel_str', arrayOf],
  ['__get_dynamic_array', arrayOf],
  ['__get_rel_dynamic_array', arrayOf],
  ['__get_dynamic_array_len', lengthOf],
  ['__get_rel_dynamic_array_len', lengthOf],
  ['__get_sockaddr', arrayOf],
  ['__get_rel_sockaddr', arrayOf],
  ['__get_bitmask', bitmaskHelper],
  ['__get_rel_bitmask', bitmaskHelper],
  ['__get_cpumask', cpumaskHelper],
  ['__get_rel_cpumask', cpumaskHelper],
  ['__get_stacktrace', stackHelper],
  ['__get_rel_stacktrace', stackHelper],
  ['__event_in_hardirq', contextHelper(HARDIRQ)],
  ['__event_in_softirq', contextHelper(SOFTIRQ)],
  ['__event_in_irq', contextHelper(HARDIRQ | SOFTIRQ | NMI)],
  ['__builtin_expect', identity],
  ['__builtin_constant_p', isConstant],
  ['__builtin_choose_expr', chooseExpression],
  ['__le16_to_cpup', le16At],
  ...KERNEL_FUNCTIONS,
])
