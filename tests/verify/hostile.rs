//! Servers that cannot be asked, or answer with anything but what they should.

use crate::case::{EXPOSED, SPECS, write};
use crate::docs::Row;
use crate::program::find;
use crate::run::verify;
use crate::server::free_ports;
use crate::service::{Request, Service, reply};
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

struct Bench {
    _root: TempDir,
    directory: PathBuf,
}

impl Bench {
    fn new() -> Self {
        let root = TempDir::new().unwrap();
        let directory = write(root.path(), "app", &SPECS.replace("PORT", "9100"));
        Self {
            _root: root,
            directory,
        }
    }

    fn verify(&self, args: &[&str]) -> crate::run::Run {
        verify(&self.directory, args)
    }
}

/// The rows that these cases add to the table in the documentation.
pub(crate) fn rows() -> Vec<Row> {
    vec![
        (
            "a server does not answer, or answers with something else",
            &["unreachable"],
        ),
        ("the server asks who is asking", &["unreachable"]),
        ("the server's certificate is not trusted", &["unreachable"]),
        ("a clock is wrong", &["clock-skew"]),
    ]
}

type Answer = fn(&Request, &mut dyn Write) -> io::Result<()>;

const HOSTILE: [(&str, Answer); 11] = [
    ("html", |_, out| {
        reply(
            out,
            "200 OK",
            "",
            "<html><title>Login</title>\n<p>please</p></html>",
        )
    }),
    ("empty", |_, out| reply(out, "200 OK", "", "")),
    ("not-json", |_, out| {
        reply(out, "200 OK", "", "{\"status\": ")
    }),
    ("other-json", |_, out| {
        reply(out, "200 OK", "", "{\"version\": \"8.0\"}")
    }),
    ("redirect", |_, out| {
        reply(
            out,
            "302 Found",
            "Location: https://login.example.com/\r\n",
            "",
        )
    }),
    ("failing", |_, out| {
        reply(
            out,
            "503 Service Unavailable",
            "",
            "starting up\n\u{1b}[31mred",
        )
    }),
    ("unauthorized", |_, out| {
        reply(out, "401 Unauthorized", "", "")
    }),
    ("closed", |_, _| Ok(())),
    ("garbage", |_, out| {
        out.write_all(b"SSH-2.0-OpenSSH_9.2\r\n")
    }),
    ("not-utf8", |_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n\xff\xfe")
    }),
    ("half", |_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\n{")
    }),
];

#[test]
fn what_is_wrong_with_a_server_is_said() {
    let bench = Bench::new();
    for (name, answer) in HOSTILE {
        let service = Service::start(answer);
        let url = service.url();
        let run = bench.verify(&["--prometheus", &url, "--alertmanager", &url]);
        insta::assert_snapshot!(format!("hostile-{name}"), run.said);
        assert_eq!(
            (run.status, run.codes()),
            (2, vec!["unreachable".to_owned()]),
            "{name}\n{}",
            run.said
        );
    }
}

#[test]
fn nobody_there() {
    let bench = Bench::new();
    let [port] = free_ports();
    let url = format!("http://127.0.0.1:{port}");
    let run = bench.verify(&[
        "--prometheus",
        &url,
        "--metrics",
        &url,
        "--metrics",
        "no-such.prom",
        "--alertmanager",
        "http://nowhere.invalid",
    ]);
    insta::assert_snapshot!("hostile-nobody", run.said);
    assert_eq!(run.status, 2);
}

/// A server that never ends its answer: what is sent until the client leaves.
fn endless(pause: Duration, chunk: &'static [u8]) -> Service {
    Service::start(move |_, out| {
        out.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        loop {
            out.write_all(chunk)?;
            out.flush()?;
            std::thread::sleep(pause);
        }
    })
}

#[test]
fn time_and_memory_are_bounded() {
    let bench = Bench::new();
    let slow = endless(Duration::from_millis(50), b"a 1\n");
    let run = bench.verify(&["--metrics", &slow.url(), "--timeout", "1s"]);
    assert!(
        run.said.contains("there is no answer in time"),
        "{}",
        run.said
    );
    let huge = endless(Duration::ZERO, &[b'#'; 1 << 16]);
    let run = bench.verify(&["--metrics", &huge.url(), "--timeout", "60s"]);
    assert!(
        run.said.contains("the answer is larger than 64 MiB"),
        "{}",
        run.said
    );
    assert_eq!(run.status, 2);
}

#[test]
fn clocks_that_differ_are_told() {
    let bench = Bench::new();
    let service = Service::start(|_, out| {
        reply(
            out,
            "200 OK",
            "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n",
            &EXPOSED.replace('@', "1"),
        )
    });
    let run = bench.verify(&["--metrics", &service.url()]);
    assert_eq!(run.codes(), ["clock-skew"], "{}", run.said);
    assert!(run.said.contains("behind this machine's"), "{}", run.said);
}

