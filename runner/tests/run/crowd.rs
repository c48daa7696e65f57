//! Many runs that begin at once with an empty cache, and some that are killed while they compile.

use std::time::Duration;

use crate::harness::{Config, Running, finish, runner};

const RUNS: usize = 100;

#[test]
fn a_hundred_runs_with_an_empty_cache() {
    let config = Config::probe("syscall:close", "where: pid == 0\nfields: [pid, fd]");
    let cache = config.folder().join("cache");
    let start = || {
        let mut command = runner(config.and(&["-o", "json", "--for", "1ms"]));
        Running::of(command.env("RUNNER_CACHE", &cache))
    };
    // Killed at different stages of the first compilation.
    let killed: Vec<_> = [20, 60, 120].map(|delay| (start(), Duration::from_millis(delay))).into();
    let runs: Vec<_> = (0..RUNS).map(|_| start()).collect();
    for (run, delay) in killed {
        std::thread::sleep(delay);
        run.kill();
    }
    for run in runs {
        run.wait().assert(0, &["runner: attached", "runner: 0 events"]);
    }
    let mut last = runner(config.and(&["-v", "--for", "1ms"]));
    finish(last.env("RUNNER_CACHE", &cache)).assert(0, &["compile (cached)"]);
}

#[test]
fn a_cache_that_is_damaged_is_mended() {
    let config = Config::probe("syscall:close", "where: pid == 0\nfields: [pid, fd]");
    let cache = config.folder().join("cache");
    let run = || {
        let mut command = runner(config.and(&["-v", "--for", "1ms"]));
        finish(command.env("RUNNER_CACHE", &cache))
    };
    run().assert(0, &["runner: attached"]);
    let mut cut = 0;
    for kind in ["object", "library", "rustc"] {
        for entry in std::fs::read_dir(cache.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            let file = if path.is_dir() { path.join("libprobes.rlib") } else { path };
            let bytes = std::fs::read(&file).unwrap();
            std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
            cut += 1;
        }
    }
    assert_eq!(cut, 3);
    let ended = run();
    ended.assert(0, &["runner: attached"]);
    assert!(!ended.stderr.contains("compile (cached)"), "{}", ended.stderr);
    run().assert(0, &["compile (cached)"]);
}
