//! See `runner::fuzzing::config`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::config(bytes));
