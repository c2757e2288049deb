//! `dashwright generate`: specs to files.

use super::Outcome;
use super::compile::{Compiled, DEFAULT_SPECS, FailArgs, FindingsFormat, SpecArgs, compile};
use super::terminal::Terminal;
use super::watch::{Watch, own_process};
use crate::diagnostic::{Sink, nearest};
use crate::output::{Directory, Options, Plan, Stage};
use crate::render::{self, Artifact};
use crate::report;
use anyhow::{Context, bail};
use std::ffi::OsString;
use std::mem::ManuallyDrop;
use std::path::{Component, Path, PathBuf};

const DEFAULT_OUT: &str = "generated";

const EXAMPLES: &str = "\
Examples:
  dashwright generate
  dashwright generate --check                       in CI: exit 1 if anything is out of date
  dashwright generate --profile local --out local   another environment, beside the first
  dashwright generate --watch                       after every change, until Ctrl-C
  dashwright generate --stdout monitoring/prometheus.yml | less

With an error in the specs, no file is changed. Files that dashwright did not write are never
replaced without --force; generated files that are no longer described are deleted.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    specs: SpecArgs,
    #[command(flatten)]
    fail: FailArgs,
    /// Directory of the generated files
    #[arg(long, value_name = "DIR", default_value = DEFAULT_OUT)]
    out: PathBuf,
    /// Write nothing; exit 1 if a file is missing, stale, edited by hand or orphaned
    #[arg(long, conflicts_with_all = ["stdout", "force"])]
    check: bool,
    /// Generate again whenever the specs change, until interrupted
    #[arg(long, conflicts_with_all = ["check", "stdout"])]
    watch: bool,
    /// Print one rendered file instead of writing them all
    #[arg(long, value_name = "FILE", conflicts_with_all = ["force", "format"])]
    stdout: Option<String>,
    /// Replace files that dashwright did not write
    #[arg(long)]
    force: bool,
    /// How results are printed
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: FindingsFormat,
    /// Print findings only
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    if args.watch {
        return watch(args, terminal);
    }
    if args.stdout.is_none() && resolved(&args.out).starts_with(resolved(&args.specs.specs)) {
        bail!(
            "the output directory `{}` lies in `{}`, where its files would be read as specs",
            args.out.display(),
            args.specs.specs.display()
        );
    }
    // The process ends here: to free a large model would only take time.
    let mut compiled = ManuallyDrop::new(compile(&args.specs));
    let specs = std::mem::take(&mut compiled.specs);
    if compiled.outcome_under(&args.fail) != Outcome::Clean {
        return refuse(args, &compiled, terminal);
    }
    let Some(model) = &compiled.model else {
        return refuse(args, &compiled, terminal);
    };
    let mut sink = Sink::default();
    if let Some(name) = &args.stdout {
        let artifacts = render::render_with(model, &compiled.files, &mut sink);
        compiled.diagnostics.extend(sink.into_sorted());
        if compiled.outcome_under(&args.fail) != Outcome::Clean {
            return refuse(args, &compiled, terminal);
        }
        compiled.print_warnings(terminal)?;
        terminal.print(&find(name, &args.out, &artifacts)?.bytes)?;
        return Ok(Outcome::Clean);
    }
    let stage = match args.check {
        true => None,
        false => Some(Stage::set_up(&args.out, Options { force: args.force })?),
    };
    let directory = Directory::open(&args.out, stage.as_ref())?;
    // What the specs took is room for the rendered files.
    let ((), compared) = rayon::join(
        || drop(specs),
        || {
            render::render_each(model, &compiled.files, &mut sink, |artifact| {
                directory.compare(artifact)
            })
        },
    );
    compiled.diagnostics.extend(sink.into_sorted());
    if compiled.outcome_under(&args.fail) != Outcome::Clean {
        return refuse(args, &compiled, terminal);
    }
    let mut plan = directory.plan(compared)?;
    if args.format == FindingsFormat::Human {
        compiled.print_warnings(terminal)?;
    }
    if let Some(stage) = stage {
        stage.commit(&mut plan)?;
    }
    print(args, &compiled, &plan, terminal)?;
    Ok(if args.check && !plan.is_clean() {
        Outcome::Findings
    } else {
        Outcome::Clean
    })
}

/// The path without links and detours, as far as it exists.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(real) = std::fs::canonicalize(path) {
        return real;
    }
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in whole.components() {
        if part == Component::ParentDir {
            real.pop();
        } else {
            real.push(part);
        }
        real = std::fs::canonicalize(&real).unwrap_or(real);
    }
    real
}

/// Says what is wrong, and that nothing was done.
fn refuse(
    args: &Args,
    compiled: &Compiled,
    terminal: &mut Terminal<'_>,
) -> anyhow::Result<Outcome> {
    compiled.print_all(args.format, terminal)?;
    let outcome = compiled.outcome_under(&args.fail);
    if outcome == Outcome::Findings && args.format == FindingsFormat::Human && args.stdout.is_none()
    {
        terminal.print_err("no file was changed\n")?;
    }
    Ok(outcome)
}

