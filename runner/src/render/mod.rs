//! Events to text: a table, JSON lines, CSV, or the probe's own `print:` format.
//!
//! In: [`Record`]s. Out: bytes appended to a buffer that the caller writes. Nothing here writes.

mod clock;
mod csv;
mod decode;
mod json;
mod list;
mod machine;
mod nulls;
mod print;
mod shown;
mod table;
mod text;

use serde::{Deserialize, Serialize};

use crate::config::PrintFormat;
use crate::diag::plural;
use crate::expr::Steps;
use crate::layout::Layout;
use crate::read::{Malformed, Record};

pub use clock::{Clock, Distance};
pub use machine::{Machine, Names};
use nulls::Nulls;
pub use text::{escaped, is_deceptive};

/// How events are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Aligned columns with a header.
    Table,
    /// One JSON object a line.
    Json,
    /// Comma-separated values with a header.
    Csv,
}

/// What is shown of one probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Its name.
    pub name: String,
    /// Its record.
    pub layout: Layout,
    /// Its `print:`.
    pub print: Option<PrintFormat>,
    /// The steps towards its values that can fail.
    pub steps: Steps,
}

impl AsRef<Layout> for View {
    fn as_ref(&self) -> &Layout {
        &self.layout
    }
}

/// Renders the events of a run.
pub struct Renderer {
    views: Vec<View>,
    machine: Machine,
    style: Rows,
    /// By probe: events shown.
    events: Vec<u64>,
    /// By probe: values that were missing.
    nulls: Vec<Nulls>,
}

enum Rows {
    Table(table::Table),
    Json(json::Json),
    Csv(csv::Csv),
}

impl Renderer {
    /// A renderer of `views`, in which records name their probe by index.
    pub fn new(format: Format, views: Vec<View>, machine: Machine) -> Self {
        let style = match format {
            Format::Table => Rows::Table(table::Table::new(&views)),
            Format::Json => Rows::Json(json::Json::new(&views)),
            Format::Csv => Rows::Csv(csv::Csv::new(&views)),
        };
        let nulls = views.iter().map(|view| Nulls::new(view.layout.slots.len())).collect();
        let events = vec![0; views.len()];
        Self { views, machine, style, events, nulls }
    }

    /// The probes shown.
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Takes a new distance between the clocks.
    pub fn set_distance(&mut self, distance: i64) {
        self.machine.clock.set(distance);
    }

    /// What stands before the first event.
    pub fn header(&self, out: &mut Vec<u8>) {
        match &self.style {
            Rows::Table(table) => table.header(out),
            Rows::Csv(csv) => csv.header(out),
            Rows::Json(_) => {}
        }
    }

    /// One event, as one line. `base` is the index of its config's first probe.
    pub fn event(&mut self, base: usize, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Malformed> {
        let record = Record::parse(&self.views, base, bytes)?;
        self.events[record.probe] += 1;
        let view = &self.views[record.probe];
        self.nulls[record.probe].add(&record);
        match (&mut self.style, &view.print) {
            (Rows::Json(json), _) => json.event(&record, &mut self.machine, out),
            (Rows::Csv(csv), _) => csv.event(&record, &mut self.machine, out),
            (Rows::Table(_), Some(format)) => {
                print::event(format, view, &record, &mut self.machine, out);
            }
            (Rows::Table(table), None) => table.event(&record, &mut self.machine, out),
        }
        Ok(())
    }

    /// Says that `count` events of a probe were lost here: in the stream, or on standard error where
    /// the format has no place for it.
    pub fn lost(&self, probe: usize, count: u64, out: &mut Vec<u8>) {
        let name = &self.views[probe].name;
        match self.style {
            Rows::Json(_) => json::lost(name, count, out),
            _ => eprintln!("runner: {} of {name} lost", plural(count, "event")),
        }
    }

    /// Asks for the names of all that a record holds, whether or not the format shows it.
    pub fn ask_names(&mut self, base: usize, bytes: &[u8]) {
        let Ok(record) = Record::parse(&self.views, base, bytes) else { return };
        for (slot, value) in record.fields() {
            shown::shown(slot, value, &mut self.machine);
        }
    }

    /// How many events of a probe were shown.
    pub fn events(&self, probe: usize) -> u64 {
        self.events[probe]
    }

    /// The fields of a probe that were ever missing, in how many events, and why.
    pub fn nulls(&self, probe: usize) -> impl Iterator<Item = (&str, u64, String)> {
        let view = &self.views[probe];
        let fields = view.layout.slots.iter().enumerate().map(move |(index, slot)| {
            let (count, why) = self.nulls[probe].of(index, view.steps.of(index));
            (slot.name.as_str(), count, why)
        });
        fields.filter(|(_, count, _)| *count > 0)
    }
}
