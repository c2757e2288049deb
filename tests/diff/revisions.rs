//! The command, on revisions and directories.

use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SPECS: &str = r#"
metrics:
  app_requests_total: { type: counter, help: Requests handled, labels: [status] }
thresholds:
  rate: { warning: 10 }
queries:
  rate: { help: Requests per second, expr: "sum(rate(app_requests_total[$window]))", thresholds: rate }
dashboards:
  app: { title: App, panels: { rate: { title: Request rate, stat: { query: rate } } } }
alerts:
  Busy: { query: rate, fires_at: warning, window: 5m, severity: warning, summary: Busy }
"#;

struct Repository(TempDir);

impl Repository {
    /// With `SPECS` on the branch `main`.
    fn new() -> Self {
        let repository = Self(TempDir::new().unwrap());
        repository.git("init -q -b main");
        repository.commit("specs/main.yaml", SPECS);
        repository
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, args: &str) {
        crate::git::git(self.root(), args);
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn commit(&self, path: &str, text: &str) {
        self.write(path, text);
        self.git("add -A");
        self.git("commit -q -m change");
    }

    fn run(&self, args: &str) -> (i32, String, String) {
        self.run_in(".", args)
    }

    fn run_in(&self, directory: &str, args: &str) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_dashwright"))
            .current_dir(self.root().join(directory))
            .args(args.split_whitespace())
            .output()
            .unwrap();
        (
            status.code().unwrap(),
            String::from_utf8(stdout).unwrap(),
            String::from_utf8(stderr).unwrap(),
        )
    }
}

fn loosened() -> String {
    SPECS.replace("warning: 10", "warning: 20")
}

#[test]
fn without_arguments_the_branch_is_compared_with_where_it_left_main() {
    let repository = Repository::new();
    assert_eq!(
        repository.run("diff"),
        (0, "main → work tree: no change\n".into(), String::new())
    );
    repository.git("checkout -q -b topic");
    repository.write("specs/main.yaml", &loosened());
    let (code, out, _) = repository.run("diff");
    assert_eq!(code, 1);
    assert!(
        out.starts_with("threshold rate: warning 10 → 20\n"),
        "{out}"
    );
    assert!(
        out.contains("    alert Busy: > 10 → > 20\n      ! silences: fires later\n"),
        "{out}"
    );
    // What happens on main meanwhile is not this branch's doing.
    repository.git("stash -q");
    repository.git("checkout -q main");
    repository.commit("specs/more.yaml", "labels: { status: { help: Status } }\n");
    repository.git("checkout -q topic");
    repository.git("stash pop -q");
    assert_eq!(repository.run("diff").1, out);
    // From a directory below, paths are relative to it.
    let below = repository.run_in("specs", "diff --specs .");
    assert_eq!((below.0, below.1), (1, out));
}

#[test]
fn revisions_are_read_without_the_work_tree() {
    let repository = Repository::new();
    repository.commit("specs/main.yaml", &loosened());
    repository.write("specs/main.yaml", "this is: [no spec");
    let (code, out, err) = repository.run("diff HEAD~1 HEAD");
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with("threshold rate"), "{out}");
    let text = std::fs::read_to_string(repository.root().join("specs/main.yaml")).unwrap();
    assert_eq!(text, "this is: [no spec");
}

#[test]
fn exit_codes_say_what_kind_of_change_it_is() {
    let repository = Repository::new();
    repository.write("specs/main.yaml", &loosened());
    assert_eq!(repository.run("diff main --fail-on breaking").0, 1);
    assert_eq!(repository.run("diff main --fail-on never").0, 0);
    repository.write(
        "specs/main.yaml",
        &SPECS.replace("title: App", "title: Application"),
    );
    assert_eq!(repository.run("diff main").0, 1);
    assert_eq!(repository.run("diff main --fail-on breaking").0, 0);
}

#[test]
fn a_side_that_does_not_compile_is_shown_with_its_findings() {
    let repository = Repository::new();
    repository.commit(
        "specs/main.yaml",
        &SPECS.replace("query: rate }", "query: rat }"),
    );
    repository.write("specs/main.yaml", SPECS);
    let (code, out, err) = repository.run("diff HEAD");
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("HEAD:specs/main.yaml:9:"), "{err}");
    assert!(
        err.contains("error: the specs of `HEAD` do not compile"),
        "{err}"
    );
}

#[test]
fn a_new_project_is_all_new() {
    let repository = Repository(TempDir::new().unwrap());
    repository.git("init -q -b main");
    repository.commit("README.md", "nothing yet\n");
    assert_eq!(repository.run("diff").0, 2);
    repository.write("specs/main.yaml", SPECS);
    let (code, out, _) = repository.run("diff");
    assert_eq!(code, 1);
    assert!(out.contains("dashboard App added: with 1 panel\n"), "{out}");
    assert!(out.contains("nothing breaks"), "{out}");
}

#[test]
fn directories_are_specs_or_files() {
    let repository = Repository::new();
    repository.run("generate");
    repository.write("other/main.yaml", &loosened());
    let (code, out, err) = repository.run("diff specs other");
    assert_eq!(code, 1, "{err}");
    assert!(out.starts_with("threshold rate"), "{out}");
    // Files say the same, but not why.
    let (code, out, _) = repository.run("diff generated other");
    assert_eq!(code, 1);
    assert!(out.starts_with("alert Busy: > 10 → > 20"), "{out}");
    assert_eq!(
        repository.run("diff generated specs").0,
        0,
        "{:?}",
        repository.run("diff generated specs")
    );
    repository.git("add -A");
    repository.git("commit -q -m generated");
    repository.run("generate --specs other");
    let (code, out, _) = repository.run("diff HEAD:generated/monitoring generated/monitoring");
    assert_eq!(code, 1);
    assert!(out.starts_with("alert Busy: > 10 → > 20"), "{out}");
    let rules = "generated/monitoring/alert-rules.yml";
    assert_eq!(repository.run(&format!("diff {rules} {rules}")).0, 0);
}

#[test]
fn what_lies_beside_specs_makes_them_no_files() {
    let repository = Repository::new();
    repository.write("other/main.yaml", SPECS);
    repository.write("other/.vscode/settings.json", "{}");
    repository.write("other/templates/emitter/go/a.json", "{}");
    repository.write("other/templates/emitter/go/b.yaml", "services: {}\n");
    repository.git("add -A");
    repository.git("commit -q -m templates");
    for sides in ["specs other", "HEAD:other specs", "HEAD:other other"] {
        let (code, out, err) = repository.run(&format!("diff {sides}"));
        assert!(code < 2, "{err}");
        assert!(!out.contains("alert"), "{sides}: {out}");
    }
}

#[test]
fn what_names_nothing_is_trouble() {
    let repository = Repository::new();
    for (args, message) in [
        (
            "diff nothing",
            "`nothing` is neither a directory nor a revision",
        ),
        ("diff HEAD:nothing", "`HEAD` has no directory `nothing`"),
        ("diff --specs nothing", "there is nothing to compare"),
        (
            "diff main --profile nothing",
            "no profile is called `nothing`",
        ),
        ("diff -- --output=x", "neither a directory nor a revision"),
    ] {
        let (code, _, err) = repository.run(args);
        assert_eq!(code, 2, "{args}: {err}");
        assert!(err.contains(message), "{args}: {err}");
    }
    let outside = Repository(TempDir::new().unwrap());
    outside.write("specs/main.yaml", SPECS);
    let (code, _, err) = outside.run("diff");
    assert_eq!(code, 2);
    assert!(err.contains("needs a git repository"), "{err}");
}
