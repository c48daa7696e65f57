//! Aligned columns. Probes of one run share the columns whose fields have one name.

use super::print::{pad, show};
use super::{Machine, View};
use crate::config::Align;
use crate::layout::SlotKind;
use crate::read::Record;

/// The columns of a run.
pub struct Table {
    columns: Vec<Column>,
    probes: Vec<Row>,
}

struct Column {
    name: String,
    kind: SlotKind,
    width: usize,
    align: Align,
}

struct Row {
    name: String,
    kinds: Vec<SlotKind>,
    /// For each column, which field stands in it.
    fields: Vec<Option<usize>>,
}

impl Table {
    pub fn new(views: &[View]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        let rows = views.iter().filter(|view| view.print.is_none());
        if rows.clone().count() > 1 {
            let longest = rows.clone().map(|view| view.name.len()).max().unwrap_or_default();
            let mut column = Column::new("probe", SlotKind::Comm);
            column.width = longest.max(5);
            columns.push(column);
        }
        for slot in rows.flat_map(|view| &view.layout.slots) {
            match columns.iter_mut().find(|column| column.name == slot.name) {
                None => columns.push(Column::new(&slot.name, slot.kind)),
                Some(column) => column.widen(slot.kind),
            }
        }
        let row = |view: &View| Row {
            name: view.name.clone(),
            kinds: view.layout.slots.iter().map(|slot| slot.kind).collect(),
            fields: columns
                .iter()
                .map(|column| view.layout.slots.iter().position(|slot| slot.name == column.name))
                .collect(),
        };
        let probes = views.iter().map(row).collect();
        Self { columns, probes }
    }

    pub fn header(&self, out: &mut Vec<u8>) {
        if self.columns.is_empty() {
            return;
        }
        let start = out.len();
        for column in &self.columns {
            column.cell(start, column.name.to_uppercase().as_bytes(), out);
        }
        end_line(out);
    }

    pub fn event(&self, record: &Record, machine: &mut Machine, out: &mut Vec<u8>) {
        let row = &self.probes[record.probe];
        let values: Vec<_> = record.values().collect();
        let start = out.len();
        let mut cell = Vec::new();
        for (column, field) in self.columns.iter().zip(&row.fields) {
            cell.clear();
            match field {
                Some(index) => show(values[*index], row.kinds[*index], false, machine, &mut cell),
                // `probe` is reserved, so no field can have that name.
                None if column.name == "probe" => cell.extend_from_slice(row.name.as_bytes()),
                None => {}
            }
            column.cell(start, &cell, out);
        }
        end_line(out);
    }
}

impl Column {
    fn new(name: &str, kind: SlotKind) -> Self {
        let mut column =
            Self { name: name.to_owned(), kind, width: name.len(), align: Align::Left };
        column.widen(kind);
        column
    }

    /// Room for the usual values of `kind`; longer ones push what follows to the right.
    fn widen(&mut self, kind: SlotKind) {
        let text = SlotKind::Text(0);
        if !kind.alike(text)
            && !matches!(kind, SlotKind::Stack(_) | SlotKind::KernelSymbol | SlotKind::UserSymbol)
        {
            self.align = Align::Right;
        }
        if !self.kind.alike(kind) {
            self.align = Align::Left;
        }
        let width = match kind {
            SlotKind::Unsigned(64) | SlotKind::Signed(64) => 10,
            SlotKind::Unsigned(_) | SlotKind::Signed(_) => 7,
            SlotKind::Null => 4,
            SlotKind::Bool => 5,
            SlotKind::Address => 18,
            SlotKind::KernelSymbol | SlotKind::UserSymbol => 24,
            SlotKind::Path(_) | SlotKind::Cgroup => 32,
            SlotKind::Stack(_) => 64,
            SlotKind::Comm => 15,
            SlotKind::Place => 20,
            SlotKind::Text(max) => (max as usize).min(32),
            SlotKind::Nsecs | SlotKind::Time => 15,
        };
        self.width = self.width.max(width);
    }

    fn cell(&self, line: usize, text: &[u8], out: &mut Vec<u8>) {
        if out.len() > line {
            out.extend_from_slice(b"  ");
        }
        pad(text, self.align, self.width, out);
    }
}

/// Ends the line without blanks at its end.
fn end_line(out: &mut Vec<u8>) {
    while out.last() == Some(&b' ') {
        out.pop();
    }
    out.push(b'\n');
}
