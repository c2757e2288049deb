//! Items: things with an identity, and all that is said of them as fields.

use serde_json::Value;
use std::collections::BTreeMap;

/// What an item is, in the order in which changes are told: definitions
/// first, as they cause the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Values laid over the specs.
    Profile,
    /// Bounds of a quantity.
    Threshold,
    /// A metric of the user's own service, or of an exporter.
    Metric,
    /// What a label may hold.
    Label,
    /// A named query.
    Query,
    /// A call of the emitter.
    Event,
    /// Metrics of somebody else's exporter.
    Catalog,
    /// A package of code.
    Emitter,
    /// A template of the user's own.
    Template,
    /// What people are told of Grafana.
    Grafana,
    /// A way to tell people.
    Receiver,
    /// A node of the routing tree.
    Route,
    /// Alerts that silence others.
    Inhibition,
    /// A recurring time.
    TimeInterval,
    /// Alertmanager's other settings.
    Alertmanager,
    /// An alert.
    Alert,
    /// A recording rule.
    Record,
    /// A group of rules.
    Group,
    /// A datasource of Grafana.
    Datasource,
    /// A dashboard.
    Dashboard,
    /// A dashboard variable.
    Variable,
    /// A panel.
    Panel,
    /// A scrape job.
    Job,
    /// Prometheus's other settings.
    Prometheus,
    /// Where Grafana finds dashboards.
    Provider,
    /// A service of the compose stack.
    Service,
    /// The compose stack's other settings.
    Stack,
    /// A unit test of an alert.
    AlertTest,
    /// Any other file.
    File,
}

impl Kind {
    /// Its name in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Threshold => "threshold",
            Self::Metric => "metric",
            Self::Label => "label",
            Self::Query => "query",
            Self::Event => "event",
            Self::Catalog => "catalog",
            Self::Emitter => "emitter",
            Self::Template => "template",
            Self::Grafana => "Grafana setting",
            Self::Receiver => "receiver",
            Self::Route => "route",
            Self::Inhibition => "inhibition",
            Self::TimeInterval => "time interval",
            Self::Alertmanager => "Alertmanager setting",
            Self::Alert => "alert",
            Self::Record => "recording rule",
            Self::Group => "rule group",
            Self::Datasource => "datasource",
            Self::Dashboard => "dashboard",
            Self::Variable => "variable",
            Self::Panel => "panel",
            Self::Job => "scrape job",
            Self::Prometheus => "Prometheus setting",
            Self::Provider => "dashboard provider",
            Self::Service => "service",
            Self::Stack => "stack setting",
            Self::AlertTest => "alert test",
            Self::File => "file",
        }
    }

    /// Its name for `count` of them.
    pub fn counted(self, count: usize) -> String {
        match (count, self) {
            (1, _) => format!("1 {}", self.name()),
            (_, Self::Query) => format!("{count} queries"),
            _ => format!("{count} {}s", self.name()),
        }
    }

    /// Whether it stands in specs only.
    pub(crate) fn is_definition(self) -> bool {
        self <= Self::Grafana
    }

    /// Whether it only follows from the rest, as documentation does.
    pub fn is_derived(self) -> bool {
        matches!(self, Self::AlertTest | Self::File)
    }
}

/// The field of a metric that names what takes its place.
pub(crate) const SUCCESSOR: &str = "renamed_to";

/// Kind and key, which together are an identity.
pub(crate) type Id = (Kind, String);

/// Something with an identity.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) kind: Kind,
    /// What tells it from others of its kind.
    pub(crate) key: String,
    /// What people call it.
    pub(crate) name: String,
    /// What it is in: the dashboard of a panel, the group of an alert.
    pub(crate) inside: Option<(Id, String)>,
    /// The file that says all of this, unless it is a definition.
    pub(crate) file: Option<String>,
    /// All that is said of it: single values and lists of them by path.
    pub(crate) fields: Fields,
}

pub(crate) type Fields = BTreeMap<String, Value>;

impl Item {
    pub(crate) fn new(kind: Kind, key: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            kind,
            key: key.into(),
            name: name.into(),
            inside: None,
            file: None,
            fields: Fields::new(),
        }
    }

    /// With all that `value` says as fields.
    pub(crate) fn with(mut self, value: &Value) -> Self {
        flatten("", value, &mut self.fields);
        self
    }

    pub(crate) fn inside(mut self, kind: Kind, key: &str, name: &str) -> Self {
        self.inside = Some(((kind, key.to_owned()), name.to_owned()));
        self
    }

    pub(crate) fn id(&self) -> Id {
        (self.kind, self.key.clone())
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.fields.get(path)?.as_str()
    }
}

/// Takes `value` apart into single values and lists of them. Parts of lists
/// go by a name of their own where they have one, so that an insertion moves
/// nothing.
pub(crate) fn flatten(path: &str, value: &Value, fields: &mut Fields) {
    flatten_at(&mut path.to_owned(), value, fields);
}

fn flatten_at(path: &mut String, value: &Value, fields: &mut Fields) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                below(path, key, |path| flatten_at(path, value, fields));
            }
        }
        Value::Array(list)
            if !list.is_empty() && list.iter().all(Value::is_object) && !is_whole(path) =>
        {
            let mut names = Names::default();
            for (index, part) in list.iter().enumerate() {
                let name = part_name(part).unwrap_or_else(|| index.to_string());
                let name = names.unique(name);
                below(path, &name, |path| flatten_at(path, part, fields));
            }
        }
        _ => {
            fields.insert(path.clone(), value.clone());
        }
    }
}

/// With a path that is one segment longer.
fn below(path: &mut String, key: &str, then: impl FnOnce(&mut String)) {
    let length = path.len();
    if !path.is_empty() {
        path.push('/');
    }
    if key.contains('/') {
        // What separates segments is no part of one.
        path.push_str(&key.replace('/', "∕"));
    } else {
        path.push_str(key);
    }
    then(path);
    path.truncate(length);
}

/// Lists that only mean something as a whole.
fn is_whole(path: &str) -> bool {
    path.ends_with("thresholds/steps") || path.ends_with("valueMaps")
}

fn part_name(part: &Value) -> Option<String> {
    if let Some(matcher) = part.get("matcher") {
        return Some(format!(
            "{}:{}",
            shown(&matcher["id"]),
            shown(&matcher["options"])
        ));
    }
    ["refId", "name", "uid", "id", "key", "title"]
        .into_iter()
        .find_map(|key| match &part[key] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        })
}

/// A value as people read it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        Value::Array(list) if list.is_empty() => "none".to_owned(),
        Value::Array(list) => list.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(map) if map.is_empty() => "none".to_owned(),
        _ => value.to_string(),
    }
}

/// Makes keys unique by counting those that recur.
#[derive(Default)]
pub(crate) struct Names(BTreeMap<String, usize>);

impl Names {
    pub(crate) fn unique(&mut self, name: String) -> String {
        let seen = self.0.entry(name.clone()).or_default();
        *seen += 1;
        match *seen {
            1 => name,
            count => format!("{name}#{count}"),
        }
    }
}