/// Generates in a process of its own for every change of the specs: whatever
/// becomes of it, the next change gets a fresh one.
fn watch(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let mut options = vec![OsString::from("--specs"), args.specs.specs.clone().into()];
    if let Some(profile) = &args.specs.profile {
        options.extend(["--profile".into(), profile.into()]);
    }
    options.extend(["--out".into(), args.out.clone().into()]);
    options.extend(args.force.then(|| "--force".into()));
    options.extend(args.quiet.then(|| "--quiet".into()));
    if args.format == FindingsFormat::Json {
        options.extend(["--format".into(), "json".into()]);
    }
    let watch = Watch::new(&args.specs.specs);
    loop {
        terminal.start_round()?;
        let changes = watch.start()?;
        let status = own_process("generate")?.args(&options).status();
        status.context("cannot start another process of this program")?;
        if !args.quiet {
            terminal.print_err(&format!(
                "watching `{}`; Ctrl-C ends\n",
                args.specs.specs.display()
            ))?;
        }
        changes.wait()?;
    }
}

fn print(
    args: &Args,
    compiled: &Compiled,
    plan: &Plan,
    terminal: &mut Terminal<'_>,
) -> anyhow::Result<()> {
    let style = terminal.style();
    match args.format {
        FindingsFormat::Json => {
            let sources = compiled.files.sources();
            terminal.print(report::document(
                &compiled.diagnostics,
                sources,
                Some((plan, !args.check)),
            ))
        }
        FindingsFormat::Sarif => compiled.print_sarif(terminal),
        FindingsFormat::Github => {
            compiled.print_annotations(terminal)?;
            if plan.is_clean() || !args.check {
                return Ok(());
            }
            terminal.print_err(&report::drift(plan, &remedy(args, plan), style))
        }
        FindingsFormat::Human if args.check && !(args.quiet && plan.is_clean()) => {
            terminal.print(report::drift(plan, &remedy(args, plan), style))
        }
        FindingsFormat::Human if !args.quiet => terminal.print(report::applied(plan, style)),
        FindingsFormat::Human => Ok(()),
    }
}

/// The rendered file that the user calls `name`: its path, with or without
/// the output directory, or the end of it if no other file ends so.
fn find<'a>(name: &str, out: &Path, artifacts: &'a [Artifact]) -> anyhow::Result<&'a Artifact> {
    let name = name.replace('\\', "/");
    let below = Path::new(&name)
        .strip_prefix(out)
        .ok()
        .and_then(Path::to_str)
        .unwrap_or(&name);
    if let Some(exact) = artifacts.iter().find(|artifact| artifact.path == below) {
        return Ok(exact);
    }
    let tail = format!("/{below}");
    let ends: Vec<_> = artifacts
        .iter()
        .filter(|artifact| artifact.path.ends_with(&tail))
        .collect();
    if let [only] = ends[..] {
        return Ok(only);
    }
    let base = |path: &'a str| path.rsplit('/').next().unwrap_or(path);
    let guess = artifacts.iter().find(|artifact| {
        let wanted = below.rsplit('/').next().unwrap_or(below);
        base(&artifact.path) == wanted || nearest(wanted, [base(&artifact.path)]).is_some()
    });
    match guess {
        Some(guess) => bail!(
            "no rendered file is called `{name}`; did you mean `{}`?",
            guess.path
        ),
        None => {
            let paths: Vec<_> = artifacts
                .iter()
                .map(|artifact| format!("\n  {}", artifact.path))
                .collect();
            bail!(
                "no rendered file is called `{name}`; these are rendered:{}",
                paths.concat()
            )
        }
    }
}

/// The command line that brings the output directory in line.
fn remedy(args: &Args, plan: &Plan) -> String {
    let mut words = vec!["dashwright".to_owned(), "generate".to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), quote(value)]);
    if args.specs.specs != Path::new(DEFAULT_SPECS) {
        option("--specs", &args.specs.specs.to_string_lossy());
    }
    if let Some(profile) = &args.specs.profile {
        option("--profile", profile);
    }
    if args.out != Path::new(DEFAULT_OUT) {
        option("--out", &args.out.to_string_lossy());
    }
    if plan.unowned().next().is_some() {
        words.push("--force".to_owned());
    }
    words.join(" ")
}

/// A word as a POSIX shell takes it.
fn quote(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{find, quote};
    use crate::render::Artifact;
    use std::path::Path;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(quote("out/prod-1"), "out/prod-1");
        assert_eq!(quote("my specs"), "'my specs'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn rendered_files_are_found_by_path_or_by_an_end_that_only_one_has() {
        let artifacts: Vec<_> = ["a/README.md", "a/x.json", "b/README.md", "b/prometheus.yml"]
            .map(|path| Artifact {
                path: path.to_owned(),
                bytes: Vec::new(),
            })
            .into();
        let found = |name: &str| {
            find(name, Path::new("out"), &artifacts).map(|artifact| artifact.path.as_str())
        };
        assert_eq!(found("a/x.json").unwrap(), "a/x.json");
        assert_eq!(found("out/a/x.json").unwrap(), "a/x.json");
        assert_eq!(found("prometheus.yml").unwrap(), "b/prometheus.yml");
        assert_eq!(
            found("README.md").unwrap_err().to_string(),
            "no rendered file is called `README.md`; did you mean `a/README.md`?"
        );
        assert_eq!(
            found("b/promteheus.yml").unwrap_err().to_string(),
            "no rendered file is called `b/promteheus.yml`; did you mean `b/prometheus.yml`?"
        );
        assert!(
            found("nothing").unwrap_err().to_string().ends_with(
                "rendered:\n  a/README.md\n  a/x.json\n  b/README.md\n  b/prometheus.yml"
            )
        );
    }
}
