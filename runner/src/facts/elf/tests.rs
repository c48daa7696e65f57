//! Against files that gcc makes, and against files that nobody made.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use proptest::prelude::*;

use super::*;

const SOURCE: &str = r#"
#include <stdio.h>
int counter = 7;
__attribute__((noinline)) int twice(int x) { return x + x + counter; }
static __attribute__((noinline, used)) int hidden(int x) { return x * 3; }
int main(int argc, char **argv) {
    (void)argv;
    __asm__ volatile("990: nop\n"
        ".pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n"
        ".4byte 992f-991f, 994f-993f, 3\n991: .asciz \"stapsdt\"\n992: .balign 4\n"
        "993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte 0\n"
        ".asciz \"prov\"\n.asciz \"one\"\n.asciz \"-4@%0 4@counter(%%rip) 8f@%%xmm0\"\n"
        "994: .balign 4\n.popsection\n"
        ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n"
        ".weak _.stapsdt.base\n.hidden _.stapsdt.base\n_.stapsdt.base: .space 1\n"
        ".size _.stapsdt.base, 1\n.popsection\n" : : "r"(argc));
    printf("%d %d\n", twice(argc), hidden(argc));
    return 0;
}
"#;

/// The test program as gcc builds it with `options`.
fn built(folder: &Path, name: &str, options: &[&str]) -> PathBuf {
    let source = folder.join("program.c");
    fs::write(&source, SOURCE).unwrap();
    let out = folder.join(name);
    let mut gcc = Command::new("gcc");
    gcc.args(["-O1", "-o"]).arg(&out).args(options).arg(&source);
    assert!(gcc.status().unwrap().success(), "{gcc:?}");
    out
}

/// The bytes of `function` as `objdump` disassembles them, from the file at the place found.
fn check(path: &Path, name: &str) -> Function {
    let binary = Binary::open(path).unwrap();
    let function = binary.function(name).unwrap();
    let shown = Command::new("objdump")
        .args(["-d", "--no-show-raw-insn", &format!("--disassemble={name}")])
        .arg(path)
        .output()
        .unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    let head = shown.lines().find(|line| line.ends_with(&format!("<{name}>:"))).unwrap();
    let address = u64::from_str_radix(head.split(' ').next().unwrap(), 16).unwrap();
    assert_eq!(function.address, address, "{}", path.display());
    assert!(binary.is_code(function.offset));
    let dumped = Command::new("objdump")
        .args(["-s", &format!("--start-address={address:#x}")])
        .arg(format!("--stop-address={:#x}", address + 4))
        .arg(path)
        .output()
        .unwrap();
    let dumped = String::from_utf8(dumped.stdout).unwrap();
    let hex: String = binary.code(function.offset, 4).iter().map(|b| format!("{b:02x}")).collect();
    assert!(dumped.replace(' ', "").contains(&hex), "{hex} is not in\n{dumped}");
    function
}

const VARIANTS: &[(&str, &[&str])] = &[
    ("pie", &["-pie", "-fPIE"]),
    ("fixed", &["-no-pie"]),
    ("static", &["-static"]),
    ("apart", &["-pie", "-Wl,-z,separate-code"]),
    ("together", &["-no-pie", "-Wl,-z,noseparate-code"]),
    // The address says nothing of the place in the file.
    ("high", &["-no-pie", "-Wl,-Ttext-segment=0x7000000"]),
    ("moved", &["-no-pie", "-Wl,--section-start=.text=0x5550000"]),
    ("exporting", &["-pie", "-rdynamic"]),
];

#[test]
fn functions_are_where_objdump_says() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in VARIANTS {
        let path = built(folder.path(), name, options);
        check(&path, "twice");
        check(&path, "hidden");
    }
    let high = Binary::open(&folder.path().join("moved")).unwrap();
    let function = high.function("twice").unwrap();
    assert_ne!(function.offset, function.address & 0xf_ffff);
}

#[test]
fn offsets_start_instructions_within_the_function() {
    let folder = tempfile::tempdir().unwrap();
    let path = built(folder.path(), "pie", &["-pie"]);
    let binary = Binary::open(&path).unwrap();
    let function = binary.function("hidden").unwrap();
    let starts: Vec<u64> =
        (0..function.size).filter(|at| binary.within(&function, *at).is_ok()).collect();
    assert!(starts.len() > 1 && starts.len() < function.size as usize, "{starts:?}");
    assert_eq!(binary.within(&function, starts[1]).unwrap(), function.offset + starts[1]);
    let outside = binary.within(&function, function.size).unwrap_err();
    assert!(matches!(outside, ElfError::OutsideFunction { .. }), "{outside}");
    let inside = (0..function.size).find(|at| !starts.contains(at)).unwrap();
    let inside = binary.within(&function, inside).unwrap_err();
    assert!(matches!(inside, ElfError::InsideInstruction { .. }), "{inside}");
    assert!(binary.within(&function, u64::MAX).is_err());
}

