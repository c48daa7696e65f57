//! How often each field had no value, and why.

use crate::expr::{Missing, Step};
use crate::read::{Record, Value};

/// The missing values of one probe.
#[derive(Debug, Clone)]
pub struct Nulls {
    /// By field: what the program left in place of the value, of each sort the first, and in how many
    /// events.
    fields: Vec<Vec<(Missing, u64)>>,
}

impl Nulls {
    /// None yet, of a probe with so many fields.
    pub fn new(fields: usize) -> Self {
        Self { fields: vec![Vec::new(); fields] }
    }

    /// Takes the missing values of an event.
    pub fn add(&mut self, record: &Record) {
        for (index, (value, sorts)) in record.values().zip(&mut self.fields).enumerate() {
            if value != Value::Null {
                continue;
            }
            let missing = record.missing(index).unwrap_or(Missing::UNKNOWN);
            match sorts.iter_mut().find(|(known, _)| known.is_like(missing)) {
                Some((_, count)) => *count += 1,
                None => sorts.push((missing, 1)),
            }
        }
    }

    /// In how many events the field was missing, and why: the most frequent reason first.
    pub fn of(&self, field: usize, steps: &[Step]) -> (u64, String) {
        let mut sorts = self.fields.get(field).cloned().unwrap_or_default();
        sorts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let reason =
            |(missing, count): &(Missing, u64)| format!("{count} \u{d7} {}", missing.reason(steps));
        let reasons: Vec<String> = sorts.iter().map(reason).collect();
        (sorts.iter().map(|(_, count)| count).sum(), reasons.join(", "))
    }
}
