//! This process's number as the kernel's programs see it.
//!
//! In: nothing. Out: the number in the first pid namespace, which is what
//! `bpf_get_current_pid_tgid` gives; in a container with a pid namespace of its own `getpid` gives
//! another.

use std::fs;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;

use super::{KernelError, attr, sys};

/// The inode of the first pid namespace (`PROC_PID_INIT_INO`, part of the kernel's interface).
const FIRST: u64 = 0xEFFF_FFFC;

/// Whether this process is in a pid namespace other than the first.
pub fn in_pid_namespace() -> bool {
    fs::metadata("/proc/self/ns/pid").is_ok_and(|namespace| namespace.ino() != FIRST)
}

/// This process's number in the first pid namespace.
pub fn own_pid() -> Result<u32, KernelError> {
    if !in_pid_namespace() {
        return Ok(std::process::id());
    }
    Ok(ask_kernel()?)
}

/// Runs a program of three instructions in this process, once: no other interface tells.
fn ask_kernel() -> io::Result<u32> {
    const PROGRAM: [u64; 3] = [
        instruction(0x85, 0, 14), // call bpf_get_current_pid_tgid
        instruction(0x77, 0, 32), // r0 >>= 32
        instruction(0x95, 0, 0),  // exit
    ];
    const RAW_TRACEPOINT: u32 = 17;
    let license = c"GPL";
    let load = attr::ProgLoad {
        prog_type: RAW_TRACEPOINT,
        insn_cnt: PROGRAM.len() as u32,
        insns: PROGRAM.as_ptr() as u64,
        license: license.as_ptr() as u64,
        prog_name: attr::object_name("own_pid"),
        ..Default::default()
    };
    // SAFETY: the instructions are counted, and the license ends in a NUL.
    let program = unsafe { sys::prog_load(load) }?;
    sys::prog_test_run(program.as_fd())
}

/// One BPF instruction as it lies in memory.
const fn instruction(code: u8, register: u8, immediate: i32) -> u64 {
    code as u64 | (register as u64) << 8 | (immediate as u32 as u64) << 32
}
