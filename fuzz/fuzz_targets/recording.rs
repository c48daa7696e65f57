//! See `runner::fuzzing::recording`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::recording(bytes));
