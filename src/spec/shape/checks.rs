//! What a project makes of findings.

use crate::diagnostic::{Covers, Severity, Sink, Spanned};
use crate::spec::allow;
use crate::spec::reader::{FromMap, MapReader, Named, choice};
use crate::spec::schema::{Book, Keys, Schema, rules};

choice! {
    /// How bad findings of a rule are in a project.
    RuleLevel {
        /// Nothing is written.
        Error = "error",
        /// Reported as a warning.
        Warning = "warning",
        /// Reported as a hint.
        Hint = "hint",
        /// Not reported.
        Off = "off",
    }
}

/// `checks`: limits that rules hold specs to. Severities and allowances go
/// straight to the sink.
#[derive(Debug, Clone, Default)]
pub struct Checks {
    /// Most series that a metric may come to per target, by the limits of its
    /// labels.
    pub cardinality: Option<Spanned<u32>>,
}

/// Rules by name, with how bad what they find is.
struct Severities;

impl Schema for Severities {
    fn schema(book: &mut Book) -> serde_json::Value {
        let level = RuleLevel::schema(book);
        let mut named = book.named(level);
        named["propertyNames"] = rules();
        named
    }
}

impl FromMap for Checks {
    const NAME: &'static str = "Checks";
    const ABOUT: &'static [&'static str] = &["What the project makes of findings."];

    fn keys(keys: &mut Keys<'_>) {
        keys.key::<u32>(
            "cardinality",
            &["Most series that a metric may come to, by the limits of its labels."],
        );
        keys.key::<Severities>("severity", &["Rules that are milder or harsher here."]);
        keys.allow();
    }

    fn from_map(map: &mut MapReader<'_, '_>, sink: &mut Sink) -> Option<Self> {
        let cardinality = map.optional("cardinality", sink);
        let severities: Vec<Named<RuleLevel>> = map.optional("severity", sink).unwrap_or_default();
        for Named { name, item } in severities {
            let (Some(code), Some(level)) = (
                allow::rule_named(&name, "given another severity", sink),
                item,
            ) else {
                continue;
            };
            sink.set_severity(code, level.severity());
        }
        if let Some(list) = map.get(allow::ALLOW) {
            allow::read(&list.value, &Covers::Project, sink);
        }
        Some(Self { cardinality })
    }
}

impl RuleLevel {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Error => Some(Severity::Error),
            Self::Warning => Some(Severity::Warning),
            Self::Hint => Some(Severity::Hint),
            Self::Off => None,
        }
    }
}
