//! A trial with seeded faults: mistakes of the kind that people make, one at a
//! time, in the reference specs. Each is found, with the right code at the
//! right place. What promtool and amtool say of the same mistake in the files
//! that they know stands beside it; `docs/faults.md` is the table.

use crate::program::{find, verdict};
use crate::reference::{Generated, specs};
use dashwright::check::check;
use dashwright::diagnostic::{Diagnostic, Sink};
use dashwright::resolve::resolve;
use dashwright::spec::{Files, decode};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// A mistake, as an edit of the reference specs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    what: String,
    file: String,
    from: String,
    to: String,
    code: String,
    breaks: Option<String>,
    rendered: Option<(String, String)>,
}

fn faults() -> Vec<Fault> {
    serde_yaml::from_str(include_str!("faults.yaml")).unwrap()
}

/// What became of a fault.
struct Outcome {
    found: Vec<Diagnostic>,
    files: Files,
    /// The lines of the edited file that are not as they were.
    touched: std::ops::RangeInclusive<usize>,
}

fn texts() -> BTreeMap<String, String> {
    fn collect(directory: &Path, root: &Path, texts: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, root, texts);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "yaml")
            {
                let name = path.strip_prefix(root).unwrap().to_string_lossy();
                texts.insert(name.replace('\\', "/"), fs::read_to_string(&path).unwrap());
            }
        }
    }
    let root = specs();
    let mut found = BTreeMap::new();
    collect(&root, &root, &mut found);
    found.retain(|path, _| !path.starts_with("profiles/"));
    found
}

fn compiled(texts: &BTreeMap<String, String>) -> (Vec<Diagnostic>, Files) {
    let files = Files::from_memory(
        texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    let mut sink = Sink::default();
    let specs = decode(&files, &mut sink);
    if let Some(model) = resolve(&specs, &files, &mut sink) {
        check(&specs, &model, &files, &mut sink);
    }
    (sink.into_sorted(), files)
}

fn with(fault: &Fault) -> Outcome {
    let mut texts = texts();
    let text = texts
        .get_mut(&fault.file)
        .unwrap_or_else(|| panic!("{} is among the reference specs", fault.file));
    let at = text
        .find(&fault.from)
        .unwrap_or_else(|| panic!("{}: {:?} is in {}", fault.what, fault.from, fault.file));
    let same = fault
        .from
        .bytes()
        .zip(fault.to.bytes())
        .take_while(|(from, to)| from == to)
        .count();
    let line = |offset: usize| text[..offset].matches('\n').count() + 1;
    let touched = line(at + same)..=line(at) + fault.to.matches('\n').count();
    text.replace_range(at..at + fault.from.len(), &fault.to);
    let (found, files) = compiled(&texts);
    Outcome {
        found,
        files,
        touched,
    }
}

/// Whether the finding points at the fault, or into the file that it broke.
fn points_there(finding: &Diagnostic, fault: &Fault, outcome: &Outcome) -> bool {
    let labels = finding.primary.iter().chain(&finding.secondary);
    let sources = outcome.files.sources();
    labels.into_iter().any(|label| {
        let file = sources.get(label.span.source);
        match &fault.breaks {
            Some(breaks) => file.path() == breaks,
            None => {
                let (line, _) = file.line_column(label.span.start as usize);
                file.path() == fault.file && outcome.touched.contains(&line)
            }
        }
    })
}

/// What the judges of rules and configurations say of the same mistake in
/// the generated files; `None` if those do not hold what was edited.
fn judged(fault: &Fault) -> Option<bool> {
    let generated = Generated::reference();
    let own = (fault.from.clone(), fault.to.clone());
    let (from, to) = fault.rendered.as_ref().unwrap_or(&own);
    let mut edited = false;
    for file in ["alert-rules.yml", "prometheus.yml", "alertmanager.yml"] {
        let path = generated.path("monitoring").join(file);
        let text = fs::read_to_string(&path).unwrap();
        if text.contains(from) {
            fs::write(&path, text.replace(from, to)).unwrap();
            edited = true;
        }
    }
    let judge = |program: &str, args: &[&str]| {
        let mut command = Command::new(find(&[program]));
        let (accepted, _) = verdict(command.current_dir(generated.path("monitoring")).args(args));
        accepted
    };
    let rules = [
        "check",
        "rules",
        "--lint=all",
        "--lint-fatal",
        "alert-rules.yml",
    ];
    edited.then(|| {
        judge("promtool", &rules)
            && judge("promtool", &["check", "config", "prometheus.yml"])
            && judge("amtool", &["check-config", "alertmanager.yml"])
    })
}

#[test]
fn without_a_fault_nothing_is_found() {
    let (found, _) = compiled(&texts());
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_fault_is_found_where_it_is() {
    let mut wrong = Vec::new();
    for fault in &faults() {
        let outcome = with(fault);
        let there = outcome.found.iter().any(|finding| {
            finding.code.name() == fault.code && points_there(finding, fault, &outcome)
        });
        if !there {
            let found: Vec<_> = outcome
                .found
                .iter()
                .map(|finding| {
                    let place = finding.primary.as_ref();
                    let place = place.map(|label| outcome.files.sources().describe(label.span));
                    format!("{} at {}", finding.code, place.unwrap_or_default())
                })
                .collect();
            wrong.push(format!(
                "{}: {} expected, found {found:?}",
                fault.what, fault.code
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

const HEAD: &str = "\
# Seeded faults

Mistakes of the kind that people make, one at a time, in the reference specs. A test seeds each and holds dashwright to finding
it, with this code, at its place. The last column says what `promtool check rules` (with all lints), `promtool check config` and
`amtool check-config` say if the same mistake is made in the rendered files: they know neither metrics, nor dashboards, nor
what was meant, so most are either accepted or in no file that they read. Unit tests, which promtool would run, are left out: those of
the reference system are derived by dashwright.

| mistake | in | found as | promtool, amtool |
| --- | --- | --- | --- |
";

#[test]
fn the_page_of_faults_is_current() {
    let mut page = HEAD.to_owned();
    let (mut refused, mut accepted, mut unseen) = (0, 0, 0);
    let faults = faults();
    for fault in &faults {
        let verdict = match judged(fault) {
            Some(false) => {
                refused += 1;
                "refused"
            }
            Some(true) => {
                accepted += 1;
                "accepted"
            }
            None => {
                unseen += 1;
                "in no file of theirs"
            }
        };
        page.push_str(&format!(
            "| {} | `{}` | [`{code}`](rules.md#{code}) | {verdict} |\n",
            fault.what,
            fault.file,
            code = fault.code
        ));
    }
    page.push_str(&format!(
        "\nOf {} mistakes dashwright finds {}. promtool and amtool refuse {refused}, accept {accepted}, and are never shown {unseen}.\n",
        faults.len(),
        faults.len()
    ));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/faults.md");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    assert!(
        fs::read_to_string(&path).is_ok_and(|own| own == page),
        "docs/faults.md is out of date: BLESS=1 cargo test --test engines page_of_faults"
    );
}
