//! The command line, as clap parses it.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueHint};

use crate::check::Lint;
use crate::diag::DiagFormat;
use crate::render::Format;

/// A YAML file becomes a typed, checked, live kernel probe.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    arg_required_else_help = true,
    after_help = "\
`runner -c FILE` is `runner run -c FILE`.

Exit codes:
  0  ok; also when the output's reader closed it, and on Ctrl-C
  1  findings: of `validate`, `test`, `doctor` or `fmt --check`; of `list`, nothing fits
  2  usage, or faults in a config
  3  no compiler that works
  4  the kernel refused: privileges, a hook, the verifier
  5  events were lost, under --strict-loss"
)]
pub struct Cli {
    /// What to do; without it, `run`.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Of `run`.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What `runner` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch what the configs declare and print their fields.
    Run(RunArgs),
    /// Print the Rust program that a config becomes on this kernel.
    Generate(GenerateArgs),
    /// Check configs, also against kernels other than this one: no root, no compiler.
    Validate(ValidateArgs),
    /// Put what there is to know of this kernel into a file, for `validate --kernel`.
    Snapshot(SnapshotArgs),
    /// Say what a code means, with an example and how to mend it.
    Explain(ExplainArgs),
    /// List the hooks that this kernel, or a program, has.
    List(ListArgs),
    /// Show what can be named at a hook: arguments, members of structures, builtins.
    Fields(FieldsArgs),
    /// Write a config for hooks, with all arguments, to begin with.
    Init(InitArgs),
    /// Say what this machine can run, what is missing, and the command that mends it.
    Doctor(DoctorArgs),
    /// Show or clear the cache of compiled programs.
    Cache(CacheArgs),
    /// Run the tests that stand in the configs.
    Test(TestArgs),
    /// Show what `run --save` recorded, as `run` did, on any machine.
    Replay(ReplayArgs),
    /// Print the JSON Schema of config files, for editors.
    Schema,
    /// Lay configs out in the one canonical way, comments kept.
    Fmt(FmtArgs),
    /// Print the script by which a shell completes this command line.
    Completions(CompletionsArgs),
    /// Print the manual page, or write those of all commands.
    Man(ManArgs),
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A config; may be given more than once, `-` is standard input.
    #[arg(short, long = "config", value_name = "FILE", required = true)]
    pub configs: Vec<String>,
    /// Values of parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// How events are shown.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Format,
    /// Stop after this time, such as 10s or 1m30s.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,
    /// Stop after this many events.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub count: Option<u64>,
    /// Only events of this process; stop when it ends.
    #[arg(short, long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(conflicts_with = "command")]
    pub pid: Option<u32>,
    /// Size of the buffer between kernel and runner, such as 64MiB; a power of two [default: at most
    /// 32MiB, and a 256th of the memory].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub buffer: Option<u32>,
    /// The most places that one hook may be attached to.
    #[arg(long, value_name = "N", default_value_t = crate::hook::ATTACH_MAX)]
    pub max_attach: usize,
    /// Also write the raw events to this file, for `runner replay`.
    #[arg(long, value_name = "FILE")]
    pub save: Option<String>,
    /// Exit with 5 if any event was lost.
    #[arg(long)]
    pub strict_loss: bool,
    /// Take the kernel's types from this file (BTF, or an ELF file that has it).
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
    /// Show each stage with its time, and logs in full.
    #[arg(short, long)]
    pub verbose: bool,
    /// Start this command, trace it and its descendants, and stop when it ends.
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

/// Values of parameters.
#[derive(Debug, Default, Args)]
pub struct ParamArgs {
    /// Set a parameter of the configs; may be given more than once.
    #[arg(long = "param", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
}

/// Arguments of `generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// The config; `-` is standard input.
    #[arg(short, long = "config", value_name = "FILE")]
    pub config: String,
    /// Values of parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Take the kernel's types from this file (BTF, or an ELF file that has it).
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
}

/// Arguments of `validate`.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// Configs, and folders with them (*.yaml, *.yml); `-` is standard input.
    #[arg(value_name = "FILE|DIR", required = true)]
    pub files: Vec<PathBuf>,
    /// Values of parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// Kernels to check against: files that `runner snapshot` made, or folders with them (*.snap).
    #[arg(long = "kernel", value_name = "FILE", num_args = 1.., conflicts_with = "btf")]
    pub kernels: Vec<PathBuf>,
    /// Check against the types in this file alone (BTF, or an ELF file that has it) [default: those of
    /// the running kernel].
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
    /// How findings are shown.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: DiagFormat,
    /// The most places that one hook may be attached to.
    #[arg(long, value_name = "N", default_value_t = crate::hook::ATTACH_MAX)]
    pub max_attach: usize,
    /// What becomes of lints.
    #[command(flatten)]
    pub lints: LintArgs,
}

