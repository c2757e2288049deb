//! The built program, run as users run it.

#![allow(clippy::unwrap_used, reason = "a sandbox that breaks fails its test")]

mod sandbox;

mod check;
mod command_line;
mod explain;
mod generate;
mod init;
#[cfg(unix)]
mod kill;
mod ownership;
#[cfg(unix)]
mod symlink;
#[cfg(target_os = "linux")]
mod system;
mod watch;
