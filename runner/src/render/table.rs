//! Aligned columns. Probes of one run share the columns whose fields have one name.

use super::print::{pad, show};
use super::{Machine, View};
use crate::config::Align;
use crate::layout::{Show, Slot, SlotKind};
use crate::read::Record;

/// The columns of a run.
pub struct Table {
    columns: Vec<Column>,
    probes: Vec<Row>,
}

struct Column {
    name: String,
    /// What is in it, in words.
    sort: &'static str,
    width: usize,
    align: Align,
}

struct Row {
    name: String,
    /// For each column, which field stands in it.
    fields: Vec<Option<usize>>,
}

impl Table {
    pub fn new(views: &[View]) -> Self {
        let mut columns: Vec<Column> = Vec::new();
        let rows = views.iter().filter(|view| view.print.is_none());
        if rows.clone().count() > 1 {
            let longest = rows.clone().map(|view| view.name.len()).max().unwrap_or_default();
            let (name, width) = ("probe".to_owned(), longest.max(5));
            columns.push(Column { name, sort: "text", width, align: Align::Left });
        }
        for slot in rows.flat_map(|view| &view.layout.slots) {
            match columns.iter_mut().find(|column| column.name == slot.name) {
                None => columns.push(Column::new(slot)),
                Some(column) => column.widen(slot),
            }
        }
        let row = |view: &View| Row {
            name: view.name.clone(),
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
        let fields: Vec<_> = record.fields().collect();
        let start = out.len();
        let mut cell = Vec::new();
        for (column, field) in self.columns.iter().zip(&row.fields) {
            cell.clear();
            match field {
                Some(index) => {
                    let (slot, value) = fields[*index];
                    show(slot, value, None, machine, &mut cell);
                }
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
    fn new(slot: &Slot) -> Self {
        let (name, width) = (slot.name.clone(), slot.name.len());
        let mut column = Self { name, sort: slot.in_words(), width, align: Align::Right };
        column.widen(slot);
        column
    }

    /// Room for the usual values of `slot`; longer ones push what follows to the right.
    fn widen(&mut self, slot: &Slot) {
        self.width = self.width.max(width(slot));
        if slot.kind == SlotKind::Null {
            return;
        }
        if is_text(slot) || slot.in_words() != self.sort {
            self.align = Align::Left;
        }
    }

    fn cell(&self, line: usize, text: &[u8], out: &mut Vec<u8>) {
        if out.len() > line {
            out.extend_from_slice(b"  ");
        }
        pad(text, self.align, self.width, out);
    }
}

/// Whether people read words there, not a number.
fn is_text(slot: &Slot) -> bool {
    match slot.kind {
        SlotKind::Comm
        | SlotKind::Text(_)
        | SlotKind::Bytes(_)
        | SlotKind::Strings(_)
        | SlotKind::Place
        | SlotKind::Path(_)
        | SlotKind::Stack(_) => true,
        _ => matches!(slot.show, Show::Names(_) | Show::Flags(_) | Show::Ip | Show::Only(_)),
    }
}

/// Characters that the usual values of `slot` take.
fn width(slot: &Slot) -> usize {
    let bare = match slot.kind {
        SlotKind::Unsigned(64) | SlotKind::Signed(64) => 10,
        SlotKind::Unsigned(_) | SlotKind::Signed(_) => 7,
        SlotKind::Null => 4,
        SlotKind::Bool => 5,
        SlotKind::Address | SlotKind::UserAddress => 18,
        SlotKind::Path(_) => 32,
        SlotKind::Strings(_) => 48,
        SlotKind::Stack(_) => 64,
        SlotKind::Comm => 15,
        SlotKind::Place => 20,
        SlotKind::Text(max) | SlotKind::Bytes(max) => (max as usize).min(32),
        SlotKind::Nsecs | SlotKind::Time => 15,
    };
    let show = match &slot.show {
        Show::Only(show) => show,
        show => show,
    };
    match show {
        Show::Plain | Show::Only(_) => bare,
        // As long as the longest of 32 bits.
        Show::Dec | Show::Hex | Show::Oct => bare.max(10),
        Show::Names(names) => names.width().min(24),
        Show::Flags(_) | Show::Symbol => 24,
        Show::Duration | Show::Mode => 10,
        Show::Bytes => 9,
        Show::Time(_) => 30,
        Show::Dev(_) => 7,
        Show::Cgroup => 32,
        Show::Ip | Show::SocketAddress => 15,
        Show::Mac => 17,
    }
}

/// Ends the line without blanks at its end.
fn end_line(out: &mut Vec<u8>) {
    while out.last() == Some(&b' ') {
        out.pop();
    }
    out.push(b'\n');
}
