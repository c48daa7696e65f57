//! See `runner::fuzzing::snapshot`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::snapshot(bytes));
