//! Programs: which type a section stands for, and loading one with the verifier's log if it fails.
//!
//! In: a relocated function. Out: a [`Program`], or the errno and the whole log.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use aya_obj::generated::{BPF_F_SLEEPABLE, bpf_attach_type, bpf_prog_type};
use aya_obj::{Function, ProgramSection};

use super::attr::{self, object_name};
use super::log::with_log;
use super::privilege::with_memlock;
use super::sys;

/// What a program can be attached to, as far as the kernel's program types tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProgramKind {
    /// kprobe, kretprobe, uprobe, uretprobe.
    Kprobe,
    /// fentry, fexit.
    Trampoline,
    /// A tracepoint with its formatted record.
    Tracepoint,
    /// A tracepoint with its raw arguments.
    RawTracepoint,
    /// A perf event: profile, software, hardware.
    PerfEvent,
}

impl ProgramKind {
    /// The kind and the flags of BPF_PROG_LOAD for a section; `None` for those not supported.
    fn of(section: &ProgramSection) -> Option<(Self, u32)> {
        use ProgramSection as S;
        let sleepable = |yes: bool| if yes { BPF_F_SLEEPABLE } else { 0 };
        Some(match section {
            S::KProbe | S::KRetProbe => (Self::Kprobe, 0),
            S::UProbe { sleepable: s } | S::URetProbe { sleepable: s } => {
                (Self::Kprobe, sleepable(*s))
            }
            S::FEntry { sleepable: s } | S::FExit { sleepable: s } => {
                (Self::Trampoline, sleepable(*s))
            }
            S::TracePoint => (Self::Tracepoint, 0),
            S::RawTracePoint => (Self::RawTracepoint, 0),
            S::PerfEvent => (Self::PerfEvent, 0),
            _ => return None,
        })
    }

    /// As BPF_PROG_LOAD numbers it.
    fn prog_type(self) -> u32 {
        (match self {
            Self::Kprobe => bpf_prog_type::BPF_PROG_TYPE_KPROBE,
            Self::Trampoline => bpf_prog_type::BPF_PROG_TYPE_TRACING,
            Self::Tracepoint => bpf_prog_type::BPF_PROG_TYPE_TRACEPOINT,
            Self::RawTracepoint => bpf_prog_type::BPF_PROG_TYPE_RAW_TRACEPOINT,
            Self::PerfEvent => bpf_prog_type::BPF_PROG_TYPE_PERF_EVENT,
        }) as u32
    }
}

/// A program that the verifier accepted.
#[derive(Debug)]
pub struct Program {
    name: String,
    kind: ProgramKind,
    fd: OwnedFd,
}

impl Program {
    /// The name of its function in the object.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it can be attached to.
    pub fn kind(&self) -> ProgramKind {
        self.kind
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Why a program did not load.
#[derive(Debug)]
pub(super) enum Failure {
    /// Its section stands for no program type that is known here.
    Section,
    /// The kernel refused it; the log is empty if the verifier had no say.
    Kernel { error: io::Error, log: String },
}

/// One of several ways to load the same program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Variant {
    /// The function that it is for, by its number in the kernel's BTF: of trampolines.
    pub btf_id: u32,
    /// Whether it is for many functions in one link.
    pub multi: bool,
    /// What stands in place of [`PLACE`].
    pub place: u64,
}

/// The immediate that a program loads where it asks which of its places it is at.
pub const PLACE: u64 = 0x7275_6e3a_706c_6163;

/// `function` with `place` where it loads [`PLACE`].
fn placed(function: &Function, place: u64) -> Function {
    const LDIMM64: u8 = 0x18;
    let mut function = function.clone();
    let wanted = [PLACE as u32, (PLACE >> 32) as u32];
    for index in 1..function.instructions.len() {
        let [low, high] = [index - 1, index].map(|at| &function.instructions[at]);
        if low.code == LDIMM64 && low.src_reg() == 0 && [low.imm as u32, high.imm as u32] == wanted
        {
            function.instructions[index - 1].imm = place as u32 as i32;
            function.instructions[index].imm = (place >> 32) as u32 as i32;
        }
    }
    function
}

/// What all programs of an object are loaded with.
pub(super) struct Common<'a> {
    /// Of the object, such as `GPL`.
    pub license: CString,
    /// The kernel's, for those that compare it.
    pub kernel_version: u32,
    /// The object's loaded BTF.
    pub btf: Option<BorrowedFd<'a>>,
}

