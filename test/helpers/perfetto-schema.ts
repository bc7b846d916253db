/**
 * Messages of a Perfetto trace that a timeline consists of, with the fields that the project publishes
 * for them (protos/perfetto/trace, version 0.59): number, type, name; `[]` repeats. Fields of other
 * messages are left out, so that finding one is a failure.
 */
export const PERFETTO_SCHEMA: string = `
message Trace
1 TracePacket[] packet
message TracePacket
1 FtraceEventBundle ftrace_events
2 ProcessTree process_tree
3 int32 trusted_uid
6 ClockSnapshot clock_snapshot
8 uint64 timestamp
10 uint32 trusted_packet_sequence_id
11 TrackEvent track_event
13 uint32 sequence_flags
34 FtraceStats ftrace_stats
36 bytes synchronization_marker
41 bool incremental_state_cleared
42 uint32 previous_packet_dropped
43 ProcessDescriptor process_descriptor
44 ThreadDescriptor thread_descriptor
45 SystemInfo system_info
50 bytes compressed_packets
58 uint32 timestamp_clock_id
60 TrackDescriptor track_descriptor
79 int32 trusted_pid
87 bool first_packet_on_sequence
98 uint32 machine_id
133 bytes zstd_compressed_packets
message FtraceEventBundle
1 uint32 cpu
2 FtraceEvent[] event
3 bool lost_events
5 enum ftrace_clock
6 int64 ftrace_timestamp
7 int64 boot_timestamp
9 uint64 last_read_event_timestamp
10 uint64 previous_bundle_end_timestamp
512 bytes broken_abi_trace_page
message FtraceEvent
1 uint64 timestamp
2 uint32 pid
3 PrintFtraceEvent print
4 SchedSwitchFtraceEvent sched_switch
5 uint32 common_flags
11 CpuFrequencyFtraceEvent cpu_frequency
13 CpuIdleFtraceEvent cpu_idle
17 SchedWakeupFtraceEvent sched_wakeup
20 SchedWakingFtraceEvent sched_waking
24 SoftirqEntryFtraceEvent softirq_entry
25 SoftirqExitFtraceEvent softirq_exit
36 IrqHandlerEntryFtraceEvent irq_handler_entry
37 IrqHandlerExitFtraceEvent irq_handler_exit
114 SchedWakeupNewFtraceEvent sched_wakeup_new
236 TaskRenameFtraceEvent task_rename
327 GenericFtraceEvent generic
message SchedSwitchFtraceEvent
1 string prev_comm
2 int32 prev_pid
3 int32 prev_prio
4 int64 prev_state
5 string next_comm
6 int32 next_pid
7 int32 next_prio
message SchedWakingFtraceEvent
1 string comm
2 int32 pid
3 int32 prio
4 int32 success
5 int32 target_cpu
message SchedWakeupFtraceEvent
1 string comm
2 int32 pid
3 int32 prio
4 int32 success
5 int32 target_cpu
message SchedWakeupNewFtraceEvent
1 string comm
2 int32 pid
3 int32 prio
4 int32 success
5 int32 target_cpu
message TaskRenameFtraceEvent
1 int32 pid
2 string oldcomm
3 string newcomm
4 int32 oom_score_adj
message IrqHandlerEntryFtraceEvent
1 int32 irq
2 string name
3 uint32 handler
message IrqHandlerExitFtraceEvent
1 int32 irq
2 int32 ret
message SoftirqEntryFtraceEvent
1 uint32 vec
message SoftirqExitFtraceEvent
1 uint32 vec
message PrintFtraceEvent
1 uint64 ip
2 string buf
message CpuFrequencyFtraceEvent
1 uint32 state
2 uint32 cpu_id
message CpuIdleFtraceEvent
1 uint32 state
2 uint32 cpu_id
message GenericFtraceEvent
1 string event_name
2 GenericFtraceEvent.Field[] field
message GenericFtraceEvent.Field
1 string name
3 string str_value
4 int64 int_value
5 uint64 uint_value
message ProcessTree
1 ProcessTree.Process[] processes
2 ProcessTree.Thread[] threads
3 uint64 collection_end_timestamp
message ProcessTree.Process
1 int32 pid
2 int32 ppid
3 string[] cmdline
5 int32 uid
6 int32[] nspid
7 uint64 process_start_from_boot
8 bool is_kthread
9 bool cmdline_is_comm
message ProcessTree.Thread
1 int32 tid
2 string name
3 int32 tgid
4 int32[] nstid
message SystemInfo
1 Utsname utsname
2 string android_build_fingerprint
3 int64 hz
4 string tracing_service_version
5 uint64 android_sdk_version
6 uint32 page_size
7 int32 timezone_off_mins
8 uint32 num_cpus
9 string android_soc_model
10 string android_hardware_revision
11 string android_storage_model
12 string android_ram_model
13 string android_guest_soc_model
14 string android_device_manufacturer
15 string android_serial_console
16 uint64 system_ram_bytes
17 string machine_name
18 string[] device_tree_compatibles
message Utsname
1 string sysname
2 string version
3 string release
4 string machine
message ClockSnapshot
1 ClockSnapshot.Clock[] clocks
2 enum primary_trace_clock
message ClockSnapshot.Clock
1 uint32 clock_id
2 uint64 timestamp
3 bool is_incremental
4 uint64 unit_multiplier_ns
message TrackDescriptor
1 uint64 uuid
2 string name
3 ProcessDescriptor process
4 ThreadDescriptor thread
5 uint64 parent_uuid
8 CounterDescriptor counter
9 bool disallow_merging_with_system_tracks
10 string static_name
11 enum child_ordering
12 int32 sibling_order_rank
13 string atrace_name
14 string description
15 enum sibling_merge_behavior
16 string sibling_merge_key
17 uint64 sibling_merge_key_int
19 enum process_ordering
20 enum thread_ordering
message ThreadDescriptor
1 int32 pid
2 int64 tid
3 int32 legacy_sort_index
4 enum chrome_thread_type
5 string thread_name
6 int64 reference_timestamp_us
7 int64 reference_thread_time_us
8 int64 reference_thread_instruction_count
message ProcessDescriptor
1 int32 pid
2 string[] cmdline
3 int32 legacy_sort_index
4 enum chrome_process_type
5 int32 process_priority
6 string process_name
7 int64 start_timestamp_ns
8 string[] process_labels
message CounterDescriptor
1 enum type
2 string[] categories
3 enum unit
4 int64 unit_multiplier
5 bool is_incremental
6 string unit_name
7 string y_axis_share_key
message TrackEvent
1 int64 timestamp_delta_us
2 int64 thread_time_delta_us
3 uint64[] category_iids
4 DebugAnnotation[] debug_annotations
8 int64 thread_instruction_count_delta
9 enum type
10 uint64 name_iid
11 uint64 track_uuid
12 int64[] extra_counter_values
16 int64 timestamp_absolute_us
17 int64 thread_time_absolute_us
20 int64 thread_instruction_count_absolute
22 string[] categories
23 string name
30 int64 counter_value
31 uint64[] extra_counter_track_uuids
34 uint64 source_location_iid
36 uint64[] flow_ids_old
42 uint64[] terminating_flow_ids_old
44 double double_counter_value
45 uint64[] extra_double_counter_track_uuids
46 double[] extra_double_counter_values
47 fixed64[] flow_ids
48 fixed64[] terminating_flow_ids
52 uint64 correlation_id
53 string correlation_id_str
54 uint64 correlation_id_str_iid
56 uint64 callstack_iid
57 double callstack_weight
message DebugAnnotation
1 uint64 name_iid
2 bool bool_value
3 uint64 uint_value
4 int64 int_value
5 double double_value
6 string string_value
7 uint64 pointer_value
9 string legacy_json_value
10 string name
11 DebugAnnotation[] dict_entries
12 DebugAnnotation[] array_values
13 uint64 proto_type_name_iid
14 bytes proto_value
16 string proto_type_name
17 uint64 string_value_iid
message FtraceStats
1 enum phase
2 FtraceCpuStats[] cpu_stats
3 uint32 kernel_symbols_parsed
4 uint32 kernel_symbols_mem_kb
5 string atrace_errors
6 string[] unknown_ftrace_events
7 string[] failed_ftrace_events
8 bool preserve_ftrace_buffer
9 enum[] ftrace_parse_errors
11 uint32 cpu_buffer_size_pages
12 uint32 cached_cpu_buffer_size_pages
13 string exclusive_feature_error
message FtraceCpuStats
1 uint64 cpu
2 uint64 entries
3 uint64 overrun
4 uint64 commit_overrun
5 uint64 bytes_read
6 double oldest_event_ts
7 double now_ts
8 uint64 dropped_events
9 uint64 read_events
`
