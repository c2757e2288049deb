//! The review page in a real browser: opened from disk, looked at in light and
//! dark and at the width of a phone, and judged by axe.

#![allow(clippy::unwrap_used, reason = "what is not as expected fails its test")]

#[path = "../engines/http.rs"]
#[allow(dead_code, reason = "other servers are asked more")]
mod http;
#[path = "../engines/program.rs"]
#[allow(dead_code, reason = "judges of files are asked elsewhere")]
mod program;
#[path = "../engines/server.rs"]
#[allow(dead_code, reason = "other servers are asked more")]
mod server;

mod numbers;

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
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
    let (before, after) = (root.join("specs"), work.path().join("after"));
    let sides = [before.to_str().unwrap(), after.to_str().unwrap()];
    let seen = tell("judge.mjs", &page(work.path(), &sides), &[]);
    seen.as_array().unwrap().clone()
}

/// The page that `diff` makes in `work` of what `arguments` name.
fn page(work: &Path, arguments: &[&str]) -> PathBuf {
    let page = Command::new(env!("CARGO_BIN_EXE_dashwright"))
        .current_dir(work)
        .arg("diff")
        .args(arguments)
        .args(["--format", "html"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&page.stderr);
    assert_eq!(page.status.code(), Some(1), "{said}");
    let file = work.join("page.html");
    std::fs::write(&file, page.stdout).unwrap();
    file
}

/// What a script, which opens `page` in the browser, says of it.
fn tell(script: &str, page: &Path, arguments: &[String]) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/page")
        .join(script);
    let told = Command::new("node")
        .arg(&script)
        .arg(page)
        .args(arguments)
        .output()
        .unwrap();
    assert!(
        told.status.success(),
        "node {} (are its packages installed? `npm ci` in tests/page): {}",
        script.display(),
        String::from_utf8_lossy(&told.stderr)
    );
    serde_json::from_slice(&told.stdout).unwrap()
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

fn panels_of<'v>(view: &'v Value, key: &str) -> Vec<&'v str> {
    let panels = view["panels"].as_array().unwrap().iter();
    panels.map(|panel| panel[key].as_str().unwrap()).collect()
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

#[allow(
    dead_code,
    reason = "the tests write specs to other places than the benches"
)]
#[path = "../../benches/workload/specs.rs"]
mod workload;

/// Dashboards of any origin: one of which only settings change, one without a
/// uid, two of one uid, and one that is broken.
#[test]
fn files_of_any_origin_are_drawn() {
    let work = TempDir::new().unwrap();
    let panels = |expr: &str| {
        serde_json::json!([{
            "id": 1, "title": "Up", "type": "stat", "gridPos": { "x": 0, "y": 0, "w": 12, "h": 8 },
            "targets": [{ "refId": "A", "expr": expr }],
        }])
    };
    let board = |expr: &str, more: Value| {
        let mut board = serde_json::json!({ "panels": panels(expr) });
        let more = more.as_object().unwrap().clone();
        board.as_object_mut().unwrap().extend(more);
        board
    };
    for (side, refresh, expr) in [("before", "30s", "up"), ("after", "1m", "sum(up)")] {
        let dashboard = |name: &str, board: &Value| {
            let path = work.path().join(side).join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, serde_json::to_string_pretty(board).unwrap()).unwrap();
        };
        let settings = serde_json::json!({ "uid": "a", "title": "Settings", "refresh": refresh });
        dashboard("a.json", &board("up", settings));
        dashboard("nameless.json", &board(expr, serde_json::json!({})));
        for copy in ["copy1.json", "copy2.json"] {
            let named = serde_json::json!({ "uid": "copy", "title": "Copy" });
            dashboard(copy, &board("up", named));
        }
        let broken = board("up", serde_json::json!({ "uid": "b", "title": "Broken" }));
        let text = serde_json::to_string_pretty(&broken).unwrap();
        let text = text.replace("\"id\": 1", "\"id\": one");
        std::fs::write(work.path().join(side).join("broken.json"), text).unwrap();
    }
    let all = ["--open", "details.dashboard"].map(str::to_owned);
    let view = &tell("judge.mjs", &page(work.path(), &["before", "after"]), &all)[0];
    assert_eq!(view["errors"], serde_json::json!([]));
    assert_eq!(
        view["summaries"],
        serde_json::json!(["Settingschanged", "nameless1 changed", "Copy", "Copy"])
    );
    let sides: Vec<_> = panels_of(view, "side");
    assert_eq!(
        sides,
        [
            "Before",
            "After",
            "Before",
            "After",
            "Unchanged",
            "Unchanged"
        ]
    );
    let blank = self::panels(view, |panel| panel["drawn"] != true);
    assert!(blank.is_empty(), "nothing is drawn in {blank:#?}");
}

