/** Names of Xen's hypercalls. Authority: `include/xen/interface/xen.h`. */
import type { TextCode } from '../code.ts'
import type { Helper } from '../compiler.ts'

const NAMES: readonly string[] = (
  'set_trap_table mmu_update set_gdt stack_switch set_callbacks fpu_taskswitch sched_op_compat ' +
  'dom0_op set_debugreg get_debugreg update_descriptor - memory_op multicall update_va_mapping ' +
  'set_timer_op event_channel_op_compat xen_version console_io physdev_op_compat grant_table_op ' +
  'vm_assist update_va_mapping_otherdomain iret vcpu_op set_segment_base mmuext_op xsm_op nmi_op ' +
  'sched_op callback_op xenoprof_op event_channel_op physdev_op hvm_op sysctl domctl kexec_op ' +
  'tmem_op'
).split(' ')
const FIRST_ARCH = 48
const ARCH_COUNT = 7

/** `xen_hypercall_name(number)` */
export const xenHypercallName: Helper = (args, compiler): TextCode => {
  const { narrow } = compiler.integer(args[0])
  return {
    kind: 'text',
    write: (r) => {
      const number = narrow(r)
      const arch = number - FIRST_ARCH
      const name = NAMES[number]
      if (name !== undefined && name !== '-') r.sink.latin1(name)
      else if (arch >= 0 && arch < ARCH_COUNT) r.sink.latin1(`arch_${arch}`)
    },
  }
}
