/**
 * C types as casts and `sizeof` in print formats name them. Pointers say what they point at, which
 * decides how an array in the record is read.
 */
import { lookUpType } from '../event/c-types.ts'

/** The C type of an integer value, or what a pointer points at. */
export interface IntegerType {
  readonly bits: 8 | 16 | 32 | 64
  readonly signed: boolean
}

/** What a type name means; bits is 0 for what is no integer. */
export interface NamedType {
  readonly bits: 0 | 8 | 16 | 32 | 64
  readonly signed: boolean
  readonly isBool: boolean
  /** Set for pointers. */
  readonly pointer: PointerType | undefined
}

/** What a pointer points at. */
export interface PointerType {
  /** Bytes from one element to the next: 1 for `void *`, 0 where it is not known. */
  readonly step: number
  /** The integer pointed at, where it is one. */
  readonly element: IntegerType | undefined
}

const KEYWORDS =
  /^(?:unsigned|signed|char|short|int|long|void|struct|union|enum|const|volatile|bool|_Bool|__force|__user|__kernel|__iomem|__rcu|__percpu)$/

/** Types that kernels use in print formats and that declarations do not need. */
const MORE_TYPES: ReadonlyMap<string, IntegerType | 'long' | 'ulong'> = new Map<
  string,
  IntegerType | 'long' | 'ulong'
>([
  ['pteval_t', 'ulong'],
  ['pmdval_t', 'ulong'],
  ['pudval_t', 'ulong'],
  ['p4dval_t', 'ulong'],
  ['pgdval_t', 'ulong'],
  ['phys_addr_t', { bits: 64, signed: false }],
  ['dma_addr_t', { bits: 64, signed: false }],
  ['resource_size_t', { bits: 64, signed: false }],
  ['blkcnt_t', { bits: 64, signed: false }],
])

/** Whether words in brackets are a type by themselves, whatever follows. */
export function isTypeName(words: readonly string[]): boolean {
  if (words.some((word) => word === '*' || KEYWORDS.test(word))) return true
  return words.length === 1 && (MORE_TYPES.has(words[0]!) || lookUpType(words[0]!, 8) !== undefined)
}

/** Looks a type up; undefined for names that are not known. */
export function namedType(type: string, longSize: 4 | 8): NamedType | undefined {
  const star = type.lastIndexOf('*')
  if (star >= 0) {
    const inner = type.slice(0, star).trim()
    const pointed = namedType(inner, longSize)
    const bits = pointed?.bits ?? 0
    const element = bits === 0 ? undefined : { bits, signed: pointed!.signed }
    const step = /\bvoid$/.test(inner) ? 1 : bits / 8
    return {
      bits: longSize === 8 ? 64 : 32,
      signed: false,
      isBool: false,
      pointer: { step, element },
    }
  }
  const words = type
    .split(' ')
    .filter((word) => !/^(?:const|volatile|__\w+)$/.test(word) || isKnown(word))
  const name = words.join(' ')
  if (name === 'void' || words[0] === 'struct' || words[0] === 'union') return OPAQUE
  const more = MORE_TYPES.get(name)
  if (more === 'long' || more === 'ulong')
    return integer(longSize === 8 ? 64 : 32, more === 'long', false)
  if (more) return integer(more.bits, more.signed, false)
  const known = lookUpType(name, longSize)
  if (!known) return undefined
  const bits = known.size * 8
  if (bits !== 8 && bits !== 16 && bits !== 32 && bits !== 64) return OPAQUE
  return integer(bits, known.signed, known.kind === 'bool')
}

/** Bytes of a type, or undefined where they are not known. */
export function sizeOfType(type: string, longSize: 4 | 8): number | undefined {
  const named = namedType(type, longSize)
  return named && named.bits > 0 ? named.bits / 8 : undefined
}

const OPAQUE: NamedType = { bits: 0, signed: false, isBool: false, pointer: undefined }

function integer(bits: 8 | 16 | 32 | 64, signed: boolean, isBool: boolean): NamedType {
  return { bits, signed, isBool, pointer: undefined }
}

function isKnown(word: string): boolean {
  return lookUpType(word, 8) !== undefined
}
