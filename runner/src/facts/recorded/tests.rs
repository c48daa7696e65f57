//! Snapshots of a kernel made of files, against what is read from those files.

use std::fs;
use std::path::Path;

use super::*;
use crate::bpf::Refusal;
use crate::expr::{ArgPlace, Node};
use crate::facts::Live;
use crate::facts::btf::TypeId;
use crate::facts::btf::testing::Builder;
use crate::plan::{Tasks, fixture::plan_of};

const KALLSYMS: &str = "\
ffffffff81000000 T vfs_read
ffffffff81000040 T vfs_write
ffffffff81000100 t twice
ffffffff81000200 t twice
ffffffff81000300 D data
";

/// The lines of a `format` file; `extra` as some distributions' kernels have one more common field.
fn format(name: &str, id: u32, extra: bool) -> String {
    let (more, at) = match extra {
        true => (
            "\tfield:unsigned char common_preempt_lazy_count;\toffset:8;\tsize:1;\tsigned:0;\n",
            [12, 16, 24],
        ),
        false => ("", [8, 16, 24]),
    };
    let [number, fd, count] = at;
    format!(
        "name: {name}\nID: {id}\nformat:\n\
         \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n\
         \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n{more}\n\
         \tfield:int nr;\toffset:{number};\tsize:4;\tsigned:1;\n\
         \tfield:unsigned int fd;\toffset:{fd};\tsize:8;\tsigned:0;\n\
         \tfield:size_t count;\toffset:{count};\tsize:8;\tsigned:0;\n\
         \nprint fmt: \"%d\", REC->nr\n"
    )
}

/// A folder with everything that [`Live::of_files`] reads.
fn lay_out(folder: &Path, extra: bool) -> Live {
    let mut builder = Builder::new();
    let int = builder.int("int", 4, true);
    let proto = builder.proto(TypeId::VOID, &[("fd", int)]);
    builder.function("vfs_read", proto);
    builder.function("only_typed", proto);
    fs::write(folder.join("btf"), builder.bytes()).unwrap();
    fs::write(folder.join("kallsyms"), KALLSYMS).unwrap();
    for (id, (category, name)) in
        [("odd", "one"), ("odd", "two"), ("a", "z"), ("broken", "b")].into_iter().enumerate()
    {
        let path = folder.join("events").join(category).join(name);
        fs::create_dir_all(&path).unwrap();
        let text = match category {
            "broken" => "name: b\n\tfield:what\n".to_owned(),
            _ => format(name, 100 + id as u32, extra),
        };
        fs::write(path.join("format"), text).unwrap();
    }
    Live::of_files(folder)
}

fn recorded(live: &Live) -> Recorded {
    Recorded::new("test.snap".into(), record(live).unwrap().bytes).unwrap()
}

#[test]
fn a_snapshot_answers_as_the_kernel_did() {
    let folder = tempfile::tempdir().unwrap();
    let live = lay_out(folder.path(), false);
    let recorded = recorded(&live);
    assert_eq!(recorded.release(), live.release());
    assert_eq!(recorded.btf().unwrap().bytes(), live.btf().unwrap().bytes());
    for glob in ["*", "o*", "none"] {
        assert_eq!(recorded.tracepoints(glob).unwrap(), live.tracepoints(glob).unwrap());
    }
    for (category, name) in [("odd", "one"), ("odd", "two"), ("a", "z"), ("a", "one"), ("", "")] {
        let [one, two] =
            [&recorded as &dyn Facts, &live].map(|facts| facts.tracepoint(category, name).unwrap());
        assert_eq!(one, two, "{category}:{name}");
    }
    let broken = recorded.tracepoint("broken", "b").unwrap_err().to_string();
    assert_eq!(broken, "failed to parse `test.snap: broken/b/format`: `field:what`");
    assert_eq!(recorded.functions().unwrap(), live.functions().unwrap());
    for name in ["vfs_read", "vfs_write", "twice", "only_typed", "data", "none"] {
        assert_eq!(recorded.has_function(name).unwrap(), live.has_function(name).unwrap());
        assert_eq!(recorded.function_size(name).unwrap(), live.function_size(name).unwrap());
    }
    let names = live.functions().unwrap();
    let [own, other] =
        [&recorded as &dyn Facts, &live].map(|facts| facts.addresses(&names).unwrap());
    assert_eq!(own.len(), other.len());
    assert!(own.iter().all(|(name, places)| places.len() == other[name].len()));
    assert_eq!(recorded.max_sample_rate(), live.max_sample_rate());
    for feature in Feature::all().filter(|_| Refusal::foreseen().is_none()) {
        assert_eq!(recorded.lacks(feature), live.lacks(feature), "{feature}");
    }
}

