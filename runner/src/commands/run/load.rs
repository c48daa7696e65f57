//! Linked objects to attached programs, with every refusal traced back to the config.

use std::os::fd::AsFd;

use super::super::{Failure, front};
use super::places;
use crate::attach::{self, AttachError, Link};
use crate::bpf::{self, Counters, LoadError, Loaded, Map, Options, Ring};
use crate::diag::{self, Code, Diagnostic, Faults, Source, Span};
use crate::hook::AttachTo;
use crate::plan::{Plan, Probe, Program, Tasks};

/// The largest ring buffer that is made unasked, bytes: it takes ten milliseconds to make, and holds
/// what a fast producer makes in a tenth of a second.
const RING_MAX: u64 = 32 << 20;

/// A program's text and its object, ready for this kernel.
pub struct Object {
    /// What was compiled.
    pub text: String,
    /// ELF.
    pub bytes: Vec<u8>,
}

/// How programs are loaded.
#[derive(Debug, Clone, Copy)]
pub struct Loading {
    /// Bytes of the ring buffer; by default what suits the machine.
    pub buffer: Option<u32>,
    /// Whether the verifier's log is shown in full.
    pub verbose: bool,
}

/// One config in the kernel, not attached yet.
pub struct Session {
    /// What it does.
    pub plan: Plan,
    loaded: Loaded,
    /// Bytes of the ring buffer.
    ring: u32,
}

impl Session {
    /// Loads `object`, which was made of `plan`.
    pub fn load(plan: Plan, object: Object, how: Loading) -> Result<Self, Failure> {
        let ring = how.buffer.unwrap_or_else(ring_size);
        let mut options = Options::default();
        options.max_entries.insert("EVENTS".into(), ring);
        for program in plan.probes.iter().flat_map(|probe| &probe.programs) {
            options.variants.insert(program.name.clone(), places::variants(program));
        }
        match bpf::load(&object.bytes, &options) {
            Ok(loaded) => Ok(Self { plan, loaded, ring }),
            Err(LoadError::Verifier { program, log, .. }) => {
                Err(refused(&plan, &object.text, &program, &log, how.verbose))
            }
            Err(fault) => Err(Failure::kernel(fault)),
        }
    }

    /// The ring buffer of its events.
    pub fn ring(&self) -> Result<Ring, Failure> {
        let map = self.loaded.map("EVENTS").ok_or_else(|| missing("EVENTS"))?;
        Ring::new(map.as_fd(), self.ring)
            .map_err(|fault| Failure::kernel(format!("failed to map the ring buffer: {fault}")))
    }

    /// What its programs count.
    pub fn counters(&self) -> Result<Counters, Failure> {
        let map = self.loaded.map("COUNTERS").ok_or_else(|| missing("COUNTERS"))?;
        Counters::new(map).map_err(Failure::kernel)
    }

    /// By probe: calls of functions whose entry is kept and whose return was not seen.
    pub fn unreturned(&self) -> Vec<u64> {
        let calls = |probe: &Probe| {
            if !probe.programs.iter().any(Program::begins_call) {
                return 0;
            }
            // As codegen names it; a name that had to be made unique is not worth more trouble.
            let map = self.loaded.map(&format!("{}_CALLS", probe.name.to_uppercase()));
            map.map_or(0, keys)
        };
        self.plan.probes.iter().map(calls).collect()
    }

    /// Makes a process the first of the command's family.
    pub fn adopt(&self, pid: u32) -> Result<(), Failure> {
        self.family()?.update(&pid.to_ne_bytes(), &[1]).map_err(Failure::kernel)
    }

    /// Leaves nobody in the family.
    pub fn disown(&self) -> Result<(), Failure> {
        let family = self.family()?;
        let mut pid = [0; 4];
        // Those that are left may go on forking, but not for ever in this loop.
        for _ in 0..2 * u64::from(family.max_entries()) {
            if !family.next_key(None, &mut pid).map_err(Failure::kernel)? {
                break;
            }
            family.delete(&pid).map_err(Failure::kernel)?;
        }
        Ok(())
    }

    fn family(&self) -> Result<&Map, Failure> {
        self.loaded.map("FAMILY").ok_or_else(|| missing("FAMILY"))
    }

    /// Attaches the program of that name; `hook` is what asks for it in the config.
    fn link(&self, program: &str, to: &AttachTo, hook: Option<Span>) -> Result<Link, Failure> {
        let program = self.loaded.program(program).ok_or_else(|| missing(program))?;
        attach::attach(program, to, &[], None).map_err(|fault| self.unattachable(&fault, hook))
    }