#[test]
fn credentials_come_from_files() {
    let bench = Bench::new();
    fs::write(bench.directory.join("token"), "s3cret\n").unwrap();
    fs::write(bench.directory.join("pair"), "ada:s3cret\n").unwrap();
    fs::write(bench.directory.join("empty"), "\n").unwrap();
    let service = Service::start(|request, out| match request.authorization.as_deref() {
        Some("Bearer s3cret" | "Basic YWRhOnMzY3JldA==") => {
            reply(out, "200 OK", "", &EXPOSED.replace('@', "1"))
        }
        _ => reply(out, "401 Unauthorized", "", ""),
    });
    let url = service.url();
    let ask = |more: &[&str]| bench.verify(&[&["--metrics", url.as_str()], more].concat());
    assert_eq!(ask(&[]).status, 2);
    assert_eq!(ask(&["--bearer-token-file", "token"]).status, 0);
    assert_eq!(ask(&["--basic-auth-file", "pair"]).status, 0);
    for (args, reason) in [
        (
            ["--bearer-token-file", "empty"],
            "`empty` does not hold one line of plain text",
        ),
        (["--bearer-token-file", "absent"], "`absent` cannot be read"),
        (
            ["--basic-auth-file", "token"],
            "`token` does not hold `user:password`",
        ),
        (
            ["--ca-file", "token"],
            "`token` holds no certificate in PEM",
        ),
    ] {
        let run = ask(&args);
        assert!(run.status == 2 && run.said.contains(reason), "{}", run.said);
        assert!(!run.said.contains("s3cret"), "{}", run.said);
    }
}

/// A self-signed certificate for this machine, as `cert.pem` and `key.pem`.
fn certificate(bench: &Bench) {
    let made = Command::new(find(&["openssl"]))
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=IP:127.0.0.1",
            "-addext",
            "basicConstraints=critical,CA:FALSE",
        ])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(&bench.directory)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}

#[test]
fn certificates_are_checked() {
    use crate::server::Server;
    let bench = Bench::new();
    certificate(&bench);
    let web = "tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n";
    fs::write(bench.directory.join("web.yml"), web).unwrap();
    fs::write(
        bench.directory.join("prometheus.yml"),
        "scrape_configs: []\n",
    )
    .unwrap();
    let [port] = free_ports();
    let _prometheus = Server::start_tls(
        &["prometheus"],
        port,
        &bench.directory,
        &[
            "--config.file=prometheus.yml".to_owned(),
            "--web.config.file=web.yml".to_owned(),
        ],
    );
    let url = format!("https://127.0.0.1:{port}");
    let ask = |more: &[&str]| bench.verify(&[&["--prometheus", url.as_str()], more].concat());
    let untrusted = ask(&[]);
    assert_eq!(untrusted.status, 2, "{}", untrusted.said);
    insta::assert_snapshot!("hostile-untrusted", untrusted.said);
    for trusted in [&["--ca-file", "cert.pem"][..], &["--insecure-skip-verify"]] {
        let run = ask(trusted);
        assert_eq!(run.status, 1, "{}", run.said);
        assert!(
            run.codes().contains(&"job-not-scraped".to_owned()),
            "{}",
            run.said
        );
    }
    let plain = bench.verify(&["--prometheus", &url.replace("https", "http")]);
    assert_eq!(plain.status, 2);
    insta::assert_snapshot!("hostile-plain-to-tls", plain.said);
    let service = Service::start(|_, out| reply(out, "200 OK", "", ""));
    let tls = bench.verify(&["--prometheus", &service.url().replace("http", "https")]);
    assert_eq!(tls.status, 2);
    insta::assert_snapshot!("hostile-tls-to-plain", tls.said);
}

#[test]
fn servers_are_only_read() {
    let bench = Bench::new();
    let service = Service::start(|request, out| {
        let query = request.path.starts_with("/api/v1/query");
        if request.method == "GET" || request.method == "POST" && query {
            reply(out, "503 Service Unavailable", "", "")
        } else {
            reply(out, "200 OK", "", "a server was told to change")
        }
    });
    let url = service.url();
    let run = bench.verify(&[
        "--prometheus",
        &url,
        "--metrics",
        &url,
        "--alertmanager",
        &url,
    ]);
    assert_eq!(
        run.said.matches("it answers 503").count(),
        3,
        "{}",
        run.said
    );
}

#[test]
fn what_to_ask_must_be_said() {
    let bench = Bench::new();
    let run = bench.verify(&[]);
    assert_eq!(run.status, 2);
    assert!(
        run.said
            .contains("`--prometheus`, `--metrics` or `--alertmanager`"),
        "{}",
        run.said
    );
    for (args, reason) in [
        (["--prometheus", "localhost:9090"], "starts with `http://`"),
        (["--prometheus", "http://"], "no address of a server"),
        (["--wait", "soon"], "a duration such as `60s`"),
    ] {
        let run = bench.verify(&args);
        assert!(run.status == 2 && run.said.contains(reason), "{}", run.said);
    }
}

#[test]
fn waiting_ends_when_all_is_well() {
    let bench = Bench::new();
    let asked = std::sync::atomic::AtomicU32::new(0);
    let service = Service::start(move |_, out| {
        let first = asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        let text = EXPOSED.replace('@', "1");
        match first {
            true => reply(out, "503 Service Unavailable", "", ""),
            false => reply(out, "200 OK", "", &text),
        }
    });
    let url = service.url();
    let run = bench.verify(&["--metrics", &url, "--wait", "60s"]);
    assert_eq!(run.status, 0, "{}", run.said);
    assert!(run.said.contains("all is well"), "{}", run.said);
}
