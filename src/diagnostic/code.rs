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

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Files, YAML, keys and values.
    Specs,
    /// Names that lead nowhere.
    Names,
    /// Thresholds and units.
    Thresholds,
    /// Expressions.
    Queries,
    /// Metrics and labels.
    Metrics,
    /// Dashboards, panels and variables.
    Dashboards,
    /// Alerts and recording rules.
    Alerts,
    /// Scraping and routing.
    Routing,
    /// Events and emitters.
    Events,
    /// A running system, which `verify` asks.
    Live,
}

impl Family {
    /// Every family, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Specs,
        Self::Names,
        Self::Thresholds,
        Self::Queries,
        Self::Metrics,
        Self::Dashboards,
        Self::Alerts,
        Self::Routing,
        Self::Events,
        Self::Live,
    ];

    /// A heading for its codes.
    pub fn title(self) -> &'static str {
        match self {
            Self::Specs => "Files, keys and values",
            Self::Names => "Names",
            Self::Thresholds => "Thresholds and units",
            Self::Queries => "Queries",
            Self::Metrics => "Metrics and labels",
            Self::Dashboards => "Dashboards",
            Self::Alerts => "Alerts and recording rules",
            Self::Routing => "Scraping and routing",
            Self::Events => "Events and emitters",
            Self::Live => "The running system",
        }
    }
}

/// Declares [`Code`] together with the table behind its methods. `Fatal` is an
/// error after which there is nothing to render: no spec can allow it.
macro_rules! codes {
    (@severity Fatal) => { Severity::Error };
    (@severity $severity:ident) => { Severity::$severity };
    (@fatal Fatal) => { true };
    (@fatal $severity:ident) => { false };
    ($($family:ident { $($variant:ident = $name:literal, $severity:ident, $summary:literal;)* })*) => {
        /// The kind of a finding. Its name is stable: reports, allowances and
        /// searches rely on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[doc = $summary] $variant,)*)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$($(Code::$variant,)*)*];

            /// The kebab-case name.
            pub fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// Severity unless the project says otherwise.
            pub fn default_severity(self) -> Severity {
                match self { $($(Self::$variant => codes!(@severity $severity),)*)* }
            }

            /// Whether such a finding leaves nothing to render, so that specs
            /// can neither allow it nor change its severity.
            pub fn is_fatal(self) -> bool {
                match self { $($(Self::$variant => codes!(@fatal $severity),)*)* }
            }

            /// Whether specs can allow it, or give it another severity.
            pub fn is_allowable(self) -> bool {
                !self.is_fatal() && self.family() != Family::Live
            }

            /// What it is about.
            pub fn family(self) -> Family {
                match self { $($(Self::$variant => Family::$family,)*)* }
            }

            /// One line on what the code means.
            pub fn summary(self) -> &'static str {
                match self { $($(Self::$variant => $summary,)*)* }
            }

            /// Markdown on what it means and what to do, with specs in blocks
            /// marked `yaml bad` and `yaml good`.
            pub fn explanation(self) -> &'static str {
                match self {
                    $($(Self::$variant => include_str!(concat!("codes/", $name, ".md")),)*)*
                }
            }
        }
    };
}

