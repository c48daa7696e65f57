//! `runner run`: from configs to printed events.
//!
//! [`run`] is the list of the stages; the files beside it hold what a running probe needs.

pub(super) mod command;
mod events;
pub(super) mod load;
mod output;
mod places;
pub(super) mod save;
pub(super) mod signals;
pub(super) mod stages;
pub(super) mod streams;
pub(super) mod summary;

use std::cell::RefCell;
use std::rc::Rc;

use super::{Failure, Outcome, front};
use crate::bpf;
use crate::cli::RunArgs;
use crate::codegen;
use crate::compile::{self, Cache, Search};
use crate::facts::Facts;
use crate::link;
use crate::plan::{Plan, Tasks};
use crate::recording::{Head, Noted};
use crate::render::{Clock, Distance, Machine, Names, Renderer, View};
use crate::symbolize::LiveNames;

use command::Waiting;
use events::{Ends, Out};
use load::{Attached, Loading, Session};
use save::Saver;
use stages::Stages;

/// Runs the probes of all configs until something ends them.
pub fn run(args: &RunArgs) -> Result<Outcome, Failure> {
    let mut stages = Stages::new(args.verbose);
    let mut configs = Vec::new();
    for path in &args.configs {
        let mut config = front::parse(path)?;
        front::set(&mut config, &args.params.settings)?;
        configs.push(config);
    }
    front::check_settings(&configs, &args.params.settings)?;
    stages.end("config");

    let facts = front::facts(args.btf.as_deref())?.with_attach_max(args.max_attach);
    let tasks = tasks(args.pid, !args.command.is_empty())?;
    let plans: Result<Vec<_>, _> =
        configs.iter().map(|config| front::plan(config, &facts, tasks)).collect();
    let plans = plans?;
    stages.end("plan");

    let file = args.save.as_deref().map(save::create).transpose()?;
    let head = save::head(&configs, &facts);
    let signals = signals::Signals::take().map_err(Failure::kernel)?;
    let process = command::watch(args.pid)?;
    let command = Waiting::start(&args.command)?;
    let how = Loading { buffer: args.buffer, verbose: args.verbose };
    let mut sessions = Vec::new();
    for plan in plans {
        let object = object(&plan, &facts, args.pid, &mut stages)?;
        sessions.push(Session::load(plan, object, how)?);
        stages.end("load");
    }
    // The kernel's types have done their work; their memory is given back before events flow.
    drop(facts);
    drop(configs);

    let attached = Attached::new(&sessions, args.pid)?;
    if let Some(command) = &command {
        sessions.iter().try_for_each(|session| session.adopt(command.pid))?;
    }
    let command = command.map(Waiting::release).transpose()?;
    stages.end("attach");
    load::announce(&sessions, &attached);
    stages.attached();

    let distance = Distance::measure();
    let views = views(&sessions);
    let names = LiveNames::new(views.iter().map(|view| &view.layout));
    let (names, saver): (Box<dyn Names>, _) = match args.save.clone().zip(file) {
        Some((path, file)) => {
            let names = Rc::new(RefCell::new(Noted::new(names)));
            let head = Head { probes: views.clone(), distance: distance.nanos(), ..head };
            (Box::new(names.clone()), Some(Saver::new(path, file, &head, names)?))
        }
        None => (Box::new(names), None),
    };
    let machine = Machine { clock: Clock::new(distance.nanos()), names };
    let renderer = Renderer::new(args.output, views, machine);
    stages.memory();
    let ends = Ends { command, process };
    let out = Out { renderer, distance, saver };
    events::run(args, &sessions, attached, out, signals, ends)
}

/// Whose events are wanted: those of a process, of a command, or everybody's.
pub(super) fn tasks(pid: Option<u32>, command: bool) -> Result<Tasks, Failure> {
    let (tasks, how) = match (pid, command) {
        (Some(_), _) => (Tasks::Process, "-p"),
        (None, true) => (Tasks::Family, "-- COMMAND"),
        (None, false) => return Ok(Tasks::All),
    };
    // The kernel's programs know processes by their numbers in the first namespace only.
    if bpf::in_pid_namespace() {
        let text = format!(
            "failed to tell processes apart for `{how}`: this is a container with a pid namespace \
             of its own; start it with the host's (`--pid=host`)"
        );
        return Err(Failure::usage(text));
    }
    Ok(tasks)
}

/// The object of `plan`, ready for this kernel.
pub(super) fn object(
    plan: &Plan,
    facts: &dyn Facts,
    pid: Option<u32>,
    stages: &mut Stages,
) -> Result<load::Object, Failure> {
    let text = codegen::generate(plan).map_err(Failure::usage)?;
    stages.end("generate");
    let cache = Cache::from_environment().map_err(Failure::toolchain)?;
    let compiled =
        compile::compile(&text, &Search::from_environment(), &cache).map_err(Failure::toolchain)?;
    stages.end(if compiled.cached { "compile (cached)" } else { "compile" });
    if let Some(why) = cache.warning().or(compiled.not_kept.as_deref()) {
        eprintln!("warning: the compiled program cannot be kept: {why}");
    }
    let constants = [
        ("run:place", bpf::PLACE),
        ("run:self", u64::from(bpf::own_pid().map_err(Failure::kernel)?)),
        ("run:pid", u64::from(pid.unwrap_or_default())),
    ];
    let bytes =
        link::link(compiled.object, facts.btf().ok(), &constants).map_err(Failure::kernel)?;
    stages.end("link");
    Ok(load::Object { text, bytes })
}

/// What is shown of the probes of `sessions`.
pub(super) fn views(sessions: &[Session]) -> Vec<View> {
    let probes = sessions.iter().flat_map(|session| &session.plan.probes);
    probes
        .map(|probe| View {
            name: probe.name.clone(),
            layout: probe.layout.clone(),
            print: probe.print.clone(),
            steps: probe.steps.clone(),
        })
        .collect()
}
