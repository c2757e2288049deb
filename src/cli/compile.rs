//! Specs to model: what the commands that need a model have in common.

use super::Outcome;
use super::terminal::Terminal;
use crate::check;
use crate::diagnostic::{Code, Diagnostic, Severity, Sink};
use crate::model::Model;
use crate::report;
use crate::spec::{self, Files, shape::Specs};
use clap::ValueEnum;
use std::path::PathBuf;

/// Which specs to compile.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct SpecArgs {
    /// Directory of the specs
    #[arg(long, value_name = "DIR", default_value = DEFAULT_SPECS)]
    pub(super) specs: PathBuf,
    /// Lay `profiles/NAME.yaml` over the specs
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
}

/// Where specs are unless the user says otherwise.
pub(super) const DEFAULT_SPECS: &str = "specs";

/// For whom results are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// For programs: one JSON document on standard output
    Json,
}

/// For whom findings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum FindingsFormat {
    /// For people
    Human,
    /// For programs: one JSON document on standard output
    Json,
    /// For GitHub's workflows: annotations beside the lines
    Github,
    /// For code scanning services: SARIF 2.1.0
    Sarif,
}

impl From<Format> for FindingsFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Human => Self::Human,
            Format::Json => Self::Json,
        }
    }
}

/// Which findings make a run fail, beside errors.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct FailArgs {
    /// Fail on warnings too
    #[arg(long, value_name = "WHAT", conflicts_with = "fail_on")]
    deny: Option<Deny>,
    /// Fail on findings of this severity or worse
    #[arg(long, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    /// Warnings
    Warnings,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// As always
    Error,
    /// Warnings and errors
    Warning,
    /// Anything at all
    Hint,
}

impl FailArgs {
    /// Whether any of the findings is one that the user does not put up with.
    pub(super) fn forbid(&self, found: &[Diagnostic]) -> bool {
        let mildest = match (self.deny, self.fail_on) {
            (Some(Deny::Warnings), _) | (None, Some(FailOn::Warning)) => Severity::Warning,
            (None, Some(FailOn::Hint)) => Severity::Hint,
            (None, Some(FailOn::Error) | None) => Severity::Error,
        };
        found
            .iter()
            .any(|diagnostic| diagnostic.severity <= mildest)
    }
}

/// What came of the specs.
pub(super) struct Compiled {
    pub(super) files: Files,
    pub(super) specs: Specs,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// `None` if anything is an error.
    pub(super) model: Option<Model>,
}

/// Compiles the specs as far as they go.
pub(super) fn compile(args: &SpecArgs) -> Compiled {
    let mut sink = Sink::default();
    let files = spec::read(&args.specs, args.profile.as_deref(), &mut sink);
    if sink.iter().any(is_misuse) {
        let diagnostics = sink.into_sorted();
        return Compiled {
            files,
            specs: Specs::default(),
            diagnostics,
            model: None,
        };
    }
    stay_on_one_thread_if_small([&files]);
    let specs = spec::decode(&files, &mut sink);
    let model = check::judged(&specs, &files, &mut sink);
    Compiled {
        files,
        specs,
        diagnostics: sink.into_sorted(),
        model,
    }
}

/// Specs of at most so many bytes are compiled by one thread.
const SMALL: usize = 64 << 10;

/// Makes this thread do alone what would otherwise be shared out: small specs
/// are compiled sooner than threads are started.
pub(super) fn stay_on_one_thread_if_small<'f>(files: impl IntoIterator<Item = &'f Files>) {
    let sources = files.into_iter().flat_map(|files| files.sources().iter());
    let bytes: usize = sources.map(|(_, file)| file.text().len()).sum();
    if bytes <= SMALL {
        // Fails only if the thread belongs to a pool already, which then does it.
        let _ = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .use_current_thread()
            .build();
    }
}

/// Whether the finding is about how the tool was called and not about specs.
pub(super) fn is_misuse(diagnostic: &Diagnostic) -> bool {
    matches!(diagnostic.code, Code::NoSpecs | Code::UnknownProfile)
}

impl Compiled {
    /// How the run ends as far as the specs are concerned.
    pub(super) fn outcome(&self) -> Outcome {
        if self.diagnostics.iter().any(is_misuse) {
            Outcome::Failed
        } else if self.has(Severity::Error) || self.model.is_none() {
            Outcome::Findings
        } else {
            Outcome::Clean
        }
    }

    /// How the run ends for a user who does not put up with everything.
    pub(super) fn outcome_under(&self, fail: &FailArgs) -> Outcome {
        match self.outcome() {
            Outcome::Clean if fail.forbid(&self.diagnostics) => Outcome::Findings,
            outcome => outcome,
        }
    }

    /// Whether there is a finding of `severity`.
    pub(super) fn has(&self, severity: Severity) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == severity)
    }

    /// Prints the findings for people.
    pub(super) fn print_findings(&self, terminal: &mut Terminal<'_>) -> anyhow::Result<()> {
        let style = terminal.err_style();
        terminal.print_err(&report::diagnostics(
            &self.diagnostics,
            self.files.sources(),
            style,
        ))?;
        terminal.print_err(&report::summary(&self.diagnostics, style))
    }

    /// Prints the findings for people, but only how many hints there are: those
    /// are for whoever works on the specs.
    pub(super) fn print_warnings(&self, terminal: &mut Terminal<'_>) -> anyhow::Result<()> {
        let worse = |found: &&Diagnostic| found.severity < Severity::Hint;
        let others: Vec<_> = self.diagnostics.iter().filter(worse).cloned().collect();
        let style = terminal.err_style();
        let sources = self.files.sources();
        terminal.print_err(&report::diagnostics(&others, sources, style))?;
        terminal.print_err(&report::summary(&self.diagnostics, style))?;
        if !self.has(Severity::Hint) {
            return Ok(());
        }
        terminal.print_err("`dashwright check` shows the hints\n")
    }

    /// Prints the findings for GitHub's workflows.
    pub(super) fn print_annotations(&self, terminal: &mut Terminal<'_>) -> anyhow::Result<()> {
        terminal.print(report::annotations(&self.diagnostics, self.files.sources()))
    }

    /// Prints the findings for code scanning services.
    pub(super) fn print_sarif(&self, terminal: &mut Terminal<'_>) -> anyhow::Result<()> {
        terminal.print(report::sarif(&self.diagnostics, self.files.sources()))
    }

    /// Prints the findings in the given format, where nothing else follows.
    pub(super) fn print_all(
        &self,
        format: impl Into<FindingsFormat>,
        terminal: &mut Terminal<'_>,
    ) -> anyhow::Result<()> {
        match format.into() {
            FindingsFormat::Human => self.print_findings(terminal),
            FindingsFormat::Json => terminal.print(report::document(
                &self.diagnostics,
                self.files.sources(),
                None,
            )),
            FindingsFormat::Github => self.print_annotations(terminal),
            FindingsFormat::Sarif => self.print_sarif(terminal),
        }
    }
}
