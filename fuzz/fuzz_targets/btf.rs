//! See `runner::fuzzing::btf`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::btf(bytes));
