//! `verify` finds nothing wrong with the reference system as it is generated.

use crate::live::Live;
use std::process::Command;

/// Waits until `verify` finds nothing wrong.
pub(crate) fn everything_works(live: &Live) {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let output = Command::new(env!("CARGO_BIN_EXE_dashwright"))
        .args([
            "verify",
            "--profile",
            "local",
            "--wait",
            "60s",
            "--deny",
            "warnings",
            "--specs",
        ])
        .arg(live.specs())
        .args(["--prometheus", &url(live.prometheus.port())])
        .args(["--alertmanager", &url(live.alertmanager.port())])
        .arg("--metrics")
        .arg(format!("http://{}/metrics", live.instance()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for line in [
        "metrics                16 of 16",
        "targets                 3 of 3",
        "rules                   7 of 7",
        "variables               5 of 5",
        "panels                 13 of 13",
        "queries                40 of 40",
    ] {
        assert!(said.contains(line), "no `{line}` in\n{said}");
    }
}
