//! A snapshot of this machine's kernel, against the kernel itself: everything that there is.

use runner::facts::{Facts, Feature, Live, Recorded, recorded};

#[test]
fn a_snapshot_answers_as_the_kernel_does() {
    let live = Live::new(None);
    let recording = recorded::record(&live).unwrap();
    assert_eq!(recording.lacking, [""; 0]);
    assert!(recording.bytes.len() < 3 << 20, "{} bytes", recording.bytes.len());
    let snapshot = Recorded::new("own.snap".into(), recording.bytes).unwrap();
    assert_eq!(snapshot.release(), live.release());
    assert_eq!(snapshot.max_sample_rate(), live.max_sample_rate());
    assert!(snapshot.btf().unwrap().bytes() == live.btf().unwrap().bytes());

    let tracepoints = live.tracepoints("*").unwrap();
    assert!(tracepoints.len() > 500, "{}", tracepoints.len());
    assert_eq!(snapshot.tracepoints("*").unwrap(), tracepoints);
    for full in &tracepoints {
        let (category, name) = full.split_once(':').unwrap();
        let [own, other] =
            [&snapshot as &dyn Facts, &live].map(|facts| facts.tracepoint(category, name).unwrap());
        assert_eq!(own.unwrap(), other.unwrap(), "{full}");
    }

    let functions = live.functions().unwrap();
    assert!(functions.len() > 10_000, "{}", functions.len());
    assert_eq!(snapshot.functions().unwrap(), functions);
    let [own, other] =
        [&snapshot as &dyn Facts, &live].map(|facts| facts.addresses(&functions).unwrap());
    for name in &functions {
        assert_eq!(own[*name].len(), other[*name].len().min(127), "{name}");
        assert_eq!(snapshot.is_traceable(name), live.is_traceable(name), "{name}");
        assert!(snapshot.has_function(name).unwrap(), "{name}");
    }
    // Each of these goes through all of kallsyms.
    for name in functions.iter().step_by(functions.len() / 10) {
        let sizes = (snapshot.function_size(name).unwrap(), live.function_size(name).unwrap());
        assert_eq!(sizes.0, sizes.1, "{name}");
    }
    for feature in Feature::all() {
        assert_eq!(snapshot.lacks(feature), live.lacks(feature), "{feature}");
    }
}
