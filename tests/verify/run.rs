//! Runs `dashwright verify`, and makes what it says the same on each run.

use std::path::Path;
use std::process::Command;

/// What came of a run.
pub(crate) struct Run {
    pub(crate) status: i32,
    /// The findings and the summary, without what changes from run to run.
    pub(crate) said: String,
}

/// Runs it in `directory`, on the specs there.
pub(crate) fn verify(directory: &Path, args: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_dashwright"))
        .arg("verify")
        .args(args)
        .current_dir(directory)
        .env_remove("CLICOLOR_FORCE")
        .env("NO_PROXY", "127.0.0.1")
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    Run {
        status: output.status.code().unwrap_or(-1),
        said: steady(&(out + &err)),
    }
}

impl Run {
    /// The codes of errors and warnings, each once, sorted.
    pub(crate) fn codes(&self) -> Vec<String> {
        let mut codes: Vec<String> = self
            .said
            .lines()
            .filter_map(|line| {
                let rest = line
                    .strip_prefix("error[")
                    .or_else(|| line.strip_prefix("warning["))?;
                Some(rest.split(']').next()?.to_owned())
            })
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// What it says, without hints on what others have in the same servers.
    pub(crate) fn own(&self) -> String {
        let foreign = ["hint[undeclared-job]", "hint[undeclared-rule]"];
        let blocks = self.said.split("\n\n");
        let own = blocks.filter(|block| !foreign.iter().any(|sign| block.starts_with(sign)));
        let text = own.collect::<Vec<_>>().join("\n\n");
        // Others are counted in the last line.
        let mut lines: Vec<_> = text.lines().collect();
        if lines.last().is_some_and(|line| line.contains(" hint")) {
            lines.pop();
        }
        lines.join("\n")
    }
}

/// Ports, times and figures that differ from run to run, made equal.
fn steady(text: &str) -> String {
    let text = without_ports(&without_ports(text, "127.0.0.1:"), "localhost:");
    text.lines()
        .map(|line| {
            let line = before_number(line, " ago", "TIME");
            let line = before_number(&line, " in all", "N");
            let line = before_number(&line, " times in ten minutes", "N");
            let line = before_number(&line, " times", "N");
            // The engine names series in any order.
            let line = line.split(" operation: [").next().unwrap_or_default();
            match line.split_once(", until ") {
                Some((kept, _)) => format!("{kept}, until TIME"),
                None => line.to_owned(),
            }
        })
        .collect::<Vec<_>>()
        .join("\n")
}

fn without_ports(text: &str, host: &str) -> String {
    let mut steady = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(host) {
        let end = at + host.len();
        steady.push_str(&rest[..end]);
        rest = rest[end..].trim_start_matches(|c: char| c.is_ascii_digit());
        steady.push_str("PORT");
    }
    steady + rest
}

/// `line` with the word before `sign` replaced, if it starts with a digit.
fn before_number(line: &str, sign: &str, by: &str) -> String {
    let Some(at) = line.find(sign) else {
        return line.to_owned();
    };
    let start = line[..at].rfind(' ').map_or(0, |blank| blank + 1);
    if line[start..].starts_with(|c: char| c.is_ascii_digit()) {
        format!("{}{by}{}", &line[..start], &line[at..])
    } else {
        line.to_owned()
    }
}
