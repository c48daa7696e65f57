//! Entries to bytes.

use std::io::{self, Write};

use serde::Serialize;

use super::{Case, Head, MAGIC, Name, VERSION};
use crate::read::Summary;

/// Collects entries, and hands them on when told to.
pub struct Writer<W> {
    out: W,
    pending: Vec<u8>,
    /// Why an entry could not be made; told when it should have been written.
    fault: Option<serde_json::Error>,
}

impl<W: Write> Writer<W> {
    /// Begins a recording in `out`.
    pub fn new(out: W, head: &Head) -> io::Result<Self> {
        let mut pending = MAGIC.to_vec();
        pending.extend(VERSION.to_le_bytes());
        let mut writer = Self { out, pending, fault: None };
        writer.json(1, head);
        writer.flush()?;
        Ok(writer)
    }

    /// A record of the config whose first probe has the index `base`.
    pub fn event(&mut self, base: usize, bytes: &[u8]) {
        self.entry(2, &[&(base as u32).to_le_bytes(), bytes]);
    }

    /// A new distance of the clocks.
    pub fn distance(&mut self, nanos: i64) {
        self.entry(3, &[&nanos.to_le_bytes()]);
    }

    /// Events that were lost.
    pub fn lost(&mut self, probe: usize, count: u64) {
        self.entry(4, &[&(probe as u32).to_le_bytes(), &count.to_le_bytes()]);
    }

    /// What follows is of that test.
    pub fn case(&mut self, case: &Case) {
        self.json(5, case);
    }

    /// What something is called from here on.
    pub fn name(&mut self, name: &Name) {
        self.json(7, name);
    }

    /// Ends the recording.
    pub fn end(mut self, summary: &Summary) -> io::Result<W> {
        self.json(6, summary);
        self.flush()?;
        Ok(self.out)
    }

    /// Writes what has been collected.
    pub fn flush(&mut self) -> io::Result<()> {
        if let Some(fault) = self.fault.take() {
            return Err(fault.into());
        }
        let result = self.out.write_all(&self.pending).and_then(|()| self.out.flush());
        self.pending.clear();
        result
    }

    fn json(&mut self, kind: u8, value: &impl Serialize) {
        match serde_json::to_vec(value) {
            Ok(text) => self.entry(kind, &[&text]),
            Err(fault) => self.fault = Some(fault),
        }
    }

    fn entry(&mut self, kind: u8, parts: &[&[u8]]) {
        let start = self.pending.len();
        self.pending.extend([0; 8]);
        self.pending.push(kind);
        for part in parts {
            self.pending.extend_from_slice(part);
        }
        let body = &self.pending[start + 8..];
        let (len, sum) = (body.len() as u32, crc32fast::hash(body));
        self.pending[start..start + 4].copy_from_slice(&len.to_le_bytes());
        self.pending[start + 4..start + 8].copy_from_slice(&sum.to_le_bytes());
    }
}
