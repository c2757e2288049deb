//! The review page in a real browser: opened from disk, looked at in light and
//! dark and at the width of a phone, and judged by axe.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A page for the reference specs after `edit`, as the browser sees it: light,
/// dark, and narrow.
fn views(edit: impl Fn(&str, String) -> String) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let work = TempDir::new().unwrap();
    for entry in walkdir::WalkDir::new(root.join("specs")) {
        let entry = entry.unwrap();
        if entry.file_type().is_file() {
            let below = entry.path().strip_prefix(root.join("specs")).unwrap();
            let target = work.path().join("after").join(below);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            let text = std::fs::read_to_string(entry.path()).unwrap();
            std::fs::write(target, edit(below.to_str().unwrap(), text)).unwrap();
        }
    }
    let page = Command::new(env!("CARGO_BIN_EXE_dashwright"))
        .current_dir(root)
        .args(["diff", "specs"])
        .arg(work.path().join("after"))
        .args(["--format", "html"])
        .output()
        .unwrap();
    assert_eq!(
        page.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&page.stderr)
    );
    let file = work.path().join("page.html");
    std::fs::write(&file, page.stdout).unwrap();
    let mut judge = Command::new("node");
    judge.arg(root.join("tests/page/judge.mjs")).arg(&file);
    if let Some(prefix) = std::env::var_os("PAGE_SCREENSHOTS") {
        judge.arg(prefix);
    }
    let judged = judge.output().unwrap();
    assert!(
        judged.status.success(),
        "node tests/page/judge.mjs (are its packages installed? `npm ci` in tests/page): {}",
        String::from_utf8_lossy(&judged.stderr)
    );
    serde_json::from_slice(&judged.stdout).unwrap()
}

/// The threshold of the error ratio, from 5 % to 4 %.
fn tightened(path: &str, text: String) -> String {
    match path {
        "thresholds.yaml" => {
            text.replace("error_ratio: { warning: 5%", "error_ratio: { warning: 4%")
        }
        _ => text,
    }
}

fn panels(view: &Value, keep: impl Fn(&Value) -> bool) -> Vec<&Value> {
    view["panels"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|panel| keep(panel))
        .collect()
}

#[test]
fn a_changed_threshold_is_seen() {
    for view in views(tightened) {
        let about = format!("{} at {}", view["theme"], view["width"]);
        assert_eq!(view["requests"], serde_json::json!([]), "{about}");
        assert_eq!(view["errors"], serde_json::json!([]), "{about}");
        assert_eq!(view["violations"], serde_json::json!([]), "{about}");
        assert_eq!(view["wide"], false, "{about} scrolls sideways");
        assert_eq!(view["open"], 1, "only what changed is open at first");
        assert_eq!(view["theme_shown"], view["theme"]);

        let after = panels(&view, |panel| panel["side"] != "Before");
        assert_eq!(after.len(), 13, "{about}");
        let blank = panels(&view, |panel| panel["drawn"] != true);
        assert!(blank.is_empty(), "{about}: nothing is drawn in {blank:#?}");

        let marked = panels(&view, |panel| panel["marked"] == true);
        let titles: Vec<_> = marked
            .iter()
            .map(|panel| panel["title"].as_str().unwrap())
            .collect();
        assert_eq!(titles, ["Error Rate %", "Error Rate %"]);
        // The same value, green before and yellow after.
        assert_eq!(marked[0]["value"], "4.5 %");
        assert_eq!(marked[0]["value"], marked[1]["value"]);
        assert_eq!(
            [&marked[0]["colors"][1], &marked[1]["colors"][1]],
            ["#73BF69", "#FADE2A"]
        );
        let label = marked[1]["label"].as_str().unwrap();
        assert_eq!(
            label,
            "gauge panel Error Rate %, sample values: Error Rate % 4.5 %"
        );

        let cause = view["causes"][0].as_str().unwrap();
        assert!(cause.starts_with("threshold error_ratio"), "{cause}");
        assert!(
            view["text"]
                .as_str()
                .unwrap()
                .contains("A sketch, not Grafana"),
            "{about}"
        );
        assert_eq!(view["first_stop"], "Skip to the dashboards");
        assert_ne!(view["theme_after_enter"], view["theme"]);
    }
}

#[test]
fn hostile_text_is_shown_as_text() {
    const HOSTILE: &str = "</script><img src=//127.0.0.1:9/x onerror=alert(1)><!-- {{x}} <b>";
    let found = views(|path, text| match path {
        "dashboards/agent-performance.yaml" => {
            text.replace("title: Top 5 Agents", &format!("title: '{HOSTILE}'"))
        }
        "labels.yaml" => text.replace("planner", &format!("'{HOSTILE}'")),
        _ => text,
    });
    for view in found {
        assert_eq!(view["requests"], serde_json::json!([]));
        assert_eq!(view["errors"], serde_json::json!([]));
        assert_eq!((&view["images"], &view["scripts"]), (&0.into(), &2.into()));
        assert!(view["text"].as_str().unwrap().contains("onerror=alert(1)"));
        let titled = panels(&view, |panel| panel["title"] == HOSTILE);
        assert_eq!(titled.len(), 1);
    }
}
