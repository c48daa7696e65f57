//! `runner run`: from configs to printed events.
//!
//! [`run`] is the list of the stages; the files beside it hold what a running probe needs.

mod command;
mod events;
mod load;
mod output;
mod places;
mod signals;
mod stages;
mod summary;

use super::{Failure, Outcome, front};
use crate::bpf;
use crate::cli::RunArgs;
use crate::codegen;
use crate::compile::{self, Cache, Search};
use crate::facts::Facts;
use crate::link;
use crate::plan::{Plan, Tasks};
use crate::render::{Clock, Machine, Renderer, View};
use crate::symbolize::LiveNames;

use command::Waiting;
use events::Ends;
use load::{Attached, Session};
use stages::Stages;

/// Runs the probes of all configs until something ends them.
pub fn run(args: &RunArgs) -> Result<Outcome, Failure> {
    let mut stages = Stages::new(args.verbose);
    let mut configs = Vec::new();
    for path in &args.configs {
        configs.push(front::parse(path)?);
    }
    stages.end("config");

    let facts = front::facts(args.btf.as_deref())?.with_attach_max(args.max_attach);
    let tasks = tasks(args)?;
    let plans: Result<Vec<_>, _> =
        configs.iter().map(|config| front::plan(config, &facts, tasks)).collect();
    let plans = plans?;
    stages.end("plan");

    let signals = signals::Signals::take().map_err(Failure::kernel)?;
    let process = command::watch(args.pid)?;
    let command = Waiting::start(&args.command)?;
    let pid = args.pid.or(command.as_ref().map(|command| command.pid));
    let mut sessions = Vec::new();
    for plan in plans {
        let object = object(&plan, &facts, pid, &mut stages)?;
        sessions.push(Session::load(plan, object, args)?);
        stages.end("load");
    }
    // The kernel's types have done their work; their memory is given back before events flow.
    drop(facts);
    drop(configs);

    let attached = Attached::new(&sessions, pid)?;
    let command = command.map(Waiting::release).transpose()?;
    stages.end("attach");
    load::announce(&sessions, &attached);
    stages.attached();

    let views = views(&sessions);
    let names = LiveNames::new(views.iter().map(|view| &view.layout));
    let machine = Machine { clock: Clock::new(), names: Box::new(names) };
    let renderer = Renderer::new(args.output, views, machine);
    stages.memory();
    events::run(args, &sessions, attached, renderer, signals, Ends { command, process })
}

/// Whose events are wanted.
fn tasks(args: &RunArgs) -> Result<Tasks, Failure> {
    let (tasks, how) = match (args.pid, args.command.is_empty()) {
        (Some(_), _) => (Tasks::Process, "-p"),
        (None, false) => (Tasks::Family, "-- COMMAND"),
        (None, true) => return Ok(Tasks::All),
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
fn object(
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

fn views(sessions: &[Session]) -> Vec<View> {
    let probes = sessions.iter().flat_map(|session| &session.plan.probes);
    probes
        .map(|probe| View {
            name: probe.name.clone(),
            layout: probe.layout.clone(),
            print: probe.print.clone(),
        })
        .collect()
}
