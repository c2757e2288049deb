//! Where output goes, and how it may look there.

use super::Outcome;
use crate::output::OutputError;
use crate::report::{Style, escape};
use anyhow::Context;
use std::io::{self, ErrorKind, IsTerminal, Write};

/// Columns of a snippet where the width of the terminal is not known.
const WIDTH: usize = 140;

/// The two streams of a run.
pub(super) struct Terminal<'a> {
    out: Stream<'a>,
    err: Stream<'a>,
}

struct Stream<'a> {
    writer: &'a mut dyn Write,
    style: Style,
    is_terminal: bool,
    /// The reader has gone away: there is nobody to write to, and that is fine.
    closed: bool,
}

impl<'a> Terminal<'a> {
    pub(super) fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        let stream = |writer, is_terminal| Stream {
            writer,
            style: Style {
                color: wants_color(|name| std::env::var(name).ok(), is_terminal),
                width: WIDTH,
            },
            is_terminal,
            closed: false,
        };
        Self {
            out: stream(out, io::stdout().is_terminal()),
            err: stream(err, io::stderr().is_terminal()),
        }
    }

    /// How results may look.
    pub(super) fn style(&self) -> Style {
        self.out.style
    }

    /// How findings may look.
    pub(super) fn err_style(&self) -> Style {
        self.err.style
    }

    /// Prints a result.
    pub(super) fn print(&mut self, bytes: impl AsRef<[u8]>) -> anyhow::Result<()> {
        self.out
            .write(bytes.as_ref())
            .context("cannot write to standard output")
    }

    /// On a terminal, makes room for what follows: what is on the screen is
    /// about the specs as they are.
    pub(super) fn start_round(&mut self) -> anyhow::Result<()> {
        if io::stdout().is_terminal() {
            self.print("\u{1b}[2J\u{1b}[H")?;
        }
        Ok(())
    }

    /// Prints findings.
    pub(super) fn print_err(&mut self, text: &str) -> anyhow::Result<()> {
        self.err
            .write(text.as_bytes())
            .context("cannot write to standard error")
    }

    /// Shows what is being waited for, in a line that the next one replaces.
    /// Says nothing where nobody watches.
    pub(super) fn progress(&mut self, text: &str) -> anyhow::Result<()> {
        if !self.err.is_terminal {
            return Ok(());
        }
        self.print_err(&format!("\r\u{1b}[K{text}"))
    }

    /// Prints what the argument parser has to say: help as a result, misuse
    /// as a failure.
    pub(super) fn usage(&mut self, error: &clap::Error) -> anyhow::Result<Outcome> {
        let rendered = error.render();
        let text = |style: Style| {
            if style.color {
                rendered.ansi().to_string()
            } else {
                rendered.to_string()
            }
        };
        if error.use_stderr() {
            self.print_err(&text(self.err.style))?;
            return Ok(Outcome::Failed);
        }
        self.print(text(self.out.style))?;
        Ok(Outcome::Clean)
    }

    /// Says why the run failed. Nothing is left to do if that cannot be said.
    pub(super) fn failure(&mut self, error: &anyhow::Error) {
        let (red, cyan) = match self.err.style.color {
            true => ("\u{1b}[1;91m", "\u{1b}[1;96m"),
            false => ("", ""),
        };
        let reset = if self.err.style.color {
            "\u{1b}[0m"
        } else {
            ""
        };
        let lines: Vec<_> = format!("{error:#}")
            .lines()
            .map(|line| escape(line).into_owned())
            .collect();
        let mut text = format!("{red}error{reset}: {}\n", lines.join("\n"));
        if let Some(help) = error
            .downcast_ref::<OutputError>()
            .and_then(OutputError::help)
        {
            text.push_str(&format!("{cyan}help{reset}: {}\n", escape(&help)));
        }
        let _ = self.err.write(text.as_bytes());
    }
}

impl Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.closed {
            return Ok(());
        }
        match self
            .writer
            .write_all(bytes)
            .and_then(|()| self.writer.flush())
        {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            result => result,
        }
    }
}

/// Color only on terminals, unless the environment says otherwise.
fn wants_color(variable: impl Fn(&str) -> Option<String>, is_terminal: bool) -> bool {
    let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
    if is_set("NO_COLOR") {
        false
    } else if is_set("CLICOLOR_FORCE") && variable("CLICOLOR_FORCE").as_deref() != Some("0") {
        true
    } else {
        is_terminal && variable("TERM").as_deref() != Some("dumb")
    }
}

#[cfg(test)]
mod tests {
    use super::wants_color;

    #[test]
    fn color_follows_terminal_and_environment() {
        let with = |name: &'static str, value: &'static str| {
            move |asked: &str| (asked == name).then(|| value.to_owned())
        };
        assert!(wants_color(|_| None, true));
        assert!(!wants_color(|_| None, false));
        assert!(!wants_color(with("NO_COLOR", "1"), true));
        assert!(wants_color(with("NO_COLOR", ""), true));
        assert!(wants_color(with("CLICOLOR_FORCE", "1"), false));
        assert!(!wants_color(with("CLICOLOR_FORCE", "0"), false));
        assert!(!wants_color(with("TERM", "dumb"), true));
        assert!(!wants_color(
            |name| (name != "TERM").then(|| "1".to_owned()),
            true
        ));
    }
}
