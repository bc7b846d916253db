/** Shadow pages of KVM; the bits of a role are those of kernels up to 5.x, as in the reference tool. */
import type { EventFormat } from '../../event/types.ts'
import type { TextSink } from '../text-sink.ts'
import {
  guarded,
  type NumberField,
  numberField,
  type Plugin,
  type PluginContext,
} from './plugin.ts'

const ACCESS = ['---', '--x', 'w--', 'w-x', '-u-', '-ux', 'wu-', 'wux']

/** Role of a shadow page. */
export const mmuRole: Plugin = (format, context) => {
  const role = roleWriter(format, context)
  return (
    role &&
    guarded(format, context, role.end, (_bytes, view, at, _size, sink) =>
      role.write(view, at, sink),
    )
  )
}

/** Whether it is new, which frame it is of, and its role. */
export const mmuGetPage: Plugin = (format, context) => {
  const role = roleWriter(format, context)
  const created = numberField(format, 'created', context.print.littleEndian)
  const gfn = numberField(format, 'gfn', context.print.littleEndian)
  if (!role || !created || !gfn) return undefined
  const least = Math.max(role.end, created.end, gfn.end)
  return guarded(format, context, least, (_bytes, view, at, _size, sink) => {
    sink.latin1(created.low(view, at) !== 0 ? 'new sp gfn ' : 'existing sp gfn ')
    sink.hex64(gfn.high(view, at), gfn.low(view, at))
    sink.byte(0x20)
    role.write(view, at, sink)
  })
}

function roleWriter(
  format: EventFormat,
  { print }: PluginContext,
): { end: number; write: (view: DataView, at: number, sink: TextSink) => void } | undefined {
  const find = (name: string): NumberField | undefined =>
    numberField(format, name, print.littleEndian)
  const [role, roots, unsync] = ['role', 'root_count', 'unsync'].map(find)
  if (!role || !roots || !unsync) return undefined
  return {
    end: Math.max(role.end, roots.end, unsync.end),
    write: (view, at, sink) => {
      sink.latin1(roleText(role.low(view, at)))
      sink.latin1(' root ')
      sink.unsigned(roots.low(view, at))
      sink.latin1(unsync.low(view, at) !== 0 ? ' unsync' : ' sync')
    },
  }
}

function roleText(word: number): string {
  const bit = (n: number): boolean => ((word >>> n) & 1) !== 0
  return (
    `${word & 15} q${(word >>> 5) & 3}${bit(7) ? ' direct' : ''} ${ACCESS[(word >>> 8) & 7]}` +
    `${bit(11) ? ' invalid' : ''} ${bit(4) ? '' : '!'}pae ${bit(12) ? '' : '!'}nxe ` +
    `${bit(13) ? '' : '!'}wp${bit(14) ? ' smep' : ''}${bit(15) ? ' smap' : ''}` +
    `${word >>> 24 !== 0 ? ' smm' : ''}`
  )
}
