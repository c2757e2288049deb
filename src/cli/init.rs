//! `dashwright init`: specs to start from.

use super::Outcome;
use super::compile::DEFAULT_SPECS;
use super::terminal::Terminal;
use anyhow::{Context, bail};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  dashwright init demo && cd demo && dashwright generate
  dashwright init --minimal";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Directory of the project; the specs go to `specs` in it
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
    /// One of each thing in one file, instead of the reference specs
    #[arg(long)]
    minimal: bool,
    /// Replace files that are there
    #[arg(long)]
    force: bool,
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/specs/", $path)))),*]
    };
}

/// The reference specs: this project's own `specs`.
const REFERENCE: &[(&str, &str)] = files![
    "alertmanager.yaml",
    "alerts.yaml",
    "dashboards/agent-performance.yaml",
    "dashboards/cost-tracking.yaml",
    "dashboards/security-approvals.yaml",
    "emitters.yaml",
    "events.yaml",
    "grafana.yaml",
    "labels.yaml",
    "metrics.yaml",
    "profiles/local.yaml",
    "profiles/notify.yaml",
    "queries/agents.yaml",
    "queries/approvals.yaml",
    "queries/cost.yaml",
    "queries/security.yaml",
    "scrape.yaml",
    "stack.yaml",
    "thresholds.yaml",
];

const MINIMAL: &[(&str, &str)] = &[(
    "main.yaml",
    include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/templates/init/minimal.yaml"
    )),
)];

pub(super) fn run(args: &Args, terminal: &mut Terminal<'_>) -> anyhow::Result<Outcome> {
    let specs = args.directory.join(DEFAULT_SPECS);
    if !args.force
        && let Some(first) = first_entry(&specs)
    {
        bail!(
            "`{}` is not empty: it holds `{first}`; name another directory, or replace files with `--force`",
            specs.display()
        );
    }
    let files = if args.minimal { MINIMAL } else { REFERENCE };
    for (path, text) in files {
        write(&specs.join(path), text, args.force)?;
    }
    let count = files.len();
    let noun = if count == 1 { "file" } else { "files" };
    let enter = if args.directory == Path::new(".") {
        String::new()
    } else {
        format!("cd {} && ", args.directory.display())
    };
    terminal.print(format!(
        "wrote {count} {noun} to `{}`\nnext: {enter}dashwright generate\n",
        specs.display()
    ))?;
    Ok(Outcome::Clean)
}

/// The first thing, by name, in a directory; `None` if there is nothing.
fn first_entry(directory: &Path) -> Option<String> {
    let entries = fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(Result::ok);
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .min()
}

fn write(path: &Path, text: &str, replace: bool) -> anyhow::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create the directory `{}`", directory.display()))?;
    let write = || {
        let mut file =
            tempfile::Builder::new().make_in(directory, |path| fs::File::create_new(path))?;
        file.as_file_mut().write_all(text.as_bytes())?;
        let temporary = file.into_temp_path();
        let persisted = if replace {
            temporary.persist(path)
        } else {
            temporary.persist_noclobber(path)
        };
        persisted.map_err(|error| error.error)
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::REFERENCE;
    use std::path::Path;

    #[test]
    fn the_reference_specs_are_all_there() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
        let mut on_disk: Vec<_> = walkdir::WalkDir::new(&root)
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let path = entry
                    .path()
                    .strip_prefix(&root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                (path, std::fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        on_disk.sort();
        let embedded: Vec<_> = REFERENCE
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        assert_eq!(embedded, on_disk);
    }
}
