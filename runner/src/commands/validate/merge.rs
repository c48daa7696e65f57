//! The faults of one config on several kernels to one list: what is the same on several kernels stands
//! there once, and says on which.

use crate::diag::Diagnostic;

/// A fault, with the kernels that have it.
struct Merged {
    /// As the first kernel has it.
    fault: Diagnostic,
    /// Which of several at its place, of its kind, on one kernel.
    nth: usize,
    /// On which kernels it says the same.
    kernels: Vec<usize>,
    /// What it says on others.
    others: Vec<(usize, String)>,
}

/// The faults of all kernels, in the order found. `names` has a name for each list; without names
/// nothing is said of kernels.
pub fn merge(lists: Vec<Vec<Diagnostic>>, names: Option<&[&str]>) -> Vec<Diagnostic> {
    let mut merged: Vec<Merged> = Vec::new();
    for (kernel, list) in lists.into_iter().enumerate() {
        let mut seen: Vec<(&Diagnostic, usize)> = Vec::new();
        for fault in &list {
            let alike = |other: &Diagnostic| (other.span, other.code) == (fault.span, fault.code);
            let nth = seen.iter().filter(|(other, _)| alike(other)).count();
            seen.push((fault, nth));
            match merged.iter_mut().find(|other| other.nth == nth && alike(&other.fault)) {
                Some(known) if known.fault.message == fault.message => known.kernels.push(kernel),
                Some(known) => known.others.push((kernel, fault.message.clone())),
                None => {
                    let fault = fault.clone();
                    merged.push(Merged { fault, nth, kernels: vec![kernel], others: Vec::new() });
                }
            }
        }
    }
    merged.into_iter().map(|merged| merged.noted(names)).collect()
}

impl Merged {
    /// The fault, with notes on the kernels that have it.
    fn noted(self, names: Option<&[&str]>) -> Diagnostic {
        let Some(names) = names else { return self.fault };
        let name = |kernel: &usize| names.get(*kernel).copied().unwrap_or_default();
        let on = match self.kernels.len() == names.len() && names.len() > 1 {
            true => "on every kernel".to_owned(),
            false => format!("on {}", self.kernels.iter().map(name).collect::<Vec<_>>().join(", ")),
        };
        let others = self.others.iter();
        others.fold(self.fault.note(on), |fault, (kernel, message)| {
            fault.note(format!("on {}: {message}", name(kernel)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Span};

    fn fault(at: usize, message: &str) -> Diagnostic {
        Diagnostic::error(Code::UnknownHook, Span::new(at, at + 1), message)
    }

    fn notes(lists: Vec<Vec<Diagnostic>>) -> Vec<(String, Vec<String>)> {
        let merged = merge(lists, Some(&["5.10", "6.1", "7.2"]));
        merged.into_iter().map(|fault| (fault.message, fault.notes)).collect()
    }

    #[test]
    fn the_same_on_several_kernels_stands_once() {
        let found = notes(vec![
            vec![fault(1, "a"), fault(2, "b")],
            vec![fault(1, "a"), fault(2, "another b"), fault(2, "c")],
            vec![fault(1, "a"), fault(2, "b")],
        ]);
        let on = |message: &str, notes: &[&str]| {
            (message.to_owned(), notes.iter().map(|note| (*note).to_owned()).collect::<Vec<_>>())
        };
        let wanted = [
            on("a", &["on every kernel"]),
            on("b", &["on 5.10, 7.2", "on 6.1: another b"]),
            on("c", &["on 6.1"]),
        ];
        assert_eq!(found, wanted);
    }

    #[test]
    fn without_names_nothing_is_said() {
        let merged = merge(vec![vec![fault(1, "a")]], None);
        assert_eq!(merged, [fault(1, "a")]);
        let one = merge(vec![vec![fault(1, "a")]], Some(&["6.1"]));
        assert_eq!(one[0].notes, ["on 6.1"]);
    }
}
