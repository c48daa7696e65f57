//! See `runner::fuzzing::layout`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::layout(bytes));
