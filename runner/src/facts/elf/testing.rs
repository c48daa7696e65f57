//! A program whose functions and static probes are known, for tests of later stages.

use std::fs::File;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use memmap2::Mmap;

use super::{Binary, ElfError};

const SOURCE: &str = r#"
struct exp_s { int num; char name[35]; };
__attribute__((noipa)) void *malloc(unsigned long size) { return (void *)size; }
__attribute__((noipa)) char *readline(const char *prompt) { return (char *)prompt; }
__attribute__((noipa)) int report(struct exp_s *t, int n) { return t->num + n; }
void _start(void) {
    static struct exp_s t;
    malloc(report(&t, 1)); readline("");
    __asm__ volatile("990: nop\n.pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n"
        ".4byte 8, 994f-993f, 3\n.asciz \"stapsdt\"\n993: .8byte 990b, 0, 0\n"
        ".asciz \"libc\", \"setjmp\", \"8@%rdi -4@-20(%rbp) -4@$-3\"\n"
        "994: .balign 4\n.popsection\n");
}
"#;

/// The program, under whatever name a test gives it; names that begin with `/absent` are not there.
pub fn binary(name: &str) -> Result<Arc<Binary>, ElfError> {
    static BUILT: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    if name.starts_with("/absent") {
        let source = std::io::ErrorKind::NotFound.into();
        return Err(ElfError::Open { path: name.into(), source });
    }
    let (_, path) = BUILT.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let (source, out) = (folder.path().join("a.c"), folder.path().join("a"));
        std::fs::write(&source, SOURCE).unwrap();
        let mut gcc = Command::new("gcc");
        gcc.args(["-O1", "-w", "-nostdlib", "-static", "-fno-builtin", "-o"]).arg(&out);
        assert!(gcc.arg(source).status().unwrap().success());
        (folder, out)
    });
    // SAFETY: nobody changes the file.
    let map = unsafe { Mmap::map(&File::open(path).unwrap()) }.unwrap();
    Binary::parse(name.into(), map).map(Arc::new)
}