    fn unattachable(&self, fault: &AttachError, hook: Option<Span>) -> Failure {
        let mut faults = Faults::new(self.plan.source.clone());
        let message = format!("`{}` cannot be attached", fault.to);
        let diagnostic = Diagnostic::error(Code::HookUnavailable, hook, message);
        faults.push(diagnostic.note(fault.reason.to_string()));
        front::failure(&faults)
    }
}

/// How many keys a map holds.
fn keys(map: &Map) -> u64 {
    let mut key: Option<Vec<u8>> = None;
    let mut next = vec![0; map.key_size()];
    let mut count = 0;
    while count < u64::from(map.max_entries())
        && map.next_key(key.as_deref(), &mut next).unwrap_or(false)
    {
        key = Some(next.clone());
        count += 1;
    }
    count
}

/// A ring buffer that suits this machine: at most a 256th of its memory.
fn ring_size() -> u32 {
    let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = total.and_then(|total| total.trim().trim_end_matches(" kB").parse::<u64>().ok());
    let share = kib.map_or(RING_MAX, |kib| kib * 1024 / 256).clamp(1 << 20, RING_MAX);
    // Rounded down to a power of two; `share` is at most 32 MiB, so it fits.
    1 << share.ilog2()
}

/// Every program at its places; dropping this detaches them all.
pub struct Attached {
    links: Vec<Link>,
    /// By probe: places that the kernel refused.
    skipped: Vec<usize>,
}

impl Attached {
    /// Attaches all programs of all sessions. `pid` is the only process that is wanted, if it is one.
    pub fn new(sessions: &[Session], pid: Option<u32>) -> Result<Self, Failure> {
        let mut links = Vec::new();
        let mut skipped = Vec::new();
        for session in sessions {
            if session.plan.tasks == Tasks::Family {
                links.extend(follow(session)?);
            }
            for probe in &session.plan.probes {
                let result = places::attach(probe, &session.loaded, pid, &mut links);
                skipped.push(result.map_err(|fault| match fault {
                    places::Failure::Missing(program) => missing(&program),
                    places::Failure::Attach(fault, hook) => {
                        session.unattachable(&fault, Some(hook))
                    }
                })?);
            }
        }
        Ok(Self { links, skipped })
    }

    /// Takes all programs away from their places, many at once.
    pub fn detach(self) {
        attach::detach(self.links);
    }
}

/// Attaches what follows the forks and ends of a family.
fn follow(session: &Session) -> Result<[Link; 2], Failure> {
    let link = |program, name: &str| {
        session.link(program, &AttachTo::RawTracepoint { name: name.into() }, None)
    };
    Ok([link("follow_fork", "sched_process_fork")?, link("follow_exit", "sched_process_exit")?])
}

/// One line for each probe: which hook was chosen, and why those before it were not.
pub fn announce(sessions: &[Session], attached: &Attached) {
    let probes = sessions.iter().flat_map(|session| &session.plan.probes);
    for (probe, skipped) in probes.zip(&attached.skipped) {
        let places: usize = probe.programs.iter().map(|program| program.attach.len()).sum();
        let many = if places > 2 { format!(" ({places} places)") } else { String::new() };
        let passed: String = probe.passed_over.iter().map(|why| format!("; not {why}")).collect();
        let mut notes = probe.notes.clone();
        if *skipped > 0 {
            notes.push(format!("{skipped} left out: the kernel does not let them be probed"));
        }
        let notes: String = notes.iter().map(|note| format!(", {note}")).collect();
        eprintln!("{}: {}{many}{notes}{passed}", probe.name, probe.hook);
        for fallback in &probe.fallbacks {
            eprintln!("{}: {}", probe.name, diag::printable(fallback));
        }
    }
    debug_assert!(!attached.links.is_empty(), "every probe has a place");
}

/// The object lacks what codegen writes into every one: only a damaged cache could do that.
fn missing(name: &str) -> Failure {
    let cure = "clear the cache: `runner cache clear`";
    Failure::kernel(format!("failed to find `{name}` in the compiled object; {cure}"))
}

