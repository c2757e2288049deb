//! Any `Accept` header gets an answer in one of the two formats, which can be
//! read by what it says it is.

#![no_main]

use dashwright_emitter_runtime::runtime::Registry;
use libfuzzer_sys::fuzz_target;

#[path = "../../tests/runtime/parser.rs"]
#[allow(dead_code)]
mod parser;

fuzz_target!(|accept: &str| {
    let registry = Registry::new();
    let answer = registry.encode(Some(accept));
    if answer.0.starts_with("application/") {
        // It has to be asked for.
        let accept = accept.to_ascii_lowercase();
        assert!(accept.contains("application/") || accept.contains("*/*"));
    }
    parser::parse(answer);
});
