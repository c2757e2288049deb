//! The JSON Schema of the language says the same as the decoder, by the
//! judgement of a validator that knows nothing of dashwright.

use crate::bad::files_of;
use crate::docs;
use crate::harness::{SpecText, reference, repository, text_of};
use dashwright::diagnostic::{Code, Sink};
use dashwright::spec::{Files, SchemaOf, decode, read_yaml, schema};
use serde_json::Value;
use std::io::Write;
use std::process::{Command, Stdio};

/// What the schema has against each document, in words.
fn against(of: SchemaOf, documents: &[Value]) -> Vec<Vec<String>> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(schema(of).to_string().as_bytes()).unwrap();
    let mut validator = Command::new(repository("target/pipeline/bin/python"))
        .arg(repository("tests/language/validate.py"))
        .arg(file.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a Python with jsonschema: `scripts/test` installs what the tests need");
    let input = serde_json::to_vec(documents).unwrap();
    validator.stdin.take().unwrap().write_all(&input).unwrap();
    let output = validator.wait_with_output().unwrap();
    assert!(output.status.success(), "the validator takes the schema");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The documents of a spec file; none if it is no YAML.
fn documents(text: &str) -> Vec<Value> {
    read_yaml(text).unwrap_or_default()
}

fn is_profile(path: &str) -> bool {
    path.starts_with("specs/profiles/")
}

fn accepts_all(of: SchemaOf, specs: &[SpecText]) {
    let documents: Vec<Value> = specs.iter().flat_map(|(_, text)| documents(text)).collect();
    assert!(documents.len() >= specs.len(), "every file is read");
    for (document, found) in documents.iter().zip(against(of, &documents)) {
        assert!(found.is_empty(), "{found:#?}\n{document:#}");
    }
}

#[test]
fn what_compiles_is_valid() {
    let mut specs = reference();
    specs.extend(docs::blocks());
    for path in ["templates/init/minimal.yaml", "tests/language/base.yaml"] {
        specs.push((path.to_owned(), text_of(path)));
    }
    accepts_all(SchemaOf::Specs, &specs);
}

#[test]
fn profiles_say_only_what_differs() {
    let profiles = ["local", "notify"].map(|name| {
        (
            name.to_owned(),
            text_of(&format!("specs/profiles/{name}.yaml")),
        )
    });
    accepts_all(SchemaOf::Profiles, &profiles);
    let parts = [
        "queries: { error_ratio: { unit: percent, legend: null } }",
        "dashboards: { home: { panels: { one: { gauge: { max: 5 } }, two: null } } }",
        "thresholds: { load: { critical: null, warning: { color: blue } } }\nstack: null",
    ];
    accepts_all(
        SchemaOf::Profiles,
        &parts.map(|text| ("profile".to_owned(), text.to_owned())),
    );
    let wrong: Vec<Value> = [
        "queries: { error_ratio: { units: percent } }",
        "dashboards: { home: { panels: { one: { gauge: { max: [5] } } } } }",
    ]
    .into_iter()
    .flat_map(documents)
    .collect();
    for found in against(SchemaOf::Profiles, &wrong) {
        assert!(!found.is_empty());
    }
}

/// What the decoder finds in a file that stands alone.
fn decoded(path: &str, text: &str) -> Vec<Code> {
    let mut sink = Sink::default();
    decode(&Files::from_memory([(path, text)]), &mut sink);
    sink.iter().map(|found| found.code).collect()
}

/// Findings of the decoder that a schema must share.
const SHARED: [Code; 4] = [
    Code::UnknownKey,
    Code::SecretInline,
    Code::WrongType,
    Code::MissingKey,
];

/// Every file of every case of mistakes: valid where the decoder is content,
/// and not valid where a key is unknown or missing, or a type is wrong.
#[test]
fn the_schema_and_the_decoder_agree_on_mistakes() {
    let mut cases: Vec<(String, bool, Value)> = Vec::new();
    for entry in std::fs::read_dir(repository("tests/language/bad")).unwrap() {
        let case = entry.unwrap().path();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("yaml-") {
            // What only YAML has, such as tags, is nothing to a schema.
            continue;
        }
        let files = files_of(&std::fs::read_to_string(&case).unwrap());
        for (path, text) in files.iter().skip(1).filter(|(path, _)| !is_profile(path)) {
            let found = decoded(path, text);
            let expected = if found.iter().any(|code| SHARED.contains(code)) {
                false
            } else if found.is_empty() {
                true
            } else {
                continue;
            };
            if let [document] = documents(text).as_slice() {
                cases.push((name.clone(), expected, document.clone()));
            }
        }
    }
    let refused = cases.iter().filter(|(_, valid, _)| !valid).count();
    assert!(
        cases.len() > 100 && refused > 10,
        "{refused} of {}",
        cases.len()
    );
    let documents: Vec<Value> = cases
        .iter()
        .map(|(.., document)| document.clone())
        .collect();
    let judged = cases.iter().zip(against(SchemaOf::Specs, &documents));
    let disagreements: Vec<_> = judged
        .filter(|((_, valid, _), found)| found.is_empty() != *valid)
        .map(|((name, ..), found)| (name, found))
        .collect();
    assert!(disagreements.is_empty(), "{disagreements:#?}");
}

/// Keys are described where somebody chooses them.
#[test]
fn keys_and_words_are_described() {
    let schema = schema(SchemaOf::Specs);
    for (name, mapping) in schema["definitions"].as_object().unwrap() {
        assert!(mapping["description"].is_string(), "{name}");
        for (key, value) in mapping["properties"].as_object().unwrap() {
            assert!(value["description"].is_string(), "{key} of {name}");
        }
    }
    let alert = &schema["definitions"]["Alert"];
    assert_eq!(
        alert["properties"]["keep_firing_for"]["description"],
        "How long it goes on firing after the condition has ended."
    );
    assert_eq!(alert["required"], serde_json::json!(["summary"]));
    let kinds = &schema["definitions"]["Metric"]["properties"]["type"];
    assert_eq!(kinds["enum"][0], "counter");
    assert_eq!(
        kinds["enumDescriptions"][0],
        "Only grows, but for restarts."
    );
    let rules = &schema["definitions"]["Exception"]["properties"]["rule"]["enum"];
    let rules = rules.as_array().unwrap();
    assert!(rules.contains(&"metric-unused".into()) && !rules.contains(&"yaml-syntax".into()));
}
