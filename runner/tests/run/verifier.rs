//! A program that the kernel's verifier refuses, made by a compiler that tampers with the library:
//! no config is known that leads to one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::harness::{Config, Ended, finish, runner};

/// A `rustc` that makes division read at its operand.
fn tampering(config: &Config) -> String {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap();
    let sysroot = String::from_utf8(sysroot.stdout).unwrap();
    let real = format!("{}/bin/rustc", sysroot.trim());
    let script = format!(
        "#!/bin/sh\n\
         case \"$*\" in *'--print sysroot'*) echo /nonexistent; exit;; esac\n\
         for word; do case \"$word\" in */probes/src/lib.rs)\n  \
         sed -i 's/with_sign_of(a ^ b, .*/with_sign_of(a ^ b, unsafe {{ *(a as u64 as *const u64) }})/' \
         \"${{word%lib.rs}}number.rs\";; esac; done\n\
         exec '{real}' \"$@\"\n"
    );
    let path = config.folder().join("rustc");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn refused(arguments: &[&str]) -> Ended {
    let config = Config::probe(
        "syscall:close",
        "fields:\n  - fd\n  - ret: retval\n  - half: retval / 2\n  - pid",
    );
    let mut command = runner(config.and(arguments));
    command.env("RUNNER_RUSTC", tampering(&config));
    finish(command.env("RUNNER_CACHE", config.folder().join("cache")))
}

#[test]
fn a_refusal_names_the_line_and_the_reason() {
    let ended = refused(&[]);
    ended.assert(
        4,
        &[
            "error[verifier]: the kernel's verifier refused the program",
            "in program `probe_return`: R",
            "invalid mem access",
            "`-v` shows the verifier's log",
        ],
    );
    // The log has no place between the two fields, the second of which divides.
    let lines = ["probe.yaml:7:", "probe.yaml:8:"];
    assert!(lines.iter().any(|line| ended.stderr.contains(line)), "{}", ended.stderr);
    assert!(!ended.stderr.contains("processed "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("runner: attached"));
}

#[test]
fn verbose_shows_the_log_whole() {
    let ended = refused(&["-v"]);
    ended.assert(4, &["0: R1=ctx() R10=fp0", "invalid mem access", "processed ", "insns (limit"]);
}
