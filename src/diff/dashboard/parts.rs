//! A dashboard's JSON in parts that can be compared as text, since of two
//! versions of one most parts are the same.

use memchr::memmem;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The parts of a JSON document that may be a dashboard.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Parts<'j> {
    /// All but the panels, as JSON by key.
    settings: BTreeMap<String, String>,
    /// The panels, as JSON.
    pub(super) panels: Vec<&'j str>,
    /// Whether there is a list of panels.
    pub(super) has_panels: bool,
}

impl<'j> Parts<'j> {
    /// `None` if the text is no JSON object. A panel that stands on lines of its
    /// own may still be no JSON.
    pub(super) fn read(text: &'j str) -> Option<Self> {
        Self::from_lines(text).or_else(|| Self::from_json(text))
    }

    fn from_json(text: &'j str) -> Option<Self> {
        let all: BTreeMap<String, &'j RawValue> = serde_json::from_str(text).ok()?;
        let mut parts = Self::default();
        for (key, value) in all {
            if key == "panels" && value.get().starts_with('[') {
                let panels: Vec<&'j RawValue> = serde_json::from_str(value.get()).ok()?;
                parts.panels = panels.into_iter().map(RawValue::get).collect();
                parts.has_panels = true;
            } else {
                parts.settings.insert(key, value.get().to_owned());
            }
        }
        Some(parts)
    }

    /// The same for files as programs write them, in which each panel begins
    /// and ends on a line of its own: to find those is much less work than to
    /// read JSON, of which it sees nothing inside of a panel. `None` if the text is
    /// not of that form.
    fn from_lines(text: &'j str) -> Option<Self> {
        const START: &str = "\n  \"panels\": [\n    ";
        const END: &str = "\n    }";
        let end_of_panel = memmem::Finder::new(END);
        let key = memmem::find(text.as_bytes(), START.as_bytes())?;
        let mut start = key + START.len();
        let mut panels = Vec::new();
        let rest = loop {
            let end = start + end_of_panel.find(&text.as_bytes()[start..])? + END.len();
            panels.push(&text[start..end]);
            let rest = &text[end..];
            match rest.strip_prefix(",\n    ") {
                Some(next) => start = text.len() - next.len(),
                None => break rest,
            }
        };
        let rest = rest.strip_prefix("\n  ]")?;
        let without = format!("{}\n  \"panels\": []{rest}", &text[..key]);
        let parts = Parts::from_json(&without)?;
        let is_sound = parts.has_panels && parts.panels.is_empty();
        is_sound.then_some(Self {
            settings: parts.settings,
            panels,
            has_panels: true,
        })
    }

    /// A setting as JSON.
    pub(super) fn setting(&self, key: &str) -> Option<&str> {
        self.settings.get(key).map(String::as_str)
    }

    /// Without what `other` has in the same words: settings but those that name
    /// the dashboard, and panels up to the first that differs and from behind
    /// the last one.
    pub(super) fn unlike(&self, other: &Self) -> Option<Map<String, Value>> {
        let mut rest = Map::new();
        for (key, value) in &self.settings {
            if other.settings.get(key) != Some(value) || matches!(key.as_str(), "uid" | "title") {
                rest.insert(key.clone(), serde_json::from_str(value).ok()?);
            }
        }
        let (own, theirs) = (&self.panels, &other.panels);
        let same = |(one, other): &(&&str, &&str)| one == other;
        let start = own.iter().zip(theirs).take_while(same).count();
        let end = own.iter().rev().zip(theirs.iter().rev());
        let end = end.take_while(same).count();
        let end = end.min(own.len().min(theirs.len()) - start);
        let panels = own[start..own.len() - end].iter();
        let panels: Result<Vec<Value>, _> = panels.map(|json| serde_json::from_str(json)).collect();
        rest.insert("panels".to_owned(), panels.ok()?.into());
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::Parts;
    use serde_json::{Value, json};

    fn dashboard(panels: &[Value]) -> Value {
        json!({ "uid": "a", "links": [{ "x": [] }], "panels": panels, "title": "A \"panels\": [" })
    }

    #[test]
    fn lines_are_parts_as_json_is() {
        let nested = json!({ "id": 2, "type": "row", "panels": [{ "id": 3 }, { "id": 4 }] });
        let text = json!({ "id": 1, "title": "}\n    },\n    {\n", "list": [[{}], {}] });
        for panels in [&[text.clone()][..], &[nested.clone(), text], &[nested]] {
            let dense = dashboard(panels).to_string();
            let wide = serde_json::to_string_pretty(&dashboard(panels)).unwrap();
            let values = |text: &str| -> Vec<Value> {
                let parts = Parts::read(text).unwrap();
                let panels = parts.panels.iter();
                panels
                    .map(|json| serde_json::from_str(json).unwrap())
                    .collect()
            };
            assert_eq!(values(&dense), panels);
            assert_eq!(values(&wide), panels);
            assert!(Parts::from_lines(&dense).is_none());
            let lines = Parts::from_lines(&wide).unwrap();
            assert_eq!(lines, Parts::from_json(&wide).unwrap());
        }
    }

    #[test]
    fn what_is_not_of_that_form_is_read_as_json() {
        for text in [
            "{\n  \"panels\": []\n}",
            "{\n  \"panels\": [\n    1\n  ]\n}",
            "{ \"a\": {\n  \"panels\": [\n    {\n    }\n  ]\n} }",
            "{\n  \"panels\": [\n    {\n    } , {\n    }\n  ]\n}",
        ] {
            assert!(Parts::from_lines(text).is_none(), "{text}");
            assert!(Parts::read(text).is_some(), "{text}");
        }
        assert!(Parts::read("[]").is_none());
        assert!(Parts::read("{").is_none());
    }

    #[test]
    fn only_what_differs_is_left() {
        let panel = |id: u32, title: &str| json!({ "id": id, "title": title });
        let one = dashboard(&[panel(1, "a"), panel(2, "b"), panel(3, "c")]).to_string();
        let other = dashboard(&[panel(1, "a"), panel(2, "x"), panel(3, "c")]).to_string();
        let (one, other) = (Parts::read(&one).unwrap(), Parts::read(&other).unwrap());
        let left = one.unlike(&other).unwrap();
        assert_eq!(left["panels"], json!([panel(2, "b")]));
        assert_eq!(left.keys().collect::<Vec<_>>(), ["panels", "title", "uid"]);
    }
}
