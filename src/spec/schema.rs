//! The language as a JSON Schema, by which editors complete and check keys. It
//! is made of what the shapes say of themselves, so that it cannot say anything
//! else than the decoder.

use super::allow::ALLOW;
use super::shape::Specs;
use crate::diagnostic::Code;
use serde_json::{Map, Value, json};

/// Which files a schema is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaOf {
    /// Specs, which say all that is required.
    Specs,
    /// Profiles, which say only what differs, and where `null` removes.
    Profiles,
}

/// The schema of spec files. It is written in draft 7, which every editor knows.
pub fn schema(of: SchemaOf) -> Value {
    let mut book = Book {
        of,
        definitions: Map::new(),
    };
    let mut keys = Keys::new(&mut book);
    Specs::keys(&mut keys);
    keys.allow();
    let properties = keys.properties;
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": match of {
            SchemaOf::Specs => "dashwright specs",
            SchemaOf::Profiles => "dashwright profiles",
        },
        "type": ["object", "null"],
        "properties": properties,
        "patternProperties": { "^x-": true },
        "additionalProperties": false,
        "definitions": book.definitions,
    })
}

/// A shape that can say what may be written for it.
pub(crate) trait Schema {
    /// The schema of its values.
    fn schema(book: &mut Book) -> Value;
}

/// A schema in the making, with the definitions of the mappings in it.
pub(crate) struct Book {
    of: SchemaOf,
    definitions: Map<String, Value>,
}

impl Book {
    /// A reference to the definition of a mapping, which is made when it is
    /// first asked for.
    pub(crate) fn mapping(
        &mut self,
        name: &str,
        about: &[&str],
        describe: impl FnOnce(&mut Keys<'_>),
    ) -> Value {
        if !self.definitions.contains_key(name) {
            // A place for those that hold themselves, as routes do.
            self.definitions.insert(name.to_owned(), Value::Null);
            let mut keys = Keys::new(self);
            describe(&mut keys);
            let mut definition = json!({
                "type": ["object", "null"],
                "properties": keys.properties,
                "additionalProperties": keys.others,
            });
            let required = keys.required;
            if !required.is_empty() && self.of == SchemaOf::Specs {
                definition["required"] = required.into();
            }
            describe_with(&mut definition, about);
            self.definitions.insert(name.to_owned(), definition);
        }
        json!({ "$ref": format!("#/definitions/{name}") })
    }

    /// Anything that one of the shapes takes.
    pub(crate) fn any_of<const N: usize>(&mut self, shapes: [fn(&mut Self) -> Value; N]) -> Value {
        json!({ "anyOf": shapes.map(|shape| shape(self)).to_vec() })
    }

    /// The mapping `whole` with exactly one of these keys.
    pub(crate) fn with_one_of(&self, whole: &Value, keys: &[&str]) -> Value {
        match self.of {
            SchemaOf::Profiles => whole.clone(),
            SchemaOf::Specs => {
                let given: Vec<_> = keys
                    .iter()
                    .map(|key| json!({ "required": [key] }))
                    .collect();
                json!({ "allOf": [whole], "oneOf": given })
            }
        }
    }

    /// Items by name, each of the shape `item`.
    pub(crate) fn named(&mut self, item: Value) -> Value {
        json!({ "type": ["object", "null"], "additionalProperties": self.removable(item) })
    }

    fn removable(&self, value: Value) -> Value {
        match self.of {
            SchemaOf::Specs => value,
            SchemaOf::Profiles => json!({ "anyOf": [value, { "type": "null" }] }),
        }
    }
}

/// The keys of a mapping.
pub(crate) struct Keys<'b> {
    book: &'b mut Book,
    properties: Map<String, Value>,
    required: Vec<Value>,
    others: Value,
}

impl<'b> Keys<'b> {
    fn new(book: &'b mut Book) -> Self {
        Self {
            book,
            properties: Map::new(),
            required: Vec::new(),
            others: false.into(),
        }
    }

    /// A key whose value is a `T`.
    pub(crate) fn key<T: Schema>(&mut self, key: &str, about: &[&str]) {
        let mut value = T::schema(self.book);
        if value.get("$ref").is_some() {
            // Beside a reference, nothing else is read.
            value = json!({ "allOf": [value] });
        }
        let mut value = self.book.removable(value);
        describe_with(&mut value, about);
        self.properties.insert(key.to_owned(), value);
    }

    /// A key that must be there.
    pub(crate) fn required<T: Schema>(&mut self, key: &str, about: &[&str]) {
        self.key::<T>(key, about);
        self.required.push(key.into());
    }

    /// Any other key holds a `T`.
    pub(crate) fn others<T: Schema>(&mut self) {
        let value = T::schema(self.book);
        self.others = self.book.removable(value);
    }

    /// The rules that an item may depart from.
    pub(crate) fn allow(&mut self) {
        self.key::<Vec<super::allow::Exception>>(
            ALLOW,
            &["Rules that are not to be followed here."],
        );
    }
}

/// The names of rules that specs may say something about.
pub(crate) fn rules() -> Value {
    let open = Code::ALL.iter().filter(|code| code.is_allowable());
    json!({ "enum": open.map(|code| code.name()).collect::<Vec<_>>() })
}

/// Words, with what each stands for.
pub(crate) fn words(words: &[(&str, &[&str])]) -> Value {
    let each: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let about: Vec<String> = words.iter().map(|(_, about)| sentence(about)).collect();
    json!({ "enum": each, "enumDescriptions": about })
}

/// Text of a form.
pub(crate) fn pattern(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn describe_with(value: &mut Value, about: &[&str]) {
    let about = sentence(about);
    if !about.is_empty() {
        value["description"] = about.into();
    }
}

/// The lines of a comment as one text.
fn sentence(lines: &[&str]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| line.trim()).collect();
    lines.join(" ")
}
