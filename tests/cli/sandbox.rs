//! A directory to run the program in, and what came of a run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// One metric, query, dashboard and job, in the language.
pub(crate) const SPECS: &str = r#"
metrics:
  app_requests_total: { type: counter, help: Requests handled, labels: [status] }
queries:
  request_rate:
    help: Requests per second
    expr: sum by (status) (rate(app_requests_total[$window]))
    unit: reqps
dashboards:
  app:
    title: App
    description: What the app answers
    panels:
      rate: { title: Request rate, timeseries: { query: request_rate } }
scrape:
  jobs:
    app: { targets: ["app:8000"] }
"#;

/// A second dashboard, in a file of its own.
pub(crate) const EXTRA: &str = r#"
dashboards:
  extra:
    title: Extra
    description: What the app answers, as numbers
    panels:
      rate: { title: Request rate, stat: { query: request_rate, legend: "{{status}}" } }
"#;

pub(crate) struct Sandbox {
    root: TempDir,
}

#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Sandbox {
    pub(crate) fn empty() -> Self {
        Self {
            root: TempDir::new().unwrap(),
        }
    }

    /// With [`SPECS`] in `specs/main.yaml`.
    pub(crate) fn new() -> Self {
        let sandbox = Self::empty();
        sandbox.write("specs/main.yaml", SPECS);
        sandbox
    }

    /// With everything generated.
    pub(crate) fn generated() -> Self {
        let sandbox = Self::new();
        sandbox.run("generate").succeeds();
        sandbox
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.root.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.path(path)).unwrap();
    }

    /// Changes the job's target, and with it `prometheus.yml`.
    pub(crate) fn change_target(&self) {
        self.write("specs/main.yaml", &SPECS.replace("app:8000", "app:9000"));
    }

    /// Runs the program with `args`, split at blanks.
    pub(crate) fn run(&self, args: &str) -> Run {
        Run::of(self.command().args(args.split_whitespace()))
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dashwright"));
        command.current_dir(&self.root);
        for variable in ["NO_COLOR", "CLICOLOR_FORCE"] {
            command.env_remove(variable);
        }
        command
    }

    /// Everything below `directory` but directories, by path: the bytes of
    /// files, and where links lead.
    pub(crate) fn tree(&self, directory: &str) -> BTreeMap<String, Vec<u8>> {
        tree(&self.path(directory))
    }
}

pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(Result::unwrap)
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| {
            let path = entry
                .path()
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            let content = match std::fs::read_link(entry.path()) {
                Ok(target) => target.into_os_string().into_encoded_bytes(),
                Err(_) => std::fs::read(entry.path()).unwrap(),
            };
            (path, content)
        })
        .collect()
}

impl Run {
    pub(crate) fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        Self {
            status: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn succeeds(self) -> Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(
            self.status, status,
            "\n--- out\n{}--- err\n{}",
            self.out, self.err
        );
        self
    }

    #[track_caller]
    pub(crate) fn out_has(self, part: &str) -> Self {
        assert!(self.out.contains(part), "no `{part}` in\n{}", self.out);
        self
    }

    #[track_caller]
    pub(crate) fn err_has(self, part: &str) -> Self {
        assert!(self.err.contains(part), "no `{part}` in\n{}", self.err);
        self
    }
}