/// Every one of a thousand dashboards with 20 panels changes, or only one does:
/// the page stays one that a browser opens and a reader uses.
#[test]
fn a_thousand_dashboards_stay_usable() {
    let work = TempDir::new().unwrap();
    let specs = workload::specs(1000, workload::Mode::Plain);
    let write = |side: &str, (path, edit): (&str, [&str; 2])| {
        for (name, text) in &specs {
            let target = work.path().join(side).join(name);
            std::fs::create_dir_all(target.parent().unwrap()).unwrap();
            let edited = text.replace(edit[0], edit[1]);
            assert!(
                name != path || edited != *text,
                "{path} has no `{}`",
                edit[0]
            );
            std::fs::write(target, if name == path { &edited } else { text }).unwrap();
        }
    };
    write("before", ("", ["", ""]));
    for (edit, changed) in [
        (
            (
                "thresholds.yaml",
                ["load_0: { warning: 50", "load_0: { warning: 55"],
            ),
            1000,
        ),
        (
            (
                "dashboards/svc-0500.yaml",
                ["title: Panel 7", "title: Seventh"],
            ),
            1,
        ),
    ] {
        write("after", edit);
        let file = page(work.path(), &["before", "after"]);
        let size = std::fs::metadata(&file).unwrap().len();
        assert!(size < 5 << 20, "the page has {size} bytes");
        // The last dashboard is drawn once it is opened.
        let last = ["--open", "#dashboard-999"].map(str::to_owned);
        let view = &tell("judge.mjs", &file, &last)[0];
        assert_eq!(view["errors"], serde_json::json!([]));
        assert_eq!(view["requests"], serde_json::json!([]));
        assert_eq!(view["dashboards"], 1000);
        assert_eq!(view["badges"], changed);
        let blank = panels(view, |panel| panel["drawn"] != true);
        assert!(blank.is_empty(), "nothing is drawn in {blank:#?}");
        let drawn = view["panels"].as_array().unwrap().len();
        let expected = if changed == 1 {
            2 * 20 + 20
        } else {
            (4 + 1) * 2 * 20
        };
        assert_eq!(drawn, expected);
    }
}

/// A server of the page, stopped with the test.
struct Preview {
    child: Child,
    address: String,
}

impl Preview {
    fn start(work: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dashwright"))
            .current_dir(work)
            .args(["preview", "before", "--specs", "after", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let address = line.split(' ').next().unwrap().to_owned();
        Self { child, address }
    }

    fn host(&self) -> &str {
        self.address
            .trim_start_matches("http://")
            .trim_end_matches('/')
    }

    fn ask(&self, target: &str, host: &str) -> String {
        let mut connection = TcpStream::connect(self.host()).unwrap();
        write!(connection, "GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

impl Drop for Preview {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const SMALL: &str = include_str!("../../templates/init/minimal.yaml");

#[test]
fn the_open_page_follows_the_edits() {
    let work = TempDir::new().unwrap();
    for side in ["before", "after"] {
        std::fs::create_dir(work.path().join(side)).unwrap();
        std::fs::write(work.path().join(side).join("main.yaml"), SMALL).unwrap();
    }
    let preview = Preview::start(work.path());
    assert!(
        preview.address.starts_with("http://127.0.0.1:"),
        "{}",
        preview.address
    );
    let mut node = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/page/live.mjs"))
        .arg(&preview.address)
        .args([
            "#causes li:has-text('Nothing changed')",
            "#causes li:has-text('threshold')",
            "#trouble",
            ".panel.marked h4",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut seen = BufReader::new(node.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap);
    assert_eq!(seen.next().unwrap(), "Nothing changed in meaning.");

    let edit = |from: &str, to: &str| {
        std::fs::write(work.path().join("after/main.yaml"), SMALL.replace(from, to)).unwrap();
    };
    edit("warning: 5%", "warning: 4%");
    let cause = seen.next().unwrap();
    assert!(cause.starts_with("threshold error_ratio"), "{cause}");
    edit("warning: 5%", "warning: many");
    let trouble = seen.next().unwrap();
    assert!(trouble.contains("error["), "{trouble}");
    edit("title: Error ratio", "title: Failing requests");
    // In the order of the page, the side before comes first.
    assert!(seen.next().unwrap().starts_with("Error ratio"));
    node.wait().unwrap();
}

#[test]
fn the_server_answers_this_machine_only() {
    let work = TempDir::new().unwrap();
    std::fs::create_dir(work.path().join("before")).unwrap();
    std::fs::create_dir(work.path().join("after")).unwrap();
    std::fs::write(work.path().join("after/main.yaml"), SMALL).unwrap();
    let preview = Preview::start(work.path());
    let own = preview.host().to_owned();
    assert_eq!(preview.ask("/", &own), "HTTP/1.1 200 OK");
    assert_eq!(preview.ask("/", "example.com"), "HTTP/1.1 403 Forbidden");
    assert_eq!(
        preview.ask("/../Cargo.toml", &own),
        "HTTP/1.1 404 Not Found"
    );
    // Whoever sends nothing, or something else, keeps nobody waiting.
    drop(TcpStream::connect(preview.host()).unwrap());
    TcpStream::connect(preview.host())
        .unwrap()
        .write_all(&[0xff; 40_000])
        .unwrap();
    assert_eq!(preview.ask("/", &own), "HTTP/1.1 200 OK");
}
