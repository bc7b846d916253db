/** The futex system call by operation. Authority: kernel `include/uapi/linux/futex.h`, futex(2). */
import { compilePrintFormat } from '../print-format.ts'
import type { TextSink } from '../text-sink.ts'
import { guarded, type NumberField, numberField, type Plugin } from './plugin.ts'

/** How an argument is shown; undefined where the operation has none. */
type Shown = 'hex' | 'decimal' | undefined

interface Operation {
  readonly name: string
  readonly val: Shown
  /** The fourth argument is a time (`utime`, hex) or a second number (`val2`, decimal). */
  readonly utime: Shown
  readonly uaddr2: Shown
  readonly val3: Shown
}

const OPERATIONS: readonly Operation[] = [
  op('WAIT', 'hex', 'hex'),
  op('WAKE', 'decimal'),
  op('FD', 'decimal'),
  op('REQUEUE', 'decimal', 'decimal', 'hex'),
  op('CMP_REQUEUE', 'decimal', 'decimal', 'hex', 'hex'),
  op('WAKE_OP', 'decimal', 'decimal', 'hex', 'hex'),
  op('LOCK_PI', undefined, 'hex'),
  op('UNLOCK_PI'),
  op('TRYLOCK_PI'),
  op('WAIT_BITSET', 'hex', 'hex', undefined, 'hex'),
  op('WAKE_BITSET', 'decimal', undefined, undefined, 'hex'),
  op('WAIT_REQUEUE_PI', 'hex', 'hex', 'hex', 'hex'),
  op('CMP_REQUEUE_PI', 'decimal', 'decimal', 'hex', 'hex'),
]

const PRIVATE = 128
const CLOCK_REALTIME = 256

function op(name: string, val?: Shown, utime?: Shown, uaddr2?: Shown, val3?: Shown): Operation {
  return { name: `op=FUTEX_${name}`, val, utime, uaddr2, val3 }
}

/** `op=FUTEX_… uaddr=…` and what belongs to the operation. */
export const futex: Plugin = (format, context) => {
  const find = (name: string) => numberField(format, name, context.print.littleEndian)
  const fields = ['op', 'uaddr', 'val', 'utime', 'uaddr2', 'val3'].map(find)
  const [code, uaddr, val, utime, uaddr2, val3] = fields
  if (!code || !uaddr || !val || !utime || !uaddr2 || !val3) return undefined
  const text = compilePrintFormat(format, context.print)
  const least = Math.max(...fields.map((field) => field!.end))
  return guarded(format, context, least, (bytes, view, at, size, sink) => {
    const value = code.low(view, at)
    const operation = OPERATIONS[(value & ~(PRIVATE | CLOCK_REALTIME)) >>> 0]
    if (!operation) {
      text.write(bytes, view, at, size, sink)
      return
    }
    sink.latin1(operation.name)
    if (value & PRIVATE) sink.latin1('|FUTEX_PRIVATE_FLAG')
    if (value & CLOCK_REALTIME) sink.latin1('|FUTEX_CLOCK_REALTIME')
    writeArgument(' uaddr=', 'hex', uaddr, view, at, sink)
    writeArgument(' val=', operation.val, val, view, at, sink)
    writeArgument(
      operation.utime === 'hex' ? ' utime=' : ' val2=',
      operation.utime,
      utime,
      view,
      at,
      sink,
    )
    writeArgument(' uaddr2=', operation.uaddr2, uaddr2, view, at, sink)
    writeArgument(' val3=', operation.val3, val3, view, at, sink)
  })
}

function writeArgument(
  label: string,
  shown: Shown,
  field: NumberField,
  view: DataView,
  at: number,
  sink: TextSink,
): void {
  if (shown === undefined) return
  sink.latin1(label)
  const high = field.high(view, at)
  const low = field.low(view, at)
  if (shown === 'decimal') sink.unsigned64(high, low)
  else {
    sink.latin1('0x')
    sink.hexPadded64(high, low, 8)
  }
}