codes! {
    Specs {
        NoSpecs = "no-specs", Fatal, "no spec file was found";
        Unreadable = "unreadable-file", Fatal, "a spec file cannot be read";
        NotUtf8 = "not-utf8", Fatal, "a spec file is not UTF-8 text";
        TooLarge = "too-large", Fatal, "a spec file is larger than the tool accepts";
        Syntax = "yaml-syntax", Fatal, "the file is not valid YAML";
        TooDeep = "too-deep", Fatal, "YAML is nested deeper than any spec";
        AliasBomb = "alias-expansion", Fatal, "YAML aliases expand to more than the tool accepts";
        DuplicateKey = "duplicate-key", Fatal, "a mapping holds the same key twice";
        UnknownKey = "unknown-key", Fatal, "a key has no meaning where it stands";
        MissingKey = "missing-key", Fatal, "a required key is missing";
        WrongType = "wrong-type", Fatal, "a value is not of the kind that its key takes";
        InvalidValue = "invalid-value", Fatal, "a value is outside what its key takes";
        ConflictingKeys = "conflicting-keys", Fatal, "keys that exclude each other are both given";
        EmptySpec = "empty-file", Warning, "a spec file defines nothing";
        UnknownProfile = "unknown-profile", Fatal, "the profile has no file";
        DuplicateName = "duplicate-name", Fatal, "a name is defined twice";
        InvalidName = "invalid-name", Fatal, "a name breaks the rules of Prometheus or Grafana";
        SecretInline = "secret-inline", Fatal, "a secret is written into the specs instead of a file's path";
        UnknownRule = "unknown-rule", Fatal, "an allowance or a severity names a rule that does not exist";
        NotAllowable = "not-allowable", Fatal, "an allowance or a severity is for a finding that leaves nothing to render";
        UnusedAllow = "unused-allow", Warning, "an allowance silences nothing";
    }

    Names {
        UnknownMetric = "unknown-metric", Fatal, "a metric is in no catalog";
        UnknownLabel = "unknown-label", Fatal, "a metric does not carry the label";
        UnknownQuery = "unknown-query", Fatal, "a query is not defined";
        UnknownThreshold = "unknown-threshold", Fatal, "thresholds are not defined";
        UnknownLevel = "unknown-level", Fatal, "thresholds have no such level";
        UnknownVariable = "unknown-variable", Fatal, "a dashboard variable is not defined";
        UnknownReceiver = "unknown-receiver", Fatal, "a receiver is not defined";
        UnknownDashboard = "unknown-dashboard", Fatal, "a dashboard is not defined";
        UnknownPanel = "unknown-panel", Fatal, "a panel is not defined";
        UnknownJob = "unknown-job", Fatal, "a scrape job is not defined";
        UnknownGroup = "unknown-group", Fatal, "a rule group is not defined";
        UnknownTimeInterval = "unknown-time-interval", Fatal, "a time interval is not defined";
        UnknownUnit = "unknown-unit", Fatal, "Grafana has no such unit";
        UnknownPlaceholder = "unknown-placeholder", Fatal, "a placeholder has no meaning in this text";
    }

    Thresholds {
        ThresholdOrder = "threshold-order", Fatal, "threshold levels do not get worse in their direction";
        UnitMismatch = "unit-mismatch", Fatal, "a value or threshold does not fit the query's unit";
        UnitOfValues = "unit-of-values", Warning, "a query's unit is not that of the values that it computes";
        PercentSign = "percent-sign", Warning, "a bound of a share is a bare number above one";
        ThresholdsUnused = "no-thresholds", Fatal, "something needs thresholds that its query does not have";
    }

    Queries {
        PromqlSyntax = "promql-syntax", Fatal, "an expression is not valid PromQL";
        PromqlType = "promql-type", Fatal, "an expression has the wrong PromQL type";
        UnknownFunction = "unknown-function", Fatal, "PromQL has no such function";
        ExperimentalFunction = "experimental-function", Warning, "Prometheus refuses the function unless a flag switches it on";
        ExperimentalSyntax = "experimental-syntax", Warning, "Prometheus refuses the syntax unless it is recent, or a flag switches it on";
        RemovedFunction = "removed-function", Warning, "current releases of Prometheus no longer have the function";
        CounterWithoutRate = "counter-without-rate", Error, "a counter's raw value is used";
        RateOnGauge = "rate-on-gauge", Error, "a counter function is applied to a gauge";
        GaugeFunctionOnCounter = "gauge-function-on-counter", Error, "a gauge function is applied to a counter";
        HistogramBaseName = "histogram-base-name", Error, "a classic histogram is used by its base name";
        QuantileWithoutLe = "quantile-without-le", Error, "histogram_quantile gets buckets without their `le` label";
        QuantileRange = "quantile-range", Error, "a quantile is outside 0 to 1";
        LostLabel = "lost-label", Error, "a label is used after the expression has dropped it";
        InvalidRegex = "invalid-regex", Fatal, "a regular expression does not compile";
        MatcherOnVariable = "equality-on-multi-variable", Error, "a multi-value variable is compared with `=`";
        MacroOutsideDashboard = "macro-outside-dashboard", Fatal, "a dashboard macro or variable stands in a rule";
        WindowMissing = "window-missing", Fatal, "an expression uses `$window` where none is given";
        EmptyRange = "empty-range", Error, "a range never holds the samples that its function needs";
        ShortRange = "short-range", Warning, "a range holds too few samples of the metric for the function that reads it";
        FixedRange = "fixed-range", Hint, "a panel's rate has a fixed range where `$window` would follow the resolution";
        UnknownLabelValue = "unknown-label-value", Warning, "a matcher asks for a value that the label never holds";
        NeedlessRegex = "needless-regex", Hint, "a regular expression matches one literal, or everything";
        UnknownBucket = "unknown-bucket", Warning, "a matcher asks for a bucket that the histogram does not have";
        SidesCannotMatch = "sides-cannot-match", Error, "no series of the two sides of an operator can match";
        SeveralMatches = "several-matches", Error, "an operator needs one series per match and gets several";
        EmptyResult = "empty-result", Error, "an expression can never return anything";
        SeveralSeries = "several-series", Hint, "a panel for one number gets several series that nothing tells apart";
        SilentWhenIdle = "silent-when-idle", Hint, "an alert on a low ratio is silent when nothing happens at all";
        DeprecatedMetric = "deprecated-metric", Warning, "an expression reads a metric that will go";
    }

    Metrics {
        MetricUnused = "metric-unused", Hint, "a metric is declared, and no query, variable or rule reads it";
        MetricNotMoved = "metric-not-moved", Hint, "events move metrics, and none moves this one";
        CounterSuffix = "counter-suffix", Warning, "a counter's name does not end in `_total`, or another metric's does";
        ReservedSuffix = "reserved-suffix", Warning, "a name ends like a part of a histogram";
        UnitSuffix = "unit-suffix", Hint, "a name does not end in the metric's unit, or the unit is not a base unit";
        MetricName = "metric-name", Hint, "a name departs from Prometheus's conventions";
        ReservedLabel = "reserved-label", Warning, "a metric declares a label that Prometheus or its scrape job sets";
        HelpMissing = "help-missing", Hint, "a help text is empty";
        ThresholdBetweenBuckets = "threshold-between-buckets", Warning, "a level on a quantile lies between the bounds of two buckets";
        Cardinality = "cardinality", Warning, "a metric may come to more series than the project's limit";
    }

    Dashboards {
        PanelKind = "panel-kind", Fatal, "a panel does not name exactly one kind";
        PanelTooWide = "panel-too-wide", Fatal, "a panel does not fit the 24 columns";
        PanelOverlap = "panel-overlap", Fatal, "two panels cover the same cells";
        PanelIdCollision = "panel-id-collision", Fatal, "two panels of a dashboard have the same id";
        VariableCycle = "variable-cycle", Fatal, "variables depend on each other in a circle";
        VariableUnused = "variable-filters-nothing", Warning, "a variable takes part in no query of its dashboard";
        PartlyFiltered = "partly-filtered", Warning, "a variable filters some parts of an expression and not others";
        OtherTargets = "other-targets", Warning, "a variable offers the targets of one job and filters the series of another";
        UnfilteredPanel = "unfiltered-panel", Hint, "a variable cannot filter a panel, though what it shows comes from a metric with the label";
        UndefinedInText = "undefined-in-text", Warning, "a text names a variable that the dashboard does not have";
        MissingUnit = "missing-unit", Hint, "a panel's numbers have no unit";
        MissingDescription = "missing-description", Hint, "a dashboard or panel does not say what it shows";
        MixedUnits = "mixed-units", Warning, "values of different units are stacked, compared or judged together";
        DuplicateTitle = "duplicate-title", Warning, "two panels of a dashboard have the same title";
        FastRefresh = "fast-refresh", Hint, "a dashboard reloads more often than anything is scraped";
        RangeBelowWindow = "range-below-window", Warning, "a dashboard shows less time than its windows look back";
        UnknownColor = "unknown-color", Warning, "there is no such color or color scheme";
        UnknownTimeZone = "unknown-time-zone", Warning, "there is no such time zone";
        InvalidLink = "invalid-link", Warning, "a link's address leads nowhere";
    }

    Alerts {
        Untested = "alert-untested", Warning, "an alert has no unit test: none could be derived and none is given";
        TemplateSyntax = "template-syntax", Fatal, "an alert template does not parse";
        AlertCondition = "alert-condition", Fatal, "an alert does not state exactly one condition";
        MissingSeverity = "missing-severity", Fatal, "an alert has no severity";
        RuleCycle = "rule-cycle", Fatal, "recording rules depend on each other in a circle";
        NoCondition = "alert-without-condition", Warning, "an alert fires for whatever its expression finds";
        NeverFires = "alert-never-fires", Warning, "no value can meet an alert's condition";
        AlwaysFires = "alert-always-fires", Warning, "every value meets an alert's condition";
        ValueInLabel = "value-in-label", Warning, "a label of an alert holds its value, which makes a new alert of each change";
        ShortFor = "short-for", Warning, "an alert's `for` ends before its group is evaluated twice";
        UnevenFor = "uneven-for", Hint, "an alert's `for` is not a multiple of the time between evaluations";
        AbsentWithoutFor = "absent-without-for", Warning, "an alert on missing series does not wait for a second scrape";
        UndeclaredValue = "undeclared-label-value", Warning, "an alert's label has a value that the label is not declared to have";
        SeverityOrder = "severity-order", Warning, "an alert of a higher severity fires before that of a lower one";
        DuplicateAlert = "duplicate-alert", Warning, "two alerts have the same condition and labels";
        AlertWithoutPanel = "alert-without-panel", Hint, "no panel asks the query of an alert";
        RecordUnused = "record-unused", Hint, "nothing reads a recorded series";
        SlowRecord = "slow-record", Warning, "an alert is evaluated more often than the series that it reads is recorded";
    }

    Routing {
        DuplicateTarget = "duplicate-target", Error, "a job scrapes the same target twice";
        ScrapeTimeout = "scrape-timeout", Fatal, "a scrape times out later than the next one starts";
        UnmountedFile = "unmounted-file", Warning, "a service of the stack reads a file that its container does not have";
        RareScrape = "rare-scrape", Warning, "a job is scraped so rarely that its series are gone in between";
        MetricWithoutJob = "metric-without-job", Warning, "a metric does not say which of several jobs exposes it";
        AlertUntold = "alert-untold", Warning, "an alert reaches receivers only that tell nobody";
        ToldOtherwise = "told-otherwise", Error, "an alert does not reach anybody in a way that its severity demands";
        UnreachableRoute = "unreachable-route", Warning, "no alert comes to a route";
        UnusedReceiver = "unused-receiver", Warning, "no route leads to a receiver";
        InhibitionUnmet = "inhibition-unmet", Warning, "no alert can silence, or be silenced, by an inhibition";
        SelfInhibition = "self-inhibition", Warning, "an alert is on both sides of an inhibition, which spares it then";
    }

    Events {
        UnknownArgument = "unknown-argument", Fatal, "an event has no such argument";
        UnknownEvent = "unknown-event", Fatal, "an event is not defined";
        EventUpdate = "event-update", Fatal, "an event moves a metric in a way that its type or unit does not allow";
        LabelWithoutValue = "label-without-value", Fatal, "an event moves a metric and leaves a label without a value";
        ArgumentType = "argument-type", Fatal, "an argument is used for what its type cannot be";
        UnusedArgument = "unused-argument", Warning, "an event takes an argument and does nothing with it";
        GuardEnd = "guard-end", Fatal, "a guard cannot end with this event";
        UnknownEmitter = "unknown-emitter", Fatal, "there are no templates for an emitter in this language";
        FileTemplate = "file-template", Fatal, "a template of files does not render";
        UnusedTemplate = "unused-template", Fatal, "no file is made of a template";
        NotEmitted = "not-emitted", Warning, "a metric is of a type that emitters do not have";
    }

    Live {
        // The running system: its servers
        Unreachable = "unreachable", Error, "a server does not answer as it should";
        ClockSkew = "clock-skew", Warning, "clocks of the system differ";

        // The running system: what is exposed
        ExpositionSyntax = "exposition-syntax", Error, "an exposition cannot be read";
        MetricNotExposed = "metric-not-exposed", Error, "a metric of the catalog is not exposed";
        ExposedType = "exposed-type", Error, "a metric is exposed with another type";
        ExposedUnit = "exposed-unit", Error, "a metric is exposed with another unit";
        ExposedHelp = "exposed-help", Warning, "a metric is exposed with another help";
        ExposedLabels = "exposed-labels", Error, "a metric is exposed with other labels";
        ExposedBuckets = "exposed-buckets", Error, "a histogram is exposed with other buckets";
        ExposedLabelValue = "exposed-label-value", Error, "a label has a value that its closed set does not hold";
        LabelLimit = "label-limit", Error, "a label has more values than its limit allows";
        LabelValuesFolded = "label-values-folded", Warning, "the emitter had to fold, cut or drop what it was given";
        DuplicateSeries = "duplicate-series", Error, "a series is exposed twice";
        UndeclaredMetric = "undeclared-metric", Hint, "a metric is exposed that no catalog declares";
        NoSeriesYet = "no-series-yet", Hint, "a metric is exposed without any series";

        // The running system: Prometheus
        JobNotScraped = "job-not-scraped", Error, "a job or target of the specs is not scraped";
        TargetDown = "target-down", Error, "a target cannot be scraped";
        TargetNotScrapedYet = "target-not-scraped-yet", Warning, "a target has not been scraped yet";
        ScrapeInterval = "scrape-interval", Warning, "a target is scraped at another interval";
        UndeclaredJob = "undeclared-job", Hint, "Prometheus scrapes a job that the specs do not have";
        CounterResets = "counter-resets", Warning, "a counter starts from zero again and again";
        RuleNotLoaded = "rule-not-loaded", Error, "a rule of the specs is not loaded";
        RuleDiffers = "rule-differs", Error, "a rule is loaded in another version";
        RuleFails = "rule-fails", Error, "a rule cannot be evaluated";
        RuleNotEvaluated = "rule-not-evaluated", Warning, "a rule has not been evaluated, or not for long";
        EvaluationInterval = "evaluation-interval", Warning, "a rule group is evaluated at another interval";
        UndeclaredRule = "undeclared-rule", Hint, "a rule is loaded that the specs do not have";
        AlertFiring = "alert-firing", Hint, "an alert is firing now";

        // The running system: queries
        QueryFails = "query-fails", Error, "Prometheus refuses a query";
        NoSuchJob = "no-such-job", Error, "a query asks for a job that Prometheus does not have";
        MetricNeverSeen = "metric-never-seen", Error, "a query asks for a metric that Prometheus has never seen";
        MetricGone = "metric-gone", Error, "a query asks for a metric that is no longer there";
        LabelAbsent = "label-absent", Error, "a query asks for a label that the series do not have";
        LabelValueAbsent = "label-value-absent", Error, "a query asks for a label value that no series has";
        MatchersDisagree = "matchers-disagree", Error, "each matcher of a query selects series, and all together none";
        NotThatLongAgo = "not-that-long-ago", Warning, "a query looks back to before there was data";
        WindowTooShort = "window-too-short", Error, "a window holds fewer samples than its function needs";
        TooEarly = "too-early", Warning, "there are not enough samples yet";
        NothingHappened = "nothing-happened", Warning, "a query has no value because nothing has happened";
        NotANumber = "not-a-number", Error, "a query yields nothing but NaN";
        SidesDoNotMatch = "sides-do-not-match", Error, "the two sides of an operator have no labels in common";
        ComparisonFiltersAll = "comparison-filters-all", Warning, "a comparison lets no series through";
        NoData = "no-data", Error, "a query yields nothing";
        NoDataForValue = "no-data-for-value", Hint, "a query yields nothing for some values of a variable";
        TooManySeries = "too-many-series", Warning, "a query yields more series than its panel can show";
        VariableEmpty = "variable-empty", Error, "a variable offers no value";

        // The running system: Alertmanager
        AlertmanagerNotUsed = "alertmanager-not-used", Error, "Prometheus does not send alerts to an Alertmanager of the specs";
        RoutingDiffers = "routing-differs", Error, "Alertmanager runs another configuration";
        ReceiverNotLoaded = "receiver-not-loaded", Error, "Alertmanager does not know a receiver of the specs";
        AlertSilenced = "alert-silenced", Warning, "a silence keeps an alert from being told";
    }
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

#[cfg(test)]
mod tests {
    use super::{Code, Family};
    use std::collections::BTreeSet;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for name in names {
            let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(name.chars().all(is_plain), "{name}");
        }
    }

    #[test]
    fn the_table_is_in_the_order_of_families() {
        let families: Vec<_> = Code::ALL.iter().map(|code| code.family()).collect();
        assert!(families.is_sorted());
        for family in Family::ALL {
            assert!(families.contains(&family), "{family:?}");
        }
    }
}
