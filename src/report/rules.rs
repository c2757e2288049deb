//! What codes mean: one at a time for the terminal, all of them as a page.

use crate::diagnostic::{Code, Family};

/// Opens and closes an example in an explanation.
const FENCE: &str = "```";

/// What a code means, with its examples.
pub fn explanation(code: Code) -> String {
    let mut text = format!(
        "{} ({}): {}\n",
        code.name(),
        code.default_severity(),
        code.summary()
    );
    let mut in_example = false;
    text.push('\n');
    for line in code.explanation().lines() {
        match line.strip_prefix(FENCE) {
            Some(info) => {
                in_example = !in_example;
                match info {
                    "yaml bad" => text.push_str("wrong:\n"),
                    "yaml good" => text.push_str("right:\n"),
                    _ => {}
                }
            }
            None if line.is_empty() => text.push('\n'),
            None if in_example => text.push_str(&format!("    {line}\n")),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    text.push_str(&format!("\n{}\n", standing(code)));
    text
}

/// Whether specs may say something about the code.
fn standing(code: Code) -> &'static str {
    if code.is_fatal() {
        "It cannot be allowed: it leaves nothing to render."
    } else if !code.is_allowable() {
        "It cannot be allowed: it is about the running system, and not about specs."
    } else {
        "It can be allowed with a reason, or given another severity."
    }
}

const HEAD: &str = "\
# Rules

Every finding has a code. This page is printed by `dashwright explain --markdown`; `dashwright explain CODE` shows one
of them. The examples build on a small project: the counters `tasks_total` and `tasks_failed_total`, the histogram
`task_seconds` and the gauge `queue_length`, scraped every 15 seconds by the job `app`, with a few queries and a
dashboard on them. A test compiles all of them: each wrong one yields its code and no other, each right one nothing.

Errors keep everything from being written. Those that are marked *fatal* leave nothing to render; any other finding on
specs can be allowed with a reason, or given another severity ([how](specs.md#checks)).
";

/// The page of all codes.
pub fn rules() -> String {
    let mut page = HEAD.to_owned();
    for family in Family::ALL {
        page.push_str(&format!(
            "\n## {}\n\n| code | severity | |\n| --- | --- | --- |\n",
            family.title()
        ));
        let codes = || Code::ALL.iter().filter(move |code| code.family() == family);
        for code in codes() {
            let fatal = if code.is_fatal() { ", fatal" } else { "" };
            page.push_str(&format!(
                "| [`{code}`](#{code}) | {}{fatal} | {} |\n",
                code.default_severity(),
                code.summary()
            ));
        }
        for code in codes() {
            page.push_str(&format!("\n### {code}\n\n"));
            let text = code
                .explanation()
                .replace("```yaml bad\n", "Wrong:\n\n```yaml\n")
                .replace("```yaml good\n", "Right:\n\n```yaml\n");
            page.push_str(&text);
        }
    }
    page
}
