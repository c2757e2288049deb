//! The built program, run as users run it.

#![allow(clippy::unwrap_used, reason = "a sandbox that breaks fails its test")]

mod git;
mod sandbox;

#[cfg(unix)]
mod action;
mod check;
mod command_line;
mod explain;
mod generate;
#[cfg(unix)]
mod hooks;
mod init;
#[cfg(unix)]
mod kill;
mod ownership;
#[cfg(unix)]
mod symlink;
#[cfg(target_os = "linux")]
mod system;
mod watch;
