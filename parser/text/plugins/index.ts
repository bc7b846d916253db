/** Which events have a text of their own, as the reference tool's plugins give them. */
import { functionEntry, functionRepeats, kernelStack, rawData } from './function.ts'
import { futex } from './futex.ts'
import { kvmEmulateInsn, kvmEntry, kvmExit, kvmNestedInject, kvmNestedVmexit } from './kvm.ts'
import { mmuGetPage, mmuRole } from './kvm-mmu.ts'
import { drvBssInfoChanged, drvConfig } from './mac80211.ts'
import { callSite, tlbFlush } from './memory.ts'
import type { Plugin } from './plugin.ts'
import { schedSwitch, schedWakeup } from './sched.ts'
import { hrtimerExpireEntry, hrtimerStart } from './timer.ts'

/** Events whose text depends on those before it. */
export const ORDERED: ReadonlySet<string> = new Set(['ftrace:function', 'ftrace:func_repeats'])

/** Plugins by `system:event`; the function graph is in `graph.ts`. */
export const PLUGINS: ReadonlyMap<string, Plugin> = new Map([
  ['ftrace:function', functionEntry],
  ['ftrace:func_repeats', functionRepeats],
  ['ftrace:kernel_stack', kernelStack],
  ['ftrace:raw_data', rawData],
  ['sched:sched_switch', schedSwitch],
  ['sched:sched_wakeup', schedWakeup],
  ['sched:sched_wakeup_new', schedWakeup],
  ['timer:hrtimer_expire_entry', hrtimerExpireEntry],
  ['timer:hrtimer_start', hrtimerStart],
  ['kmem:kfree', callSite],
  ['kmem:kmalloc', callSite],
  ['kmem:kmalloc_node', callSite],
  ['kmem:kmem_cache_alloc', callSite],
  ['kmem:kmem_cache_alloc_node', callSite],
  ['kmem:kmem_cache_free', callSite],
  ['syscalls:sys_enter_futex', futex],
  ['tlb:tlb_flush', tlbFlush],
  ['mac80211:drv_bss_info_changed', drvBssInfoChanged],
  ['mac80211:drv_config', drvConfig],
  ['kvm:kvm_exit', kvmExit],
  ['kvm:kvm_entry', kvmEntry],
  ['kvm:kvm_emulate_insn', kvmEmulateInsn],
  ['kvm:kvm_nested_vmexit', kvmNestedVmexit],
  ['kvm:kvm_nested_vmexit_inject', kvmNestedInject],
  ['kvmmmu:kvm_mmu_get_page', mmuGetPage],
  ['kvmmmu:kvm_mmu_sync_page', mmuRole],
  ['kvmmmu:kvm_mmu_unsync_page', mmuRole],
  ['kvmmmu:kvm_mmu_zap_page', mmuRole],
  ['kvmmmu:kvm_mmu_prepare_zap_page', mmuRole],
])