/// Loads `function`: without a log first, as that is faster, and with one if it fails.
pub(super) fn load(
    name: &str,
    section: &ProgramSection,
    function: &Function,
    variant: Variant,
    common: &Common<'_>,
) -> Result<Program, Failure> {
    let (kind, flags) = ProgramKind::of(section).ok_or(Failure::Section)?;
    let function = &placed(function, variant.place);
    let mut request = Request::new(name, kind, flags, function, common);
    request.attr.expected_attach_type = match section {
        ProgramSection::FEntry { .. } => bpf_attach_type::BPF_TRACE_FENTRY as u32,
        ProgramSection::FExit { .. } => bpf_attach_type::BPF_TRACE_FEXIT as u32,
        ProgramSection::UProbe { .. } | ProgramSection::URetProbe { .. } if variant.multi => {
            sys::TRACE_UPROBE_MULTI
        }
        _ if variant.multi => sys::TRACE_KPROBE_MULTI,
        _ => 0,
    };
    request.attr.attach_btf_id = variant.btf_id;
    let fd = match with_memlock(|| request.send(&mut [])) {
        Ok(fd) => fd,
        Err(first) => match with_log(|log| request.send(log)) {
            (Ok(fd), _) => fd,
            (Err(_), log) if log.is_empty() => return Err(Failure::Kernel { error: first, log }),
            (Err(error), log) => return Err(Failure::Kernel { error, log }),
        },
    };
    Ok(Program { name: name.to_owned(), kind, fd })
}

/// An argument of BPF_PROG_LOAD together with what its addresses point at.
struct Request<'a> {
    attr: attr::ProgLoad,
    _function: &'a Function,
    _license: &'a CString,
    _func_info: Vec<u8>,
    _line_info: Vec<u8>,
}

impl<'a> Request<'a> {
    fn new(
        name: &str,
        kind: ProgramKind,
        flags: u32,
        function: &'a Function,
        common: &'a Common<'_>,
    ) -> Self {
        let func_info = function.func_info.func_info_bytes();
        let line_info = function.line_info.line_info_bytes();
        let mut attr = attr::ProgLoad {
            prog_type: kind.prog_type(),
            insn_cnt: function.instructions.len() as u32,
            insns: function.instructions.as_ptr() as u64,
            license: common.license.as_ptr() as u64,
            kern_version: common.kernel_version,
            prog_flags: flags,
            prog_name: object_name(name),
            ..Default::default()
        };
        if let Some(btf) = common.btf
            && !func_info.is_empty()
        {
            attr.prog_btf_fd = btf.as_raw_fd() as u32;
            attr.func_info = func_info.as_ptr() as u64;
            attr.func_info_cnt = function.func_info.len() as u32;
            attr.func_info_rec_size = (func_info.len() / function.func_info.len()) as u32;
            if !line_info.is_empty() {
                attr.line_info = line_info.as_ptr() as u64;
                attr.line_info_cnt = function.line_info.len() as u32;
                attr.line_info_rec_size = (line_info.len() / function.line_info.len()) as u32;
            }
        }
        Self {
            attr,
            _function: function,
            _license: &common.license,
            _func_info: func_info,
            _line_info: line_info,
        }
    }

    /// Loads once, or again while a signal keeps the verifier from ending (EAGAIN).
    fn send(&mut self, log: &mut [u8]) -> io::Result<OwnedFd> {
        const ATTEMPTS: usize = 5;
        self.attr.log_level = u32::from(!log.is_empty());
        self.attr.log_size = log.len() as u32;
        self.attr.log_buf = if log.is_empty() { 0 } else { log.as_mut_ptr() as u64 };
        let mut attempt = 1;
        loop {
            // SAFETY: the addresses are of `log` and of what `self` owns or borrows, and the counts
            // beside them were taken from the same.
            match unsafe { sys::prog_load(self.attr) } {
                Err(e) if e.raw_os_error() == Some(libc::EAGAIN) && attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn sections_stand_for_program_types() {
        let kind = |section| ProgramKind::of(&ProgramSection::from_str(section).unwrap());
        assert_eq!(kind("kprobe/do_unlinkat"), Some((ProgramKind::Kprobe, 0)));
        assert_eq!(kind("kretprobe"), Some((ProgramKind::Kprobe, 0)));
        assert_eq!(kind("uprobe.s/x"), Some((ProgramKind::Kprobe, BPF_F_SLEEPABLE)));
        assert_eq!(kind("tracepoint/a/b"), Some((ProgramKind::Tracepoint, 0)));
        assert_eq!(kind("raw_tp/b"), Some((ProgramKind::RawTracepoint, 0)));
        assert_eq!(kind("perf_event"), Some((ProgramKind::PerfEvent, 0)));
        assert_eq!(kind("xdp"), None);
    }

    #[test]
    fn program_types_are_numbered_as_in_the_kernel() {
        use ProgramKind::{Kprobe, PerfEvent, RawTracepoint, Tracepoint};
        let numbers = [Kprobe, Tracepoint, PerfEvent, RawTracepoint].map(ProgramKind::prog_type);
        assert_eq!(numbers, [2, 5, 7, 17]);
    }
}
