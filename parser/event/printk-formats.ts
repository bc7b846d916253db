/**
 * tracefs `printk_formats`: where the kernel keeps the constant texts that `bprint`, `bputs` and
 * some `%s` arguments refer to by address. Lines `0x<address> : "<text>"` with `\n`, `\t` and `\"`
 * escaped. Authority: kernel `kernel/trace/trace_printk.c` (t_show); it leaves a backslash itself
 * as it is, so an escape that is none of C's is kept.
 */
import { decodeText } from './text.ts'

/** Most texts that are kept. */
export const MAX_PRINTK_FORMATS: number = 1 << 20

/** Bytes of a line that are looked at; the kernel's own formats have some hundred. */
const MAX_LINE = 16_384

/** Texts of `printk_formats` by address, without one final newline. */
export class PrintkFormats {
  /** Addresses can exceed 2^53, hence two levels: high and low 32 bits. */
  readonly #byHigh = new Map<number, Map<number, string>>()
  #size = 0

  constructor(bytes: Uint8Array) {
    let at = 0
    while (at < bytes.length && this.#size < MAX_PRINTK_FORMATS) {
      const newline = bytes.indexOf(0x0a, at)
      const end = newline < 0 ? bytes.length : newline
      this.#readLine(decodeText(bytes, at, Math.min(end, at + MAX_LINE)))
      at = end + 1
    }
  }

  /** How many addresses have a text. */
  get size(): number {
    return this.#size
  }

  /** Text at an address given as two unsigned 32-bit halves. */
  textAt(high: number, low: number): string | undefined {
    return this.#byHigh.get(high)?.get(low)
  }

  /** Text at an address. */
  lookup(address: bigint): string | undefined {
    return this.textAt(Number((address >> 32n) & 0xffffffffn), Number(address & 0xffffffffn))
  }

  #readLine(line: string): void {
    const colon = line.indexOf(':')
    const open = line.indexOf('"', colon)
    const close = line.lastIndexOf('"')
    const digits = line.slice(0, Math.max(colon, 0)).trim().replace(/^0x/i, '')
    if (open < 0 || close <= open || !/^[0-9a-fA-F]{1,16}$/.test(digits)) return
    const padded = digits.padStart(16, '0')
    const high = Number.parseInt(padded.slice(0, 8), 16)
    const low = Number.parseInt(padded.slice(8), 16)
    const texts = this.#byHigh.get(high) ?? new Map<number, string>()
    this.#byHigh.set(high, texts)
    if (!texts.has(low)) this.#size++
    texts.set(low, unescapeC(line.slice(open + 1, close)).replace(/\n$/, ''))
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
  e: '\x1b',
  '"': '"',
  "'": "'",
  '\\': '\\',
}

/** Undoes C escapes in a string literal's inside; what is no escape stays as it is. */
export function unescapeC(text: string): string {
  if (!text.includes('\\')) return text
  return text.replace(/\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|.)/gs, (whole, code: string) => {
    const simple = ESCAPES[code]
    if (simple !== undefined) return simple
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff)
    if (/^x./.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    return whole
  })
}