/// What becomes of lints.
#[derive(Debug, Args)]
pub struct LintArgs {
    /// Report this lint as an error; `all` is every lint.
    #[arg(long, value_name = "CODE")]
    pub deny: Vec<Lint>,
    /// Report this lint as a warning.
    #[arg(long, value_name = "CODE")]
    pub warn: Vec<Lint>,
    /// Do not report this lint.
    #[arg(long, value_name = "CODE")]
    pub allow: Vec<Lint>,
}

/// Arguments of `snapshot`.
#[derive(Debug, Args)]
pub struct SnapshotArgs {
    /// The file to write; `-` is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// As it stands in brackets, such as `unknown-member`; without it, every code is listed.
    pub code: Option<String>,
}

/// How facts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// For people, and for tools that work by lines.
    Text,
    /// JSON.
    Json,
}

/// Which kernel `list`, `fields` and `init` ask; the running one by default.
#[derive(Debug, Args)]
pub struct KernelArgs {
    /// Ask this kernel: a file that `runner snapshot` made.
    #[arg(long, value_name = "FILE", conflicts_with = "btf")]
    pub kernel: Option<PathBuf>,
    /// Take the kernel's types from this file (BTF, or an ELF file that has it).
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
}

/// Arguments of `list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// `KIND:GLOB`, such as 'kprobe:*unlink*', uprobe:libc:'mem*' or usdt:libc; a glob alone means
    /// every kind of hook in the kernel, a kind alone all of that kind.
    pub pattern: String,
    /// How they are shown: one a line, or one JSON object a line.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Shape,
    /// Of which kernel.
    #[command(flatten)]
    pub kernel: KernelArgs,
}

/// Arguments of `fields`.
#[derive(Debug, Args)]
pub struct FieldsArgs {
    /// The hook, such as kprobe:do_unlinkat; of several, the first that this kernel has.
    #[arg(value_name = "HOOK", required = true)]
    pub hooks: Vec<String>,
    /// Show the members of what this expression gives, too, such as 'file->f_inode'.
    #[arg(long, value_name = "PATH")]
    pub deep: Vec<String>,
    /// How they are shown: in columns, or as one JSON object.
    #[arg(short, long, value_name = "FORMAT", default_value = "text")]
    pub output: Shape,
    /// Of which kernel.
    #[command(flatten)]
    pub kernel: KernelArgs,
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The hooks, such as kprobe:do_unlinkat; each becomes a probe.
    #[arg(value_name = "HOOK", required = true)]
    pub hooks: Vec<String>,
    /// The hooks are alternatives of one probe: the first that a kernel has is used.
    #[arg(long)]
    pub any: bool,
    /// Write into this file, which must not be there yet, instead of to standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace the file if it is there.
    #[arg(long, requires = "output")]
    pub force: bool,
    /// Of which kernel.
    #[command(flatten)]
    pub kernel: KernelArgs,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// Configs, and folders with them (*.yaml, *.yml): which of them can run here.
    #[arg(value_name = "FILE|DIR")]
    pub configs: Vec<PathBuf>,
    /// How findings are shown.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: DoctorFormat,
}

/// How `doctor` shows what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DoctorFormat {
    /// For people.
    Human,
    /// One JSON object.
    Json,
}

/// Arguments of `cache`.
#[derive(Debug, Args)]
pub struct CacheArgs {
    /// What to do with it.
    #[command(subcommand)]
    pub action: CacheAction,
}

