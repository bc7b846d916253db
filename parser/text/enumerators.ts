/**
 * Enumerators that kernels leave in their print formats and whose values never changed
 * (`linux/interrupt.h`, `linux/hrtimer.h`, `net/tcp_states.h`, `uapi/linux/ioprio.h`,
 * `linux/printk.h`).
 */
export const ENUMERATORS: ReadonlyMap<string, bigint> = new Map([
  ...enumerate('HI TIMER NET_TX NET_RX BLOCK IRQ_POLL TASKLET SCHED HRTIMER RCU', '', '_SOFTIRQ'),
  ...enumerate('NORESTART RESTART', 'HRTIMER_', ''),
  ...enumerate('ABS REL ABS_PINNED REL_PINNED', 'HRTIMER_MODE_', ''),
  ...enumerate('ABS REL ABS_PINNED REL_PINNED', 'HRTIMER_MODE_', '_SOFT', 4),
  ...enumerate('ABS REL ABS_PINNED REL_PINNED', 'HRTIMER_MODE_', '_HARD', 8),
  ...enumerate(
    'ESTABLISHED SYN_SENT SYN_RECV FIN_WAIT1 FIN_WAIT2 TIME_WAIT CLOSE CLOSE_WAIT LAST_ACK ' +
      'LISTEN CLOSING NEW_SYN_RECV BOUND_INACTIVE',
    'TCP_',
    '',
    1,
  ),
  ...enumerate('NONE RT BE IDLE', 'IOPRIO_CLASS_', ''),
  ...enumerate('NONE ADDRESS OFFSET', 'DUMP_PREFIX_', ''),
  ...enumerate('false true', '', ''),
  // Bit numbers of `vm_flags` (`linux/mm.h`).
  ...enumerate('READ WRITE EXEC SHARED', 'VMA_', '_BIT'),
  ['NULL', 0n],
])

function enumerate(names: string, prefix: string, suffix: string, first = 0): [string, bigint][] {
  return names.split(' ').map((name, i) => [prefix + name + suffix, BigInt(first + i)])
}
