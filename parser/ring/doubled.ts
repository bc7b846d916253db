/** Lists of numbers that grow. */
type Numbers = Uint32Array | Float64Array | BigInt64Array

/** Twice the room, same contents. */
export function doubled<T extends Numbers>(numbers: T): T {
  const grown = new (numbers.constructor as new (length: number) => T)(numbers.length * 2)
  grown.set(numbers as never)
  return grown
}
