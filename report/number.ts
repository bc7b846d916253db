/** Floating-point numbers as DuckDB writes them: shortest digits that read back the same. */

/** Text of a DOUBLE: `1.0`, `0.1`, `1e+16`, `nan`, `-inf`. */
export function doubleText(value: number): string {
  return special(value) ?? layOut(value.toExponential())
}

/** Text of a FLOAT, given as the double that equals it. */
export function floatText(value: number): string {
  return special(value) ?? layOut(floatDigits(value))
}

/** JSON of a DOUBLE; what JSON has no number for is a string. */
export function doubleJson(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(doubleText(value))
  return Object.is(value, -0) ? '-0.0' : String(value)
}

/** JSON of a FLOAT. */
export function floatJson(value: number): string {
  if (!Number.isFinite(value)) return JSON.stringify(floatText(value))
  return floatText(value)
}

/** Fewest significant digits, in exponent form, that round to the same 32-bit float. */
function floatDigits(value: number): string {
  for (let digits = 0; digits < 9; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text
  }
  return value.toExponential()
}

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan'
  if (value === Infinity) return 'inf'
  if (value === -Infinity) return '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  return undefined
}

/** Turns `d.ddde±x` into plain digits from 1e-4 up to 1e16, else keeps an exponent of two digits. */
function layOut(exponential: string): string {
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-])(\d+)$/.exec(exponential)
  if (!match) return exponential
  const [, sign = '', lead = '', rest = '', direction, size = '0'] = match
  const exponent = direction === '-' ? -Number(size) : Number(size)
  const fraction = rest.replace(/0+$/, '')
  if (exponent < -4 || exponent >= 16) {
    const mantissa = fraction === '' ? lead : `${lead}.${fraction}`
    return `${sign}${mantissa}e${direction}${size.padStart(2, '0')}`
  }
  const digits = lead + fraction
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}
