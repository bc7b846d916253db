/** Where things are in the memory that the kernel shares with its callers, in bytes. */

/** An entry of a record block, see `RecordBlock`. */
export const ENTRY: u32 = 32
export const E_OFFSET: usize = 0
export const E_SIZE: usize = 4
export const E_TS: usize = 8
export const E_ID: usize = 16
export const E_STACK: usize = 20
export const E_USER_STACK: usize = 24
export const E_STACK_SIZES: usize = 28

/** A walker's state. */
export const W_BLOCK: usize = 0
export const W_COUNT: usize = 4
export const W_KEPT: usize = 8
export const W_SUB_BUFFER: usize = 12
export const W_COMMIT: usize = 16
export const W_DATA: usize = 20
export const W_KERNEL_STACK: usize = 24
export const W_USER_STACK: usize = 28
export const W_PID: usize = 32
export const W_OWNER: usize = 36
export const W_OWNER_PID: usize = 40
export const W_ANY: usize = 44
export const W_RECORDS: usize = 48
export const W_DISCARDED: usize = 52
export const W_BACKWARDS: usize = 56
export const W_BYTES: usize = 60
export const W_FIRST: usize = 64
export const W_LAST: usize = 72

/** What counting a chunk is told. */
export const C_COUNTS: usize = 0
export const C_LAST_ROW: usize = 4
export const C_BIT_OF: usize = 8
export const C_BITS: usize = 12
export const C_STACKED: usize = 16
export const C_NAMING: usize = 20
export const C_SEEN: usize = 24
export const C_PID: usize = 28
export const C_NOTES: usize = 32
export const C_LESSONS: usize = 36
export const C_NAMES: usize = 40

/** Up to two fields of an event with a thread and its name: how many, then where thread and name are. */
export const LESSONS: u32 = 20
/** A thread's name and when it was seen last, in a table of 1024. */
export const NAME: u32 = 32
export const N_PID: usize = 0
export const N_TEXT: usize = 8
export const N_LAST: usize = 24

/** A stream that is merged. */
export const STREAM: u32 = 16
export const S_POSITION: usize = 0
export const S_VISIBLE: usize = 4
export const S_BLOCK: usize = 8
export const S_RANK: usize = 12

/** The merge: heap of stream numbers, streams, tables by event id. */
export const M_HEAP: usize = 0
export const M_HEAP_SIZE: usize = 4
export const M_STREAMS: usize = 8
export const M_ROUTES: usize = 12
export const M_FULL: usize = 16

/** A table that is filled. */
export const T_COUNT: usize = 0
export const T_MOST: usize = 4
export const T_ENTRIES: usize = 8
export const T_STACKS: usize = 12
export const T_STEPS: usize = 16
export const T_STEP_COUNT: usize = 20
export const T_NEEDED: usize = 24
export const T_AT: usize = 28
export const T_SIZE: usize = 32
export const T_MISSES: usize = 36

/** One step of decoding: a column. */
export const STEP: u32 = 20
export const P_KIND: usize = 0
export const P_OFFSET: usize = 4
export const P_OUT: usize = 8
export const P_TABLE: usize = 12
export const P_EXTRA: usize = 16

/** What writing lines works with. */
export const L_PROGRAMS: usize = 0
export const L_LANES: usize = 4
export const L_OUT: usize = 8
export const L_LIMIT: usize = 12
export const L_UNTIL: usize = 16
export const L_STEP: usize = 24
export const L_START: usize = 28
export const L_PIDS: usize = 32
export const L_PAIRS: usize = 36
export const L_TRIPLES: usize = 40
export const L_LINES: usize = 44
export const L_BEGIN: usize = 48

/** What lines of a stream share. */
export const LANE: u32 = 64
export const LN_HEADS: usize = 0
export const LN_LOST: usize = 4
export const LN_MODE: usize = 8
export const LN_SECOND_BYTES: usize = 12
export const LN_BASE: usize = 16
export const LN_SHIFT: usize = 24
export const LN_SECOND: usize = 32

/** How an event's text is written; steps follow. */
export const PROGRAM: u32 = 16
export const PR_LEAST: usize = 0
export const PR_ROOM: usize = 4
export const PR_DYNAMIC: usize = 8

/** A step of it: plain text, then a conversion. */
export const LINE_STEP: u32 = 32
export const LS_KIND: usize = 0
export const LS_OFFSET: usize = 4
export const LS_WIDTH: usize = 8
export const LS_TEXT: usize = 12
export const LS_BYTES: usize = 16
export const LS_TABLE: usize = 20
export const LS_SHIFT: usize = 24
export const LS_NUMBER: usize = 28

/** A text that is remembered for a value. */
export const KNOWN: u32 = 16
export const K_KEY: usize = 0
export const K_TEXT: usize = 8
export const K_BYTES: usize = 12