#[test]
fn what_could_not_be_read_is_said_to_be_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let live = lay_out(folder.path(), false);
    fs::remove_dir_all(folder.path().join("events")).unwrap();
    fs::write(folder.path().join("kallsyms"), "0000000000000000 T vfs_read\n").unwrap();
    let recording = record(&live).unwrap();
    let lacking = recording.lacking.join("\n");
    assert!(lacking.contains("tracepoint formats: failed to read"), "{lacking}");
    assert!(lacking.contains("sizes of functions: the kernel hides"), "{lacking}");
    let recorded = Recorded::new("test.snap".into(), recording.bytes).unwrap();
    assert_eq!(recorded.unknown(), recording.lacking);
    assert!(recorded.has_function("vfs_read").unwrap());
    for fault in
        [recorded.tracepoint("odd", "one").unwrap_err(), recorded.tracepoints("*").unwrap_err()]
    {
        assert!(
            matches!(fault, FactsError::NotKnown { what: "tracepoint formats", .. }),
            "{fault}"
        );
    }
    fs::remove_file(folder.path().join("btf")).unwrap();
    fs::remove_file(folder.path().join("kallsyms")).unwrap();
    let nothing = super::tests::recorded(&Live::of_files(folder.path()));
    assert!(matches!(nothing.btf(), Err(FactsError::NoBtf)));
    assert!(matches!(nothing.has_function("x"), Err(FactsError::NotKnown { .. })));
}

/// Where the plan of a probe on `odd:one` takes `fd` and `count` from.
fn places(facts: &dyn Facts) -> Vec<ArgPlace> {
    let text = "version: 1\nprobes:\n  - {hook: 'tracepoint:odd:one', fields: [fd, count, nr]}\n";
    let plan = plan_of(text, facts, Tasks::All).unwrap();
    let values = plan.probes[0].programs[0].values.iter();
    let places = values.map(|value| match &value.typed.node {
        Node::Arg(arg) => arg.place,
        other => panic!("{other:?}"),
    });
    places.collect()
}

#[test]
fn an_extra_common_field_moves_the_others() {
    let field = |offset, size| ArgPlace::Field { offset, size };
    for (extra, number) in [(false, 8), (true, 12)] {
        let folder = tempfile::tempdir().unwrap();
        let recorded = recorded(&lay_out(folder.path(), extra));
        assert_eq!(places(&recorded), [field(16, 8), field(24, 8), field(number, 4)]);
    }
}

#[test]
fn files_that_are_no_snapshots_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.snap");
    let refused = |path: &Path| {
        let fault = Recorded::open(path).unwrap_err();
        let source = std::error::Error::source(&fault).unwrap().to_string();
        assert_eq!(fault.to_string(), format!("failed to use the snapshot `{}`", path.display()));
        source
    };
    assert_eq!(refused(&path), "the file cannot be read");
    assert_eq!(refused(folder.path()), "the file cannot be read");
    fs::write(&path, "release: 6.1\n").unwrap();
    assert_eq!(refused(&path), "it is not a snapshot; make one with: runner snapshot -o FILE");
    let good = record(&lay_out(folder.path(), false)).unwrap().bytes;
    fs::write(&path, &good[..good.len() / 2]).unwrap();
    assert!(refused(&path).starts_with("it is cut off; "));
    let mut damaged = good.clone();
    damaged[good.len() / 2] ^= 1;
    fs::write(&path, damaged).unwrap();
    assert!(refused(&path).starts_with("it is damaged: its checksum is wrong; "));
    let mut newer = good.clone();
    newer[8] += 1;
    fs::write(&path, newer).unwrap();
    assert!(refused(&path).starts_with("it is of format 2, and this runner knows only format 1; "));
    // Sparse: 10 GiB that would never fit into memory.
    fs::File::create(&path).unwrap().set_len(10 << 30).unwrap();
    assert_eq!(refused(&path), "it is larger than 64 MiB, so it is not a snapshot");
}

#[test]
fn parts_that_make_no_sense_are_refused_when_they_are_asked_for() {
    let meta = |architecture: &str| Meta {
        release: "6.0".into(),
        architecture: architecture.into(),
        runner: "0".into(),
        max_sample_rate: None,
        lists_traced: true,
        features: BTreeMap::new(),
        lacking: BTreeMap::new(),
    };
    let made = |parts: &[(Tag, &[u8])]| {
        Recorded::new("x".into(), container::write(parts).unwrap()).map_err(|f| f.to_string())
    };
    assert!(made(&[]).unwrap_err().starts_with("it is damaged: it says nothing of itself"));
    assert!(made(&[(META, b"{}")]).unwrap_err().contains("what it says of itself makes no sense"));
    let other = serde_json::to_vec(&meta("aarch64")).unwrap();
    assert!(made(&[(META, &other)]).unwrap_err().contains("of a kernel for `aarch64`"));
    let own = serde_json::to_vec(&meta(ARCHITECTURE)).unwrap();
    let odd: &[u8] = b"\xffnonsense";
    let odd = made(&[(META, &own), (BTF, odd), (FORMATS, odd), (FUNCTIONS, odd)]).unwrap();
    assert!(matches!(odd.btf(), Err(FactsError::Snapshot { .. })));
    assert!(matches!(odd.tracepoints("*"), Err(FactsError::Snapshot { .. })));
    assert!(matches!(odd.has_function("x"), Err(FactsError::Snapshot { .. })));
    assert_eq!(odd.is_traceable("x"), None);
    assert!(odd.unknown()[0].starts_with("whether the kernel has kprobe, uprobe, "));
}
