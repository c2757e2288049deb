//! Writes made-up specs: `cargo run --release --example synthetic -- N DIR [plain|mixed]`.

mod specs;

use specs::Mode;
use std::error::Error;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (dashboards, directory, mode) =
        parse(&args).ok_or("usage: synthetic N DIR [plain|mixed]")?;
    Ok(write(&directory, specs::specs(dashboards, mode))?)
}

fn parse(args: &[String]) -> Option<(usize, PathBuf, Mode)> {
    let mode = match args.get(2).map(String::as_str) {
        None | Some("plain") => Mode::Plain,
        Some("mixed") => Mode::Mixed,
        Some(_) => return None,
    };
    Some((args.first()?.parse().ok()?, args.get(1)?.into(), mode))
}

fn write(directory: &Path, files: Vec<(String, String)>) -> std::io::Result<()> {
    std::fs::create_dir_all(directory.join("dashboards"))?;
    for (path, text) in files {
        std::fs::write(directory.join(path), text)?;
    }
    Ok(())
}