#[test]
fn what_is_not_there_is_said_with_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = built(folder.path(), "pie", &["-pie"]);
    let binary = Binary::open(&path).unwrap();
    let missing = binary.function("twise").unwrap_err();
    assert!(missing.help().unwrap().contains("`twice`"), "{missing}");
    // Imported, not defined.
    assert!(matches!(binary.function("printf"), Err(ElfError::NoFunction { .. })));
    assert!(matches!(binary.function("counter"), Err(ElfError::NoFunction { .. })));
    let stripped = built(folder.path(), "stripped", &["-pie", "-s"]);
    let stripped = Binary::open(&stripped).unwrap().function("twice").unwrap_err();
    assert!(matches!(stripped, ElfError::Stripped { .. }), "{stripped}");
    let partly = built(folder.path(), "partly", &["-pie", "-s", "-rdynamic"]);
    let partly = Binary::open(&partly).unwrap();
    assert!(partly.function("twice").is_ok());
    let partly = partly.function("hidden").unwrap_err();
    assert!(matches!(partly, ElfError::NoFunction { partly: true, .. }), "{partly}");
    let open = |path: &str| Binary::open(Path::new(path)).unwrap_err();
    assert!(matches!(open("/no/such/file"), ElfError::Open { .. }));
    assert!(matches!(open("/etc"), ElfError::NotElf { .. }));
    assert!(matches!(open("/proc/version"), ElfError::NotElf { .. }));
    let mut other = fs::read(&path).unwrap();
    other[18] = 183;
    let arm = folder.path().join("arm");
    fs::write(&arm, &other).unwrap();
    let arm = Binary::open(&arm).unwrap_err();
    assert!(arm.to_string().contains("64-bit ARM"), "{arm}");
}

#[test]
fn versions_tell_functions_of_one_name_apart() {
    let libc = Binary::find("libc").unwrap();
    // Two versions since 2.3.2, at different addresses.
    let several = libc.function("pthread_cond_wait").unwrap_err();
    let ElfError::SeveralFunctions { list, .. } = &several else { panic!("{several}") };
    assert!(list.iter().any(|one| one.contains("pthread_cond_wait@@GLIBC_2.3.2")), "{several}");
    let new = libc.function("pthread_cond_wait@@GLIBC_2.3.2").unwrap();
    let old = libc.function("pthread_cond_wait@GLIBC_2.2.5").unwrap();
    assert_ne!(new.offset, old.offset);
    assert!(libc.function("malloc").is_ok());
    assert!(matches!(libc.function("memcpy@@GLIBC_2.14"), Err(ElfError::Indirect { .. })));
    let names = |glob: &str| -> Vec<(String, usize)> {
        libc.names(glob).unwrap().into_iter().map(|name| (name.name, name.count)).collect()
    };
    let both = ["pthread_cond_wait@@GLIBC_2.3.2", "pthread_cond_wait@GLIBC_2.2.5"];
    let both = both.map(|name| (name.to_owned(), 1));
    assert_eq!(names("pthread_cond_wait"), both);
    assert_eq!(names("pthread_cond_wai?@@*"), both[..1]);
    assert_eq!(names("malloc"), [("malloc".to_owned(), 1)]);
    // `lock decl (%rdi)` cannot be stepped over.
    assert_eq!(names("pthread_spin_lock"), []);
    // The other version is chosen when the program is loaded.
    assert_eq!(names("memcpy"), [("memcpy@GLIBC_2.2.5".to_owned(), 1)]);
    for (name, _) in names("pthread_*") {
        assert!(libc.function(&name).is_ok(), "{name}");
    }
    let globbed = libc.functions("pthread_mutex_*lock").unwrap();
    assert!(globbed.iter().any(|function| function.name == "pthread_mutex_unlock"));
}

