/** KVM on x86: why a guest was left, and where. Reasons: kernel `arch/x86/include/uapi/asm/{vmx,svm}.h`. */
import type { EventFormat } from '../../event/types.ts'
import type { FieldsWriter } from '../raw-fields.ts'
import type { TextSink } from '../text-sink.ts'
import {
  guarded,
  type NumberField,
  numberField,
  type Plugin,
  type PluginContext,
} from './plugin.ts'

/** `reason` of the first instruction set, `number=name` apart by blanks. */
const VMX =
  '0=EXCEPTION_NMI 1=EXTERNAL_INTERRUPT 2=TRIPLE_FAULT 7=PENDING_INTERRUPT 8=NMI_WINDOW 9=TASK_SWITCH ' +
  '10=CPUID 12=HLT 13=INVD 14=INVLPG 15=RDPMC 16=RDTSC 18=VMCALL 19=VMCLEAR 20=VMLAUNCH 21=VMPTRLD ' +
  '22=VMPTRST 23=VMREAD 24=VMRESUME 25=VMWRITE 26=VMOFF 27=VMON 28=CR_ACCESS 29=DR_ACCESS ' +
  '30=IO_INSTRUCTION 31=MSR_READ 32=MSR_WRITE 36=MWAIT_INSTRUCTION 39=MONITOR_INSTRUCTION ' +
  '40=PAUSE_INSTRUCTION 41=MCE_DURING_VMENTRY 43=TPR_BELOW_THRESHOLD 44=APIC_ACCESS 45=EOI_INDUCED ' +
  '48=EPT_VIOLATION 49=EPT_MISCONFIG 50=INVEPT 52=PREEMPTION_TIMER 54=WBINVD 55=XSETBV 56=APIC_WRITE ' +
  '58=INVPCID 62=PML_FULL 63=XSAVES 64=XRSTORS'

const SVM =
  '96=INTR 97=NMI 98=SMI 99=INIT 100=VINTR 101=CR0_SEL_WRITE 102=IDTR_READ 103=GDTR_READ 104=LDTR_READ ' +
  '105=TR_READ 106=IDTR_WRITE 107=GDTR_WRITE 108=LDTR_WRITE 109=TR_WRITE 110=RDTSC 111=RDPMC 112=PUSHF ' +
  '113=POPF 114=CPUID 115=RSM 116=IRET 117=SWINT 118=INVD 119=PAUSE 120=HLT 121=INVLPG 122=INVLPGA ' +
  '123=IOIO 124=MSR 125=TASK_SWITCH 126=FERR_FREEZE 127=SHUTDOWN 128=VMRUN 129=VMMCALL 130=VMLOAD ' +
  '131=VMSAVE 132=STGI 133=CLGI 134=SKINIT 135=RDTSCP 136=ICEBP 137=WBINVD 138=MONITOR 139=MWAIT ' +
  '140=MWAIT_COND 141=XSETBV 1024=NPF 1025=AVIC_INCOMPLETE_IPI 1026=AVIC_UNACCELERATED_ACCESS -1=ERR'

const EXCEPTIONS = 'DE DB - BP OF BR UD NM DF - TS NP SS GP PF - MF AC MC XF'.split(' ')

function readTable(text: string, prefix: string): Map<number, string> {
  return new Map(
    text.split(' ').map((entry) => {
      const [value, name] = entry.split('=')
      return [Number(value), `${prefix}${name}`]
    }),
  )
}

function svmReasons(): Map<number, string> {
  const table = readTable(SVM, 'EXIT_')
  for (const n of [0, 3, 4, 8]) {
    table.set(n, `EXIT_READ_CR${n}`)
    table.set(0x10 + n, `EXIT_WRITE_CR${n}`)
  }
  for (let n = 0; n < 8; n++) {
    table.set(0x20 + n, `EXIT_READ_DR${n}`)
    table.set(0x30 + n, `EXIT_WRITE_DR${n}`)
  }
  for (const [n, name] of EXCEPTIONS.entries())
    if (name !== '-') table.set(0x40 + n, `EXIT_EXCP_${name}`)
  return table
}

const REASONS: readonly (Map<number, string> | undefined)[] = [
  undefined,
  readTable(VMX, ''),
  svmReasons(),
]

