//! The judgement of Prometheus's own tool.

use std::io::Write;
use std::process::{Command, Stdio};

use dashwright_emitter_runtime::runtime::{Label, Registry};

use crate::exposition::metric;
use crate::facade::busy;

/// Panics if promtool finds anything, or is not there.
fn check(registry: &Registry) {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test needs promtool, which comes with Prometheus, in the PATH");
    let mut stdin = promtool.stdin.take().unwrap();
    stdin.write_all(&registry.encode(None).1).unwrap();
    drop(stdin);
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&said)
    );
    assert_eq!(String::from_utf8_lossy(&said), "");
}

#[test]
fn promtool_finds_nothing() {
    check(&busy().registry);
}

#[test]
fn promtool_reads_hostile_label_values() {
    let registry = Registry::new();
    let (a, b) = (Label::open("a", 2), Label::open("b", 100));
    let counter = registry.counter(metric("c_total"), [&a, &b]).unwrap();
    let histogram = registry
        .histogram(metric("h_seconds"), [&b], &[0.005, 1.0, 1e9])
        .unwrap();
    let long = "é".repeat(100);
    for hostile in [
        "",
        "\"",
        "\\",
        "\n",
        "\\n",
        "a\\\"b",
        "}",
        "{a=\"b\"} 1\n",
        "\0",
        "\r",
        "\u{2028}",
        "🦀",
        &long,
    ] {
        counter.inc([hostile, hostile]);
        histogram.observe([hostile], 1e-3);
    }
    check(&registry);
}
