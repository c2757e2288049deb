//! What the system refuses: full disks, read-only directories, odd paths.
//!
//! Some of these need a mount. They run in a mount namespace of their own,
//! which needs no rights on systems that let users create namespaces; where
//! that is not so, the tests fail and say what they need.

use crate::sandbox::{Run, SPECS, Sandbox};
use std::io;
use std::process::{Command, Stdio};

/// Runs a shell script in the sandbox, with `mnt` in it free to mount on and
/// `$BIN` the program. `changed` holds other specs than `specs`.
fn with_mounts(script: &str) -> Run {
    let sandbox = Sandbox::new();
    sandbox.write(
        "changed/main.yaml",
        &SPECS
            .replace("app:8000", "app:9000")
            .replace("title: App", "title: Other"),
    );
    std::fs::create_dir(sandbox.path("mnt")).unwrap();
    let prelude = r#"
        unchanged() { diff -r "$1" "$2" && ls -A "$2" && echo UNCHANGED; }
        run() { "$BIN" "$@"; echo "STATUS $?"; }
    "#;
    let run = Run::of(
        Command::new("unshare")
            .args([
                "--mount",
                "--map-root-user",
                "sh",
                "-uc",
                &format!("{prelude}\nmount -t tmpfs -o size=512k tmpfs mnt || exit 99\n{script}"),
            ])
            .env("BIN", env!("CARGO_BIN_EXE_dashwright"))
            .current_dir(sandbox.path("")),
    );
    assert!(
        run.status == 0,
        "this test needs `unshare --mount --map-root-user` and a tmpfs mounted in it (util-linux, and unprivileged \
         user namespaces or root)\n--- out\n{}--- err\n{}",
        run.out,
        run.err
    );
    run
}

#[test]
fn a_full_disk_changes_nothing() {
    with_mounts(
        "run generate --quiet --out mnt/out
        cp -r mnt/out before
        dd if=/dev/zero of=mnt/fill bs=4k 2>/dev/null
        run generate --specs changed --out mnt/out
        unchanged before mnt/out
        rm mnt/fill
        run generate --specs changed --out mnt/out --quiet
        run generate --specs changed --out mnt/out --check --quiet",
    )
    .out_has("STATUS 0\nSTATUS 2\n")
    .out_has("UNCHANGED\nSTATUS 0\nSTATUS 0\n")
    .err_has("error: cannot write `mnt/out/")
    .err_has("No space left on device");
}

#[test]
fn a_full_disk_leaves_no_new_directories() {
    with_mounts(
        "dd if=/dev/zero of=mnt/fill bs=4k 2>/dev/null
        run generate --out mnt/new/out
        ls -A mnt",
    )
    .out_has("STATUS 2\nfill\n")
    .err_has("No space left on device");
}

#[test]
fn a_read_only_directory_is_fine_until_something_changes() {
    with_mounts(
        "run generate --quiet --out mnt/out
        cp -r mnt/out before
        mount -o remount,ro mnt
        run generate --quiet --out mnt/out
        run generate --specs changed --out mnt/out
        unchanged before mnt/out
        run generate --out mnt/other",
    )
    .out_has("STATUS 0\nSTATUS 0\nSTATUS 2\n")
    .out_has("UNCHANGED\nSTATUS 2\n")
    .err_has("error: cannot write `mnt/out/")
    .err_has("error: cannot create the directory `mnt/other`: Read-only file system");
}

#[test]
fn a_file_that_cannot_be_replaced_takes_the_others_back() {
    // A mount point cannot be renamed over, and by then others have been.
    with_mounts(
        "run generate --quiet --out mnt/out
        cp -r mnt/out before
        mount --bind mnt/out/monitoring/prometheus.yml mnt/out/monitoring/prometheus.yml
        run generate --specs changed --out mnt/out
        unchanged before mnt/out
        run generate --quiet --out mnt/out",
    )
    .out_has("STATUS 0\nSTATUS 2\n")
    .out_has("UNCHANGED\n")
    .err_has("error: cannot replace `mnt/out/monitoring/prometheus.yml`: ");
}

#[test]
fn what_is_in_the_way_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("file", "mine");
    sandbox
        .run("generate --out file")
        .exits(2)
        .err_has("error: `file` is not a directory\n")
        .err_has("--out");
    sandbox
        .run("generate --out file/below")
        .exits(2)
        .err_has("`file");
    assert_eq!(sandbox.read("file"), "mine");

    sandbox.write("one/monitoring", "mine");
    sandbox
        .run("generate --out one")
        .exits(2)
        .err_has("error: `one/monitoring` is not a directory\n");
    sandbox.write("two/monitoring/prometheus.yml/file", "mine");
    sandbox
        .run("generate --out two")
        .exits(2)
        .err_has("`two/monitoring/prometheus.yml` is in the way");
    assert_eq!(sandbox.tree("one").len() + sandbox.tree("two").len(), 2);
}

#[test]
fn a_fifo_in_the_way_does_not_hang_the_run() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("out/monitoring")).unwrap();
    let made = Command::new("mkfifo")
        .arg(sandbox.path("out/monitoring/prometheus.yml"))
        .status()
        .unwrap();
    assert!(made.success());
    sandbox
        .run("generate --out out --force")
        .exits(2)
        .err_has("not a regular file");
}

#[test]
fn a_name_that_is_too_long_or_a_place_that_takes_no_files() {
    let sandbox = Sandbox::new();
    sandbox
        .run(&format!("generate --out {}", "x".repeat(300)))
        .exits(2)
        .err_has("File name too long");
    sandbox
        .run("generate --out /proc/dashwright")
        .exits(2)
        .err_has("error: cannot create the directory `/proc/dashwright`: ");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::generated();
    for (args, status) in [
        ("explain", 0),
        ("--help", 0),
        ("generate --stdout monitoring/prometheus.yml", 0),
        ("completions bash", 0),
        ("generate --check --specs specs --out other", 1),
    ] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = sandbox
            .command()
            .args(args.split(' '))
            .stdout(Stdio::from(writer))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(status), "{args}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{args}");
    }
}

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let sandbox = Sandbox::new();
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = sandbox
        .command()
        .arg("explain")
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        err.starts_with("error: cannot write to standard output: No space left on device"),
        "{err}"
    );
}