/// Arguments of `test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// Configs, and folders with them (*.yaml, *.yml); `-` is standard input.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Values of parameters.
    #[command(flatten)]
    pub params: ParamArgs,
    /// How results are shown.
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    pub format: Results,
    /// Only tests with this text in `FILE: NAME`.
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// A config without tests is a failure.
    #[arg(long)]
    pub require_tests: bool,
    /// Skip configs whose hooks this kernel cannot attach, instead of failing with 4.
    #[arg(long)]
    pub skip_unavailable: bool,
    /// Without kernel and root: take the events from `recorded/NAME.events` beside each config.
    #[arg(long, conflicts_with_all = ["record", "skip_unavailable", "btf"])]
    pub offline: bool,
    /// Write the events of the tests that pass to `recorded/NAME.events`, for `--offline`.
    #[arg(long)]
    pub record: bool,
    /// Size of the buffer between kernel and runner, such as 64MiB; a power of two [default: at most
    /// 32MiB, and a 256th of the memory].
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub buffer: Option<u32>,
    /// The most places that one hook may be attached to.
    #[arg(long, value_name = "N", default_value_t = crate::hook::ATTACH_MAX)]
    pub max_attach: usize,
    /// Take the kernel's types from this file (BTF, or an ELF file that has it).
    #[arg(long, value_name = "FILE")]
    pub btf: Option<PathBuf>,
    /// Show hooks and stages with their times, and logs in full.
    #[arg(short, long)]
    pub verbose: bool,
}

/// How the results of tests are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Results {
    /// For people.
    Human,
    /// Test Anything Protocol, version 14.
    Tap,
    /// JUnit's XML.
    Junit,
}

/// Arguments of `replay`.
#[derive(Debug, Args)]
pub struct ReplayArgs {
    /// The recording; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub file: String,
    /// How events are shown.
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub output: Format,
}

/// Arguments of `fmt`.
#[derive(Debug, Args)]
pub struct FmtArgs {
    /// Configs, and folders with them (*.yaml, *.yml); `-` is standard input, laid out on standard
    /// output.
    #[arg(required = true, value_name = "FILE|DIR")]
    pub files: Vec<PathBuf>,
    /// Change nothing: show the difference, and exit with 1 if there is any.
    #[arg(long)]
    pub check: bool,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// Whose script.
    #[arg(value_name = "SHELL")]
    pub shell: CompletingShell,
}

/// A shell that a script is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CompletingShell {
    /// GNU Bash.
    Bash,
    /// The Z shell.
    Zsh,
    /// The friendly interactive shell.
    Fish,
}

/// Arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// The folder for the pages of `runner` and each of its commands, such as
    /// /usr/local/share/man/man1 [default: that of `runner` goes to standard output].
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub folder: Option<PathBuf>,
}

/// What can be done with the cache.
#[derive(Debug, Subcommand)]
pub enum CacheAction {
    /// Where it is and what it holds.
    Show,
    /// Remove everything in it.
    Clear,
}

fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write `NAME=VALUE`".into()),
    }
}

fn duration(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|fault| fault.to_string())?;
    if time.is_zero() { Err("the time must be more than nothing".into()) } else { Ok(time) }
}

/// Bytes, with KiB, MiB or nothing behind the number: a power of two that a ring buffer can have.
fn size(text: &str) -> Result<u32, String> {
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
    let (number, unit) = units
        .into_iter()
        .find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, unit)))
        .unwrap_or((text, 1));
    let bytes = number.trim().parse::<u32>().ok().and_then(|number| number.checked_mul(unit));
    match bytes {
        Some(bytes) if bytes.is_power_of_two() && bytes >= 4096 => Ok(bytes),
        _ => Err("a power of two from 4KiB to 2GiB, such as 64MiB".into()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn run_is_implied() {
        let cli = Cli::try_parse_from(["runner", "-c", "a.yaml", "--for", "5s"]).unwrap();
        assert!(cli.command.is_none());
        assert_eq!(cli.run.configs, ["a.yaml"]);
        assert_eq!(cli.run.time, Some(Duration::from_secs(5)));
        let cli = Cli::try_parse_from(["runner", "generate", "-c", "a.yaml"]).unwrap();
        assert!(matches!(cli.command, Some(Command::Generate(_))));
    }

    #[test]
    fn absurd_values_are_refused() {
        for arguments in [
            vec!["runner", "run"],
            vec!["runner", "-c", "a", "--for", "0s"],
            vec!["runner", "-c", "a", "--for", "soon"],
            vec!["runner", "-c", "a", "--count", "0"],
            vec!["runner", "-c", "a", "--param", "x"],
            vec!["runner", "-c", "a", "--param", "=1"],
            vec!["runner", "-c", "a", "-p", "0"],
            vec!["runner", "-c", "a", "-p", "1", "--", "true"],
            vec!["runner", "-c", "a", "-o", "xml"],
            vec!["runner", "-c", "a", "--buffer", "3MiB"],
            vec!["runner", "-c", "a", "--buffer", "8GiB"],
            vec!["runner", "-c", "a", "--buffer", "0"],
        ] {
            assert!(Cli::try_parse_from(&arguments).is_err(), "{arguments:?}");
        }
    }
}
