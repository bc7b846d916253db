/**
 * Kernel printf formats, taken apart. Authority: the kernel's `lib/vsprintf.c`
 * (format_decode) and `Documentation/core-api/printk-formats.rst`.
 */

/** A run of plain text (`conversion` undefined) or one conversion. */
export interface PrintfPiece {
  /** The plain text, or the conversion as written. */
  readonly text: string
  readonly conversion: 'd' | 'u' | 'x' | 'o' | 'c' | 's' | 'p' | undefined
  readonly width: number | '*'
  /** -1 when not given. */
  readonly precision: number | '*'
  readonly leftAlign: boolean
  readonly zeroPad: boolean
  readonly plus: boolean
  readonly space: boolean
  readonly alternate: boolean
  readonly upperCase: boolean
  readonly signed: boolean
  /** Bytes of an integer argument's C type. */
  readonly bytes: 1 | 2 | 4 | 8
  /** What follows `%p`: letters and digits. */
  readonly suffix: string
}

/** Longest format that is looked at. */
const MAX_FORMAT = 16_384
const MAX_WIDTH = 4096

const CONVERSION =
  /%([-+ #0]*)(\*|\d{0,9})(?:\.(\*|-?\d{0,9}))?(hh|h|ll|l|L|z|Z|t)?(%|p[A-Za-z0-9]*|[diuxXocs])/g

const PLAIN: Omit<PrintfPiece, 'text'> = {
  conversion: undefined,
  width: 0,
  precision: -1,
  leftAlign: false,
  zeroPad: false,
  plus: false,
  space: false,
  alternate: false,
  upperCase: false,
  signed: false,
  bytes: 4,
  suffix: '',
}

/** Takes a format apart; what is no conversion the kernel knows stays plain text. */
export function compilePrintf(format: string, longSize: 4 | 8): PrintfPiece[] {
  const text = format.slice(0, MAX_FORMAT)
  const pieces: PrintfPiece[] = []
  let from = 0
  for (const match of text.matchAll(CONVERSION)) {
    if (match.index > from) pieces.push({ ...PLAIN, text: text.slice(from, match.index) })
    pieces.push(match[5] === '%' ? { ...PLAIN, text: '%' } : readConversion(match, longSize))
    from = match.index + match[0].length
  }
  if (from < text.length) pieces.push({ ...PLAIN, text: text.slice(from) })
  return pieces
}

function readConversion(match: RegExpExecArray, longSize: 4 | 8): PrintfPiece {
  const [text, flags = '', width = '', precision, length = '', letters = ''] = match
  const letter = letters[0]!
  const leftAlign = flags.includes('-')
  return {
    text,
    conversion: conversionOf(letter),
    width: width === '*' ? '*' : Math.min(Number(width), MAX_WIDTH),
    precision: readPrecision(precision),
    leftAlign,
    zeroPad: flags.includes('0') && !leftAlign,
    plus: flags.includes('+'),
    space: flags.includes(' '),
    alternate: flags.includes('#'),
    upperCase: letter === 'X',
    signed: letter === 'd' || letter === 'i',
    bytes: bytesOf(length, longSize),
    suffix: letters.slice(1),
  }
}

function conversionOf(letter: string): PrintfPiece['conversion'] {
  switch (letter) {
    case 'd':
    case 'i':
      return 'd'
    case 'X':
      return 'x'
    default:
      return letter as PrintfPiece['conversion']
  }
}

/** A lone dot means 0; a negative precision means none. */
function readPrecision(text: string | undefined): number | '*' {
  if (text === undefined) return -1
  if (text === '*') return '*'
  return text.startsWith('-') ? -1 : Math.min(Number(text), MAX_WIDTH)
}

function bytesOf(length: string, longSize: 4 | 8): 1 | 2 | 4 | 8 {
  switch (length) {
    case 'hh':
      return 1
    case 'h':
      return 2
    case 'll':
    case 'L':
      return 8
    case '':
      return 4
    default:
      return longSize
  }
}
