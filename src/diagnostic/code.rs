//! The table of finding codes.

use std::fmt;

/// How bad a finding is. The order is from worst to mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing may be written.
    Error,
    /// Something is probably not what was meant.
    Warning,
    /// Something could be better.
    Hint,
}

impl Severity {
    /// Lower-case name, as reports show it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Declares [`Code`] together with the table behind its methods.
macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $severity:ident, $summary:literal;)*) => {
        /// The kind of a finding. Its name is stable: reports, allowances and
        /// searches rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The kebab-case name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Severity unless the project says otherwise.
            pub fn default_severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// One line on what the code means.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

codes! {
    // Reading
    NoSpecs = "no-specs", Error, "no spec file was found";
    Unreadable = "unreadable-file", Error, "a spec file cannot be read";
    NotUtf8 = "not-utf8", Error, "a spec file is not UTF-8 text";
    TooLarge = "too-large", Error, "a spec file is larger than the tool accepts";
    Syntax = "yaml-syntax", Error, "the file is not valid YAML";
    TooDeep = "too-deep", Error, "YAML is nested deeper than any spec";
    AliasBomb = "alias-expansion", Error, "YAML aliases expand to more than the tool accepts";
    DuplicateKey = "duplicate-key", Error, "a mapping holds the same key twice";
    UnknownKey = "unknown-key", Error, "a key has no meaning where it stands";
    MissingKey = "missing-key", Error, "a required key is missing";
    WrongType = "wrong-type", Error, "a value is not of the kind that its key takes";
    InvalidValue = "invalid-value", Error, "a value is outside what its key takes";
    ConflictingKeys = "conflicting-keys", Error, "keys that exclude each other are both given";
    EmptySpec = "empty-file", Warning, "a spec file defines nothing";
    UnknownProfile = "unknown-profile", Error, "the profile has no file";
    DuplicateName = "duplicate-name", Error, "a name is defined twice";
    InvalidName = "invalid-name", Error, "a name breaks the rules of Prometheus or Grafana";

    // Binding
    UnknownMetric = "unknown-metric", Error, "a metric is in no catalog";
    UnknownLabel = "unknown-label", Error, "a metric does not carry the label";
    UnknownQuery = "unknown-query", Error, "a query is not defined";
    UnknownThreshold = "unknown-threshold", Error, "thresholds are not defined";
    UnknownLevel = "unknown-level", Error, "thresholds have no such level";
    UnknownVariable = "unknown-variable", Error, "a dashboard variable is not defined";
    UnknownReceiver = "unknown-receiver", Error, "a receiver is not defined";
    UnknownDashboard = "unknown-dashboard", Error, "a dashboard is not defined";
    UnknownPanel = "unknown-panel", Error, "a panel is not defined";
    UnknownJob = "unknown-job", Error, "a scrape job is not defined";
    UnknownGroup = "unknown-group", Error, "a rule group is not defined";
    UnknownTimeInterval = "unknown-time-interval", Error, "a time interval is not defined";
    UnknownUnit = "unknown-unit", Error, "Grafana has no such unit";
    UnknownPlaceholder = "unknown-placeholder", Error, "a placeholder has no meaning in this text";

    UnknownArgument = "unknown-argument", Error, "an event has no such argument";
    UnknownEvent = "unknown-event", Error, "an event is not defined";

    // Thresholds
    ThresholdOrder = "threshold-order", Error, "threshold levels do not get worse in their direction";
    UnitMismatch = "unit-mismatch", Error, "a value or threshold does not fit the query's unit";
    ThresholdsUnused = "no-thresholds", Error, "something needs thresholds that its query does not have";

    // Queries
    PromqlSyntax = "promql-syntax", Error, "an expression is not valid PromQL";
    PromqlType = "promql-type", Error, "an expression has the wrong PromQL type";
    UnknownFunction = "unknown-function", Error, "PromQL has no such function";
    CounterWithoutRate = "counter-without-rate", Error, "a counter's raw value is used";
    RateOnGauge = "rate-on-gauge", Error, "a counter function is applied to a gauge";
    GaugeFunctionOnCounter = "gauge-function-on-counter", Error, "a gauge function is applied to a counter";
    HistogramBaseName = "histogram-base-name", Error, "a classic histogram is used by its base name";
    QuantileWithoutLe = "quantile-without-le", Error, "histogram_quantile gets buckets without their `le` label";
    QuantileRange = "quantile-range", Error, "a quantile is outside 0 to 1";
    LostLabel = "lost-label", Error, "a label is used after the expression has dropped it";
    InvalidRegex = "invalid-regex", Error, "a regular expression does not compile";
    MatcherOnVariable = "equality-on-multi-variable", Error, "a multi-value variable is compared with `=`";
    MacroOutsideDashboard = "macro-outside-dashboard", Error, "a dashboard macro or variable stands in a rule";
    WindowMissing = "window-missing", Error, "an expression uses `$window` where none is given";

    // Dashboards
    PanelKind = "panel-kind", Error, "a panel does not name exactly one kind";
    PanelTooWide = "panel-too-wide", Error, "a panel does not fit the 24 columns";
    PanelOverlap = "panel-overlap", Error, "two panels cover the same cells";
    PanelIdCollision = "panel-id-collision", Error, "two panels of a dashboard have the same id";
    VariableCycle = "variable-cycle", Error, "variables depend on each other in a circle";
    VariableUnused = "variable-filters-nothing", Warning, "a variable takes part in no query of its dashboard";
    Untested = "alert-untested", Warning, "an alert has no unit test: none could be derived and none is given";
    TemplateSyntax = "template-syntax", Error, "an alert template does not parse";

    // Events
    EventUpdate = "event-update", Error, "an event moves a metric in a way that its type or unit does not allow";
    LabelWithoutValue = "label-without-value", Error, "an event moves a metric and leaves a label without a value";
    ArgumentType = "argument-type", Error, "an argument is used for what its type cannot be";
    UnusedArgument = "unused-argument", Warning, "an event takes an argument and does nothing with it";
    GuardEnd = "guard-end", Error, "a guard cannot end with this event";
    UnknownEmitter = "unknown-emitter", Error, "there are no templates for an emitter in this language";
    FileTemplate = "file-template", Error, "a template of files does not render";
    UnusedTemplate = "unused-template", Warning, "no file is made of a template of the specs";
    NotEmitted = "not-emitted", Warning, "a metric is of a type that emitters do not have";

    // Alerts and routing
    AlertCondition = "alert-condition", Error, "an alert does not state exactly one condition";
    MissingSeverity = "missing-severity", Error, "an alert has no severity";
    RuleCycle = "rule-cycle", Error, "recording rules depend on each other in a circle";
    DuplicateTarget = "duplicate-target", Error, "a job scrapes the same target twice";
    ScrapeTimeout = "scrape-timeout", Error, "a scrape times out later than the next one starts";
    SecretInline = "secret-inline", Error, "a secret is written into the specs instead of a file's path";
}

impl Code {
    /// The code called `name`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