/// The verifier's refusal as a fault of the line in the config that it comes from.
fn refused(plan: &Plan, text: &str, program: &str, log: &str, verbose: bool) -> Failure {
    let mut faults = Faults::new(plan.source.clone());
    let probes = plan.probes.iter();
    let probe = probes
        .filter(|probe| probe.programs.iter().any(|own| own.name == program))
        .map(|probe| probe.span)
        .next();
    let place = line_of_refusal(&plan.source, text, log);
    let span = place.map(|(span, _)| span).or(probe);
    let last = log.lines().rev().find(|line| says_why(line)).unwrap_or("no log").trim();
    let mut fault =
        Diagnostic::error(Code::Verifier, span, "the kernel's verifier refused the program")
            .note(format!("in program `{program}`: {last}"));
    if !place.is_some_and(|(_, exact)| exact) {
        fault = fault.note("the log names no place after this one; the cause may follow it");
    }
    faults.push(if verbose {
        fault
    } else {
        fault.help("`-v` shows the verifier's log; `runner generate` shows the program")
    });
    if verbose {
        eprintln!("{log}");
    }
    front::failure(&faults)
}

/// Lines of a log that are not its closing statistics.
fn says_why(line: &str) -> bool {
    let statistics = ["processed ", "verification time", "stack depth"];
    !line.trim().is_empty() && !statistics.iter().any(|start| line.starts_with(start))
}

/// The place in the config that the last source line of the verifier's log belongs to, and whether
/// the refused instruction is of that line, not of library code after it.
///
/// The log repeats lines of the program behind `; `, and of library code only where they are; the
/// program names its place in the config in a comment above them.
fn line_of_refusal(source: &Source, text: &str, log: &str) -> Option<(Span, bool)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut quoted = log.lines().rev().filter_map(|line| line.trim().strip_prefix(';')).enumerate();
    let (later, at) = quoted.find_map(|(later, line)| {
        let code = line.split(" @ ").next().unwrap_or(line).trim();
        let at = lines.iter().position(|own| !code.is_empty() && own.trim() == code)?;
        Some((later, at))
    })?;
    let file = std::path::Path::new(&source.path).file_name()?.to_string_lossy().into_owned();
    let number = lines[..=at].iter().rev().find_map(|line| {
        let place = line.trim().trim_start_matches('/').trim();
        let start = place.find(&format!("{file}:"))? + file.len() + 1;
        let digits: String = place[start..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok()
    })?;
    let source = &source.text;
    let start = match number {
        0 | 1 => 0,
        _ => source.match_indices('\n').nth(number - 2)?.0 + 1,
    };
    let line = source[start..].lines().next().unwrap_or_default();
    let indent = line.len() - line.trim_start().len();
    Some((Span::new(start + indent, start + line.trim_end().len()), later == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of Linux 6.18, for a program whose division was made to read at its operand.
    const LOG: &str = "\
13: (79) r3 = *(u64 *)(r8 +16)        ; R3=scalar() R8=ctx()
; record.ret = ctx.field::<i64, 16>(); @ program.rs:42
14: (7b) *(u64 *)(r7 +24) = r3        ; R3=scalar() R7=map_value(map=PROBE_CALLS,ks=8,vs=48)
;  @ number.rs:18
15: (79) r2 = *(u64 *)(r3 +0)
R3 invalid mem access 'scalar'
processed 15 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 0
";

    fn place(log: &str) -> Option<(usize, bool)> {
        let text = "probes:\n  - ret: retval\n  - half: retval / 2\n".to_owned();
        let source = Source { path: "a/probe.yaml".into(), text };
        let program = "    // probe.yaml:2\n    record.ret = ctx.field::<i64, 16>();\n\
            // probe.yaml:3\n    record.half = 1;\n";
        let (span, exact) = line_of_refusal(&source, program, log)?;
        Some((source.position(span.start).0, exact))
    }

    #[test]
    fn a_refusal_is_traced_to_the_line_of_the_config() {
        assert_eq!(place(LOG), Some((2, false)));
        assert_eq!(place(&LOG.replace(";  @ number.rs:18\n", "")), Some((2, true)));
        let other = LOG.replace(";  @ number.rs:18", "; record.half = 1; @ program.rs:45");
        assert_eq!(place(&other), Some((3, true)));
        assert_eq!(place("R3 invalid mem access 'scalar'\n"), None);
    }

    #[test]
    fn statistics_are_no_reason() {
        let last = LOG.lines().rev().find(|line| says_why(line));
        assert_eq!(last, Some("R3 invalid mem access 'scalar'"));
    }
}