/** `reason NAME rip 0x… info a b`. */
export const kvmExit: Plugin = (format, context) => {
  const le = context.print.littleEndian
  const reason = reasonWriter(format, 'exit_reason', le)
  const rip = numberField(format, 'guest_rip', le)
  if (!reason || !rip) return undefined
  const info1 = numberField(format, 'info1', le)
  const info2 = numberField(format, 'info2', le)
  const least = Math.max(reason.end, rip.end, info1?.end ?? 0, info2?.end ?? 0)
  return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
    reason.write(view, at, sink)
    hex(' rip 0x', rip, view, at, sink)
    if (!info1 || !info2) return
    hex(' info ', info1, view, at, sink)
    hex(' ', info2, view, at, sink)
  })
}

/** ` vcpu n rip 0x…`. */
export const kvmEntry: Plugin = (format, context) => {
  const vcpu = numberField(format, 'vcpu_id', context.print.littleEndian)
  const rip = numberField(format, 'rip', context.print.littleEndian)
  if (!vcpu || !rip) return undefined
  const least = Math.max(vcpu.end, rip.end)
  return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
    sink.latin1(' vcpu ')
    sink.unsigned(vcpu.low(view, at))
    hex(' rip 0x', rip, view, at, sink)
  })
}

/** `csbase:rip: bytes of the instruction`. */
export const kvmEmulateInsn: Plugin = (format, context) => {
  const find = (name: string) => numberField(format, name, context.print.littleEndian)
  const [rip, csbase, length, failed] = ['rip', 'csbase', 'len', 'failed'].map(find)
  const code = format.fields.find(({ name, kind }) => name === 'insn' && kind === 'array')
  if (!rip || !csbase || !length || !failed || !code) return undefined
  const least = Math.max(rip.end, csbase.end, length.end, failed.end, code.offset + code.size)
  return guarded(format, context, least, (bytes, view, at, _size, sink) => {
    hex('', csbase, view, at, sink)
    hex(':', rip, view, at, sink)
    sink.byte(0x3a)
    const count = Math.min(length.low(view, at), code.size)
    for (let i = 0; i < count; i++) {
      sink.byte(0x20)
      sink.hexPadded(bytes[at + code.offset + i]!, 2)
    }
    if (failed.low(view, at) !== 0) sink.latin1(' FAIL')
  })
}

/** What a nested hypervisor was told. */
export const kvmNestedInject: Plugin = (format, context) => nested(format, context, undefined)

/** The same, and where its guest was. */
export const kvmNestedVmexit: Plugin = (format, context) => {
  const rip = numberField(format, 'rip', context.print.littleEndian)
  return rip && nested(format, context, rip)
}

const NESTED = [
  [' info1 ', 'exit_info1'],
  [' info2 ', 'exit_info2'],
  [' int_info ', 'exit_int_info'],
  [' int_info_err ', 'exit_int_info_err'],
] as const

function nested(
  format: EventFormat,
  context: PluginContext,
  rip: NumberField | undefined,
): FieldsWriter | undefined {
  const le = context.print.littleEndian
  const reason = reasonWriter(format, 'exit_code', le)
  if (!reason) return undefined
  const parts = NESTED.flatMap(([label, name]) => {
    const field = numberField(format, name, le)
    return field ? [{ label, field }] : []
  })
  const least = Math.max(reason.end, rip?.end ?? 0, ...parts.map(({ field }) => field.end))
  return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
    if (rip) hex(' rip ', rip, view, at, sink)
    reason.write(view, at, sink)
    for (const { label, field } of parts) hex(label, field, view, at, sink)
  })
}

function reasonWriter(
  format: EventFormat,
  name: string,
  littleEndian: boolean,
): { end: number; write: (view: DataView, at: number, sink: TextSink) => void } | undefined {
  const field = numberField(format, name, littleEndian)
  if (!field) return undefined
  const isa = numberField(format, 'isa', littleEndian)
  return {
    end: Math.max(field.end, isa?.end ?? 0),
    write: (view, at, sink) => {
      const table = REASONS[isa ? isa.low(view, at) : 1]
      const value = field.low(view, at)
      if (!table) sink.latin1('reason UNKNOWN-ISA')
      else if (table.has(value)) sink.latin1(`reason ${table.get(value)}`)
      else {
        sink.latin1('reason UNKNOWN (')
        sink.unsigned64(field.high(view, at), value)
        sink.byte(0x29)
      }
    },
  }
}

function hex(label: string, field: NumberField, view: DataView, at: number, sink: TextSink): void {
  sink.latin1(label)
  sink.hex64(field.high(view, at), field.low(view, at))
}
