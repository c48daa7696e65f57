//! The argument structures of bpf(2) and perf_event_open(2), as the kernel's headers lay them out.
//!
//! Each holds the members that are used here and ends after the last of them: the kernel takes what
//! lies beyond the given size for zero, and an older kernel takes a longer structure as long as the
//! part that it does not know is zero. Numbers only: nothing here calls the kernel.

/// Bytes of a name in the kernel, the terminating zero included.
const NAME: usize = 16;

/// Marks a structure that may be handed to the kernel as bytes.
///
/// # Safety
/// The type must be `repr(C)`, without padding, and hold integers only.
pub(super) unsafe trait Attr {}

/// Declares `repr(C)` structures of integers and checks their size against the kernel's.
macro_rules! attrs {
    ($($(#[$doc:meta])* $name:ident = $size:literal { $($field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy, Default)]
        pub(super) struct $name { $(pub $field: $type,)* }

        // The sum of the members being the size shows that there is no padding.
        const _: () = assert!(size_of::<$name>() == $size && 0 $(+ size_of::<$type>())* == $size);

        // SAFETY: repr(C), integers only, and no padding by the assertion above.
        unsafe impl Attr for $name {}
    )*};
}

attrs! {
    /// `BPF_MAP_CREATE`.
    MapCreate = 72 {
        map_type: u32, key_size: u32, value_size: u32, max_entries: u32, map_flags: u32,
        inner_map_fd: u32, numa_node: u32, map_name: [u8; NAME], map_ifindex: u32, btf_fd: u32,
        btf_key_type_id: u32, btf_value_type_id: u32, btf_vmlinux_value_type_id: u32,
        map_extra: u64,
    }
    /// `BPF_MAP_LOOKUP_ELEM`, `UPDATE`, `DELETE` and `GET_NEXT_KEY` (there `value` is the next key).
    MapElem = 32 { map_fd: u32, pad: u32, key: u64, value: u64, flags: u64, }
    /// `BPF_MAP_FREEZE`.
    MapFreeze = 4 { map_fd: u32, }
    /// `BPF_PROG_LOAD`.
    ProgLoad = 120 {
        prog_type: u32, insn_cnt: u32, insns: u64, license: u64, log_level: u32, log_size: u32,
        log_buf: u64, kern_version: u32, prog_flags: u32, prog_name: [u8; NAME],
        prog_ifindex: u32, expected_attach_type: u32, prog_btf_fd: u32, func_info_rec_size: u32,
        func_info: u64, func_info_cnt: u32, line_info_rec_size: u32, line_info: u64,
        line_info_cnt: u32, attach_btf_id: u32, attach_btf_obj_fd: u32, core_relo_cnt: u32,
    }
    /// `BPF_PROG_TEST_RUN`.
    TestRun = 80 {
        prog_fd: u32, retval: u32, data_size_in: u32, data_size_out: u32, data_in: u64,
        data_out: u64, repeat: u32, duration: u32, ctx_size_in: u32, ctx_size_out: u32,
        ctx_in: u64, ctx_out: u64, flags: u32, cpu: u32, batch_size: u32, pad: u32,
    }
    /// `BPF_BTF_LOAD`.
    BtfLoad = 32 {
        btf: u64, btf_log_buf: u64, btf_size: u32, btf_log_size: u32, btf_log_level: u32, pad: u32,
    }
    /// `BPF_LINK_CREATE` on a perf event.
    LinkCreate = 24 { prog_fd: u32, target_fd: u32, attach_type: u32, flags: u32, cookie: u64, }
    /// `BPF_LINK_CREATE` of `BPF_TRACE_KPROBE_MULTI`.
    LinkMulti = 48 {
        prog_fd: u32, target_fd: u32, attach_type: u32, flags: u32, multi_flags: u32, cnt: u32,
        syms: u64, addrs: u64, cookies: u64,
    }
    /// `BPF_LINK_CREATE` on many places of a file.
    LinkUprobes = 64 {
        prog_fd: u32, target_fd: u32, attach_type: u32, flags: u32, path: u64, offsets: u64,
        ref_ctr_offsets: u64, cookies: u64, cnt: u32, multi_flags: u32, pid: u32, pad: u32,
    }
    /// `BPF_RAW_TRACEPOINT_OPEN`.
    RawTracepointOpen = 16 { name: u64, prog_fd: u32, pad: u32, }
    /// `perf_event_open`, up to `PERF_ATTR_SIZE_VER5`. `config1` is the name of a kprobe, `config2`
    /// its offset.
    PerfEvent = 112 {
        kind: u32, size: u32, config: u64, sample_period: u64, sample_type: u64, read_format: u64,
        flags: u64, wakeup_events: u32, bp_type: u32, config1: u64, config2: u64,
        branch_sample_type: u64, sample_regs_user: u64, sample_stack_user: u32, clockid: u32,
        sample_regs_intr: u64, aux_watermark: u32, sample_max_stack: u16, pad: u16,
    }
}

/// A name as the kernel stores it: the first 15 characters, with `_` for what it would refuse.
pub(super) fn object_name(name: &str) -> [u8; NAME] {
    let mut out = [0; NAME];
    for (to, from) in out[..NAME - 1].iter_mut().zip(name.bytes()) {
        *to = if from.is_ascii_alphanumeric() { from } else { b'_' };
    }
    out
}

#[cfg(test)]
mod tests {
    use std::mem::offset_of;

    use aya_obj::generated as uapi;

    use super::*;

    #[test]
    fn members_stand_where_the_kernel_headers_put_them() {
        type Map = uapi::bpf_attr__bindgen_ty_1;
        type Prog = uapi::bpf_attr__bindgen_ty_4;
        assert_eq!(offset_of!(MapCreate, map_name), offset_of!(Map, map_name));
        assert_eq!(offset_of!(MapCreate, btf_value_type_id), offset_of!(Map, btf_value_type_id));
        assert_eq!(offset_of!(MapCreate, map_extra), offset_of!(Map, map_extra));
        assert_eq!(offset_of!(ProgLoad, log_buf), offset_of!(Prog, log_buf));
        assert_eq!(offset_of!(ProgLoad, prog_btf_fd), offset_of!(Prog, prog_btf_fd));
        assert_eq!(offset_of!(ProgLoad, line_info_cnt), offset_of!(Prog, line_info_cnt));
        assert_eq!(offset_of!(ProgLoad, attach_btf_id), offset_of!(Prog, attach_btf_id));
        assert_eq!(
            offset_of!(PerfEvent, config1),
            offset_of!(uapi::perf_event_attr, __bindgen_anon_3)
        );
        assert_eq!(
            offset_of!(PerfEvent, sample_max_stack),
            offset_of!(uapi::perf_event_attr, sample_max_stack)
        );
    }

    #[test]
    fn names_are_cut_and_cleaned() {
        assert_eq!(&object_name("enter"), b"enter\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(&object_name("do-unlinkat.isra.0"), b"do_unlinkat_isr\0");
        assert_eq!(&object_name("é"), b"__\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    }
}
