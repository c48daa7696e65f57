//! See `runner::fuzzing::elf`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| runner::fuzzing::elf(bytes));