#[test]
fn names_of_rust_and_cpp_source_are_known() {
    let own = Binary::open(&std::env::current_exe().unwrap()).unwrap();
    let name = "runner::facts::elf::tests::names_of_rust_and_cpp_source_are_known";
    let function = own.function(name).unwrap();
    assert!(function.name.starts_with("_ZN") || function.name.starts_with("_R"));
    let folder = tempfile::tempdir().unwrap();
    let (source, out) = (folder.path().join("a.cc"), folder.path().join("a"));
    fs::write(
        &source,
        "namespace n { struct C { int f(int, const char *); int g(); int g(int); };\n\
         int C::f(int a, const char *) { return a; } int C::g() { return 1; }\n\
         int C::g(int x) { return x; } } int main() {}\n",
    )
    .unwrap();
    assert!(Command::new("g++").arg("-o").arg(&out).arg(&source).status().unwrap().success());
    let binary = Binary::open(&out).unwrap();
    let full = binary.function("n::C::f(int, char const*)").unwrap();
    assert_eq!(full, binary.function("n::C::f").unwrap());
    assert_eq!(full.name, "_ZN1n1C1fEiPKc");
    assert!(matches!(binary.function("n::C::g"), Err(ElfError::SeveralFunctions { .. })));
    assert!(binary.function("n::C::g()").is_ok());
    let names = binary.names("n::C::g*").unwrap();
    let sources: Vec<_> = names.iter().map(|name| name.source.as_deref().unwrap()).collect();
    assert_eq!(sources, ["n::C::g(int)", "n::C::g()"]);
    assert_eq!(names[1].name, "_ZN1n1C1gEv");
    // Two static functions of one name.
    let (one, two) = (folder.path().join("1.c"), folder.path().join("2.c"));
    let twin = "static __attribute__((noinline, used)) int twin(int x) { return x; }\n";
    fs::write(&one, twin).unwrap();
    fs::write(&two, format!("{twin}int main(void) {{ return 0; }}\n")).unwrap();
    let gcc = Command::new("gcc").arg("-o").arg(&out).args([&one, &two]).status();
    assert!(gcc.unwrap().success());
    let names = Binary::open(&out).unwrap().names("twi?").unwrap();
    assert_eq!(names, [Name { name: "twin".into(), source: None, count: 2 }]);
}

#[test]
fn static_probes_are_read_from_notes() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in VARIANTS {
        let path = built(folder.path(), name, options);
        let binary = Binary::open(&path).unwrap();
        let sites = binary.static_probe("prov", "one").unwrap();
        let [site] = sites.as_slice() else { panic!("{sites:?}") };
        assert!(binary.is_code(site.offset), "{name}");
        assert_eq!(site.semaphore, None);
        let [Ok(first), Ok(second), Err(third)] = site.arguments.as_slice() else {
            panic!("{:?}", site.arguments)
        };
        assert_eq!((first.size, first.signed), (4, true));
        assert!(matches!(second.operand, Operand::Memory { base: Some(Register::Rip), .. }));
        assert_eq!(third, "8f@%xmm0");
        assert_eq!(
            binary.static_probes().into_iter().collect::<Vec<_>>(),
            [("prov:one".into(), (1, 3))]
        );
        let missing = binary.static_probe("prov", "two").unwrap_err();
        assert!(missing.help().unwrap().contains("prov:one"));
    }
}

fn sample() -> &'static [u8] {
    static SAMPLE: OnceLock<Vec<u8>> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        fs::read(built(folder.path(), "sample", &["-pie"])).unwrap()
    })
}

/// Asks everything of a file; only panics count.
fn ask(bytes: &[u8]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    fs::write(&path, bytes).unwrap();
    let Ok(binary) = Binary::open(&path) else { return };
    for name in ["twice", "n::C::f", "printf@@GLIBC_2.2.5", "x"] {
        if let Ok(function) = binary.function(name) {
            let _ = binary.within(&function, 4);
        }
    }
    let _ = binary.functions("*");
    let _ = binary.static_probe("prov", "one");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_damaged_file_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..16),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample().to_vec();
        let headers = u64::from_le_bytes(bytes[40..48].try_into().unwrap()) as usize;
        for (index, value, place) in changes {
            // Where it hurts: the first headers, the section headers, anywhere.
            let at = match place {
                0 => index.index(0x400),
                1 => headers + index.index(bytes.len() - headers),
                _ => index.index(bytes.len()),
            };
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        ask(&bytes);
    }

    #[test]
    fn no_bytes_panic(tail in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut bytes = sample()[..64].to_vec();
        bytes.extend(tail);
        ask(&bytes);
    }
}
