//! Clocks and counters, as perf events of every CPU or of one.
//!
//! In: a program and when it is to run. Out: what holds it there, one part a CPU.

use std::io;
use std::os::fd::BorrowedFd;

use super::Reason;
use crate::bpf::{Attachment, KernelError, Refusal, Sampled, When};
use crate::hook::{HookKind, Pace, Sampling};

/// Attaches on every CPU that is online; on one for an interval.
pub(super) fn attach(
    program: BorrowedFd<'_>,
    sampling: Sampling,
) -> Result<Vec<Attachment>, Reason> {
    let events = match sampling {
        Sampling::Profile(pace) => Sampled::clock(when(pace)).open_everywhere(),
        Sampling::Interval(pace) => Sampled::clock(when(pace)).open_once().map(|one| vec![one]),
        Sampling::Count { event, every } => {
            let hardware = event.kind == HookKind::Hardware;
            let when = When::Every(every);
            Sampled { hardware, number: event.number, when }.open_everywhere()
        }
    };
    let events = events.map_err(|error| explain(error, sampling))?;
    let attached = events.into_iter().map(|event| event.attach(program));
    attached.collect::<io::Result<_>>().map_err(|error| KernelError::from(error).into())
}

fn when(pace: Pace) -> When {
    pace.hertz().map_or(When::Every(pace.nanoseconds()), When::Hertz)
}

/// What the errors of perf_event_open(2) mean for these kinds.
fn explain(error: io::Error, sampling: Sampling) -> Reason {
    let counts = matches!(sampling, Sampling::Count { .. });
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::EOPNOTSUPP | libc::ENODEV) if counts => Reason::NoCounter,
        // The rate was within the limit when the config was planned; the kernel may lower it.
        Some(libc::EINVAL) if !counts => Reason::TooOften,
        Some(libc::EACCES) => KernelError::Refused(Refusal::find()).into(),
        _ => KernelError::from(error).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Span;
    use crate::hook::{Target, parse};

    #[test]
    fn errors_say_which_of_the_reasons_it_is() {
        let explain = |hook: &str, errno| {
            let hook = parse(hook, &|range| Span::new(range.start, range.end)).unwrap();
            let Target::Sampling(sampling) = hook.target else { panic!("{hook}") };
            explain(io::Error::from_raw_os_error(errno), sampling)
        };
        assert!(matches!(explain("hardware:cycles", libc::ENOENT), Reason::NoCounter));
        assert!(matches!(explain("hardware:cycles", libc::EOPNOTSUPP), Reason::NoCounter));
        assert!(matches!(explain("profile:hz:99", libc::EINVAL), Reason::TooOften));
        let refused = explain("profile:hz:99", libc::EACCES);
        assert!(matches!(refused, Reason::Kernel(KernelError::Refused(_))));
        let other = explain("profile:hz:99", libc::EMFILE);
        assert!(matches!(other, Reason::Kernel(KernelError::Os(_))));
    }
}
