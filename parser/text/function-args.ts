/**
 * Recorded arguments of functions: with names and types where the recording has the kernel's type
 * information, else as plain hexadecimal words.
 */
import { Btf, type BtfArgument } from '../event/btf.ts'
import { FixedText } from './digits.ts'
import type { ArgumentsWriter } from './plugins/plugin.ts'
import type { PrintContext } from './print-context.ts'
import type { TextSink } from './text-sink.ts'

/** Functions whose arguments are kept ready. */
const MAX_KEPT = 1 << 14
/** A stack address tells a composite of more words than this from a damaged one. */
const MAX_WORDS = 64

interface Argument extends BtfArgument {
  /** `name=`. */
  readonly label: FixedText
}

const COMMA = new FixedText(Buffer.from(', ', 'latin1'))
const HEX = new FixedText(Buffer.from('0x', 'latin1'))
const MORE = new FixedText(Buffer.from('...', 'latin1'))

/** Makes the writer of a recording's arguments; `btf` is read when there is something to write. */
export function createArgumentsWriter(print: PrintContext, btf: () => Uint8Array): ArgumentsWriter {
  const { longSize, littleEndian, names } = print
  const known = new Map<number, readonly Argument[] | null>()
  let types: Btf | undefined
  const find = (symbol: number, high: number, low: number): readonly Argument[] | null => {
    const ready = known.get(symbol)
    if (ready !== undefined) return ready
    types ??= new Btf(btf(), littleEndian)
    const name = names.lookup(high, low)?.name
    const args = name === undefined ? undefined : types.argumentsOf(name)
    const made =
      args?.map((arg) => ({
        ...arg,
        label: new FixedText(Buffer.from(`${arg.name}=`, 'latin1')),
      })) ?? null
    if (known.size >= MAX_KEPT) known.clear()
    known.set(symbol, made)
    return made
  }
  const words = new Words(longSize, littleEndian)
  return (view, start, end, high, low, sink) => {
    words.view = view
    words.at = start
    words.end = start + Math.floor((end - start) / longSize) * longSize
    const symbol = names.symbolOf(high, low)
    const args = symbol < 0 ? null : find(symbol, high, low)
    if (args) writeNamed(args, words, sink)
    else writePlain(words, sink)
  }
}

/** The words of a record. */
class Words {
  view: DataView = new DataView(new ArrayBuffer(0))
  at = 0
  end = 0
  low = 0
  high = 0
  readonly size: 4 | 8
  readonly #littleEndian: boolean

  constructor(size: 4 | 8, littleEndian: boolean) {
    this.size = size
    this.#littleEndian = littleEndian
  }

  get more(): boolean {
    return this.at < this.end
  }

  take(): void {
    const le = this.#littleEndian
    if (this.size === 4) {
      this.low = this.view.getInt32(this.at, le)
      this.high = 0
    } else {
      this.low = this.view.getInt32(le ? this.at : this.at + 4, le)
      this.high = this.view.getInt32(le ? this.at + 4 : this.at, le)
    }
    this.at += this.size
  }
}

function writePlain(words: Words, sink: TextSink): void {
  for (let i = 0; words.more; i++) {
    if (i > 0) sink.fixed(COMMA)
    words.take()
    sink.hex64(words.high, words.low)
  }
}

function writeNamed(args: readonly Argument[], words: Words, sink: TextSink): void {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (i > 0) sink.fixed(COMMA)
    if (!words.more) {
      sink.fixed(MORE)
      return
    }
    words.take()
    sink.fixed(arg.label)
    if (arg.kind === 'composite') {
      if (!writeComposite(arg, words, sink)) return
      continue
    }
    if (arg.kind === 'unknown') sink.byte(0x3f)
    cut(words, arg.bits)
    if (arg.kind === 'decimal') sink.signed64(words.high, words.low)
    else {
      sink.fixed(HEX)
      sink.hex64(words.high, words.low)
    }
  }
}

/** Keeps the lowest bits; a negative number that was cut is shown unsigned, as by the reference tool. */
function cut(words: Words, bits: number): void {
  if (bits >= 64 || bits === 0) return
  if (bits <= 32) words.high = 0
  else words.high &= 2 ** (bits - 32) - 1
  if (bits < 32) words.low &= 2 ** bits - 1
}

/** A value of several words, `(KIND)[word:word]`; false when the record ends within it. */
function writeComposite(arg: Argument, words: Words, sink: TextSink): boolean {
  sink.latin1(`(${arg.typeName})[0x`)
  sink.hex64(words.high, words.low)
  for (let x = words.size, n = 1; x < arg.bytes && n < MAX_WORDS; x += words.size, n++) {
    sink.byte(0x3a)
    if (!words.more) {
      sink.latin1('...]')
      return false
    }
    words.take()
    sink.fixed(HEX)
    sink.hex64(words.high, words.low)
  }
  sink.byte(0x5d)
  return true
}
