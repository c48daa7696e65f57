//! The whole of `runner` on this machine's kernel, as root: `scripts/run-tests` runs these.
//!
//! Each test starts the built binary, waits until it says that it is attached, makes a process do
//! what is watched, and compares what was printed with what was done. A test that sees nothing
//! fails. Tests run side by side, so each goes by the names or numbers of its own processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "the functions around the tests are tests, too"
)]

mod authoring;
mod cases;
mod configs;
mod crowd;
mod decode;
mod doctor;
mod ends;
mod gallery;
mod harness;
mod hooks;
mod layouts;
mod leftovers;
mod loss;
mod machine;
mod oracle;
mod params;
mod process_info;
mod programs;
mod replay;
mod sampling;
mod shapes;
mod snapshot;
mod tasks;
mod testing;
mod text;
mod user;
mod values;
mod verifier;
