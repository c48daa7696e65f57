//! The thin system-call layer: an object becomes maps and programs in the kernel, and the records
//! that they write come back through a ring.
//!
//! In: the bytes of an object that is already relocated for this kernel (or bears CO-RE records).
//! Out: [`Loaded`] with its [`Program`]s and [`Map`]s, [`Ring`], [`Counters`]. Nothing here knows
//! hooks, layouts or configs. All `unsafe` of `runner` that calls the kernel stands in this folder.

mod attr;
mod btf;
mod cpu;
mod deferred;
mod identity;
mod load;
mod log;
mod map;
mod perf;
mod poller;
mod privilege;
mod program;
mod raw_tracepoint;
mod ring;
mod sampling;
mod sys;
mod trampoline;
mod undefined;

pub use identity::{in_pid_namespace, own_pid};
pub use load::{LoadError, Loaded, Options, load};
pub use map::{Counters, Map, MapError};
pub use perf::{Attachment, PerfEvent, Source};
pub use poller::{Poller, Ready, Token};
pub use privilege::{KernelError, Refusal, Situation};
pub use program::{PLACE, Program, ProgramKind, Variant};
pub use raw_tracepoint::open as raw_tracepoint;
pub use ring::{Drained, Ring};
pub use sampling::{Sampled, When};
pub use trampoline::{
    Trial, attach as trampoline, attach_multi, attach_user_multi, has_uprobe_multi, try_kprobe,
    try_multi, try_trampoline,
};
