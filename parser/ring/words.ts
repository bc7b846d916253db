/** Words of 32 bits as they lie in memory. */

/**
 * True when records begin on words of the host's byte order wherever a sub-buffer does: they are as
 * many words long as their headers say, from where the data begin.
 */
export function isOnWords(
  littleEndian: boolean,
  dataOffset: number,
  subBufferSize: number,
): boolean {
  return littleEndian && dataOffset % 4 === 0 && subBufferSize % 4 === 0
}

/** The same memory in words; undefined where it does not consist of whole ones. */
export function wordsOf({ buffer, byteOffset, byteLength }: Uint8Array): Int32Array | undefined {
  if (byteOffset % 4 !== 0 || byteLength % 4 !== 0) return undefined
  return new Int32Array(buffer, byteOffset, byteLength / 4)
}

/** True when word `a` is less than `b`, both taken as unsigned; they may be signed. */
export function isBelow(a: number, b: number): boolean {
  return (a ^ 0x80000000) < (b ^ 0x80000000)
}
