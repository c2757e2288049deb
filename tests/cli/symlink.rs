//! Symbolic links in the output directory.

use crate::sandbox::Sandbox;
use std::os::unix::fs::symlink;

#[test]
fn a_directory_that_leads_out_is_not_followed() {
    let sandbox = Sandbox::new();
    sandbox.write("outside/keep.txt", "keep");
    std::fs::create_dir(sandbox.path("generated")).unwrap();
    symlink(
        sandbox.path("outside"),
        sandbox.path("generated/monitoring"),
    )
    .unwrap();
    for args in ["generate", "generate --force", "generate --check"] {
        sandbox
            .run(args)
            .exits(2)
            .err_has(
                "the symbolic link `generated/monitoring` leads out of the output directory, to `",
            )
            .err_has("/outside`");
    }
    assert_eq!(
        sandbox.tree("outside").into_keys().collect::<Vec<_>>(),
        ["keep.txt"]
    );
    assert_eq!(sandbox.tree("generated").len(), 1);
}

#[test]
fn a_file_that_leads_out_is_not_written_through_or_replaced() {
    let sandbox = Sandbox::generated();
    sandbox.write("outside.yml", "keep");
    let link = "generated/monitoring/prometheus.yml";
    sandbox.remove(link);
    symlink("../../outside.yml", sandbox.path(link)).unwrap();
    sandbox.change_target();
    let before = sandbox.tree("");
    sandbox
        .run("generate --force")
        .exits(2)
        .err_has("the symbolic link `generated/monitoring/prometheus.yml` leads out");
    assert_eq!(sandbox.tree(""), before);

    sandbox.remove(link);
    symlink("nowhere", sandbox.path(link)).unwrap();
    sandbox
        .run("generate --force")
        .exits(2)
        .err_has("leads nowhere");
}

#[test]
fn an_orphan_behind_a_link_that_leads_out_is_not_deleted() {
    let sandbox = Sandbox::generated();
    sandbox.write("outside/a.yml", "keep");
    symlink("../outside", sandbox.path("generated/linked")).unwrap();
    let path = "generated/.dashwright.json";
    let hash = format!("{:016x}", xxhash_rust::xxh3::xxh3_64(b"keep"));
    let manifest = sandbox.read(path).replace(
        "\"files\": {",
        &format!("\"files\": {{ \"linked/a.yml\": \"{hash}\","),
    );
    sandbox.write(path, &manifest);
    sandbox
        .run("generate")
        .exits(2)
        .err_has("`generated/linked` leads out");
    assert_eq!(sandbox.read("outside/a.yml"), "keep");
}

#[test]
fn the_output_directory_itself_may_be_a_link_and_so_may_what_stays_inside() {
    let sandbox = Sandbox::new();
    std::fs::create_dir_all(sandbox.path("real/shared")).unwrap();
    symlink("real", sandbox.path("generated")).unwrap();
    symlink("shared", sandbox.path("real/monitoring")).unwrap();
    sandbox.run("generate").succeeds();
    assert!(sandbox.path("real/shared/prometheus.yml").is_file());
    sandbox.run("generate --check").succeeds();
}

#[test]
fn a_directory_under_two_names_keeps_the_files_of_both() {
    let sandbox = Sandbox::new();
    let emitters = "emitters:\n  python: { package: app }\n  typescript: { package: app }\n";
    sandbox.write("specs/emitters.yaml", emitters);
    for directory in ["emitter-python", "emitter-typescript"] {
        std::fs::create_dir_all(sandbox.path("generated").join(directory)).unwrap();
    }
    let link = sandbox.path("generated/emitter-typescript/src");
    symlink("../emitter-python", link).unwrap();
    sandbox.run("generate").succeeds();
    sandbox.run("generate --check").succeeds();
}
