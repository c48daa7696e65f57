//! `--save`: the recording of a run.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::rc::Rc;

use super::super::Failure;
use crate::config::Config;
use crate::facts::Facts;
use crate::read::Summary;
use crate::recording::{Head, Noted, Recorded, Writer};
use crate::render::Renderer;
use crate::symbolize::LiveNames;

/// The head of a recording that is made on the kernel of `facts`; its probes and clocks are to come.
pub fn head(configs: &[Config], facts: &dyn Facts) -> Head {
    let recorded = |config: &Config| Recorded {
        name: config.name.clone(),
        digest: config.digest.clone(),
        probes: config.probes.len(),
    };
    Head {
        runner: env!("CARGO_PKG_VERSION").to_owned(),
        kernel: facts.release().to_owned(),
        configs: configs.iter().map(recorded).collect(),
        probes: Vec::new(),
        distance: 0,
    }
}

/// A recording under way.
pub struct Saver {
    path: String,
    writer: Writer<File>,
    /// What the renderer asks.
    names: Rc<RefCell<Noted<LiveNames>>>,
}

impl Saver {
    /// Begins a recording in `file`, which is at `path`.
    pub fn new(
        path: String,
        file: File,
        head: &Head,
        names: Rc<RefCell<Noted<LiveNames>>>,
    ) -> Result<Self, Failure> {
        match Writer::new(file, head) {
            Ok(writer) => Ok(Self { path, writer, names }),
            Err(fault) => Err(failed(&path, &fault)),
        }
    }

    /// Adds an event that `renderer` has shown, behind the names that are new with it.
    pub fn event(&mut self, renderer: &mut Renderer, base: usize, bytes: &[u8]) {
        // Another format may show what this one does not.
        renderer.ask_names(base, bytes);
        for name in self.names.borrow_mut().take() {
            self.writer.name(&name);
        }
        self.writer.event(base, bytes);
    }

    /// Where other entries are added.
    pub fn entries(&mut self) -> &mut Writer<File> {
        &mut self.writer
    }

    /// Writes what has been added.
    pub fn flush(&mut self) -> Result<(), Failure> {
        self.writer.flush().map_err(|fault| failed(&self.path, &fault))
    }

    /// Ends the recording.
    pub fn end(self, summary: &Summary) -> Result<(), Failure> {
        self.writer.end(summary).map(drop).map_err(|fault| failed(&self.path, &fault))
    }
}

/// Makes the file of a recording, before anything is loaded.
pub fn create(path: &str) -> Result<File, Failure> {
    File::create(path)
        .map_err(|fault| Failure::usage(format!("failed to create `{path}`: {fault}")))
}

fn failed(path: &str, fault: &io::Error) -> Failure {
    Failure::kernel(format!("failed to write the recording to `{path}`: {fault}"))
}
