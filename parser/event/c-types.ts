/**
 * What C type names of kernel declarations mean: bytes, sign and class. Used where a format file
 * leaves something open: elements of dynamic arrays, syscall arguments (whose slots are as wide as
 * a `long`, whatever the type) and kernels that print no `signed:`. Authority: `include/linux/types.h`,
 * `include/uapi/asm-generic/posix_types.h`, `include/linux/syscalls.h` (Linux 7.2).
 */

/** What a C type name stands for. */
export interface CType {
  /** Bytes of one value. */
  readonly size: number
  readonly signed: boolean
  /** `address` is `unsigned long` or a pointer: always shown as UBIGINT. */
  readonly kind: 'integer' | 'address' | 'char' | 'bool' | 'cpumask' | 'opaque'
}

type Meaning = number | 'L' | '-L' | 'A'

/** Sizes in bytes, negative when signed; `L`/`-L` is the kernel's long, `A` an address. */
const TYPEDEFS: ReadonlyMap<string, Meaning> = new Map<string, Meaning>([
  ...group(1, 'u8 __u8 uint8_t u_int8_t uchar u_char'),
  ...group(-1, 's8 __s8 int8_t'),
  ...group(2, 'u16 __u16 uint16_t u_int16_t ushort u_short __be16 __le16 __sum16 umode_t mode_t'),
  ...group(
    2,
    'old_uid_t old_gid_t __kernel_old_uid_t __kernel_old_gid_t uid16_t gid16_t sa_family_t',
  ),
  ...group(-2, 's16 __s16 int16_t'),
  ...group(
    4,
    'u32 __u32 uint32_t u_int32_t uint u_int __be32 __le32 __wsum uid_t gid_t qid_t projid_t',
  ),
  ...group(4, 'dev_t gfp_t fmode_t slab_flags_t blk_opf_t errseq_t __poll_t isolate_mode_t'),
  ...group(4, 'compat_ulong_t compat_size_t compat_uptr_t netdev_features32_t'),
  ...group(
    -4,
    's32 __s32 int32_t pid_t clockid_t timer_t mqd_t key_serial_t key_t rwf_t __kernel_rwf_t',
  ),
  ...group(-4, '__kernel_pid_t __kernel_clockid_t __kernel_timer_t old_time32_t compat_long_t'),
  ...group(-4, 'compat_pid_t dma_cookie_t'),
  ...group(8, 'u64 __u64 uint64_t u_int64_t __be64 __le64 sector_t'),
  ...group(-8, 's64 __s64 int64_t loff_t __kernel_loff_t ktime_t time64_t'),
  ...group('L', 'ulong size_t __kernel_size_t uintptr_t ino_t pgoff_t'),
  ...group('-L', 'ssize_t off_t __kernel_off_t ptrdiff_t clock_t time_t __kernel_old_time_t'),
  ...group('A', 'aio_context_t __kernel_ulong_t old_sigset_t cap_user_header_t cap_user_data_t'),
  ...group('A', '__sighandler_t __sigrestore_t'),
])

function group(meaning: Meaning, names: string): [string, Meaning][] {
  return names.split(' ').map((name) => [name, meaning])
}

const QUALIFIERS: ReadonlySet<string> = new Set(
  'const volatile restrict register extern __user __kernel __force __rcu __iomem __percpu __bitwise'.split(
    ' ',
  ),
)

/**
 * Looks a C type up; undefined for names it does not know. `longSize` is the kernel's `long` in
 * bytes. Enums are unsigned int, as the kernel's compilers make them.
 */
export function lookUpType(type: string, longSize: 4 | 8): CType | undefined {
  if (type.includes('*')) return { size: longSize, signed: false, kind: 'address' }
  const words = type.split(/\s+/).filter((word) => word !== '' && !QUALIFIERS.has(word))
  const first = words[0]
  if (first === undefined) return undefined
  if (first === 'struct' || first === 'union') return { size: 0, signed: false, kind: 'opaque' }
  if (first === 'enum') return { size: 4, signed: false, kind: 'integer' }
  if (words.length === 1) {
    if (first === 'bool' || first === '_Bool') return { size: 1, signed: false, kind: 'bool' }
    if (first === 'cpumask_t' || first === 'cpumask_var_t') {
      return { size: longSize, signed: false, kind: 'cpumask' }
    }
    const meaning = TYPEDEFS.get(first)
    if (meaning === 'A') return { size: longSize, signed: false, kind: 'address' }
    if (meaning === 'L') return { size: longSize, signed: false, kind: 'integer' }
    if (meaning === '-L') return { size: longSize, signed: true, kind: 'integer' }
    if (meaning !== undefined)
      return { size: Math.abs(meaning), signed: meaning < 0, kind: 'integer' }
  }
  return builtInType(words, longSize)
}

const BUILT_IN: ReadonlySet<string> = new Set(
  'unsigned signed __signed__ char short int long'.split(' '),
)

function builtInType(words: readonly string[], longSize: 4 | 8): CType | undefined {
  if (!words.every((word) => BUILT_IN.has(word))) return undefined
  const unsigned = words.includes('unsigned')
  if (words.includes('char')) {
    if (words.length === 1) return { size: 1, signed: true, kind: 'char' }
    return { size: 1, signed: !unsigned, kind: 'integer' }
  }
  if (words.includes('short')) return { size: 2, signed: !unsigned, kind: 'integer' }
  const longs = words.filter((word) => word === 'long').length
  if (longs > 1) return { size: 8, signed: !unsigned, kind: 'integer' }
  if (longs === 1)
    return { size: longSize, signed: !unsigned, kind: unsigned ? 'address' : 'integer' }
  return { size: 4, signed: !unsigned, kind: 'integer' }
}
