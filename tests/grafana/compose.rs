//! The compose file is one by the Compose Specification.

use crate::judge::python;
use crate::program::{accepts, verdict};
use crate::reference::{Generated, specs};
use std::fs;

const FILE: &str = "docker-compose.yml";

#[test]
fn the_stack_is_of_the_compose_specification() {
    let (reference, local) = (
        Generated::reference(),
        Generated::from(&specs(), Some("local")),
    );
    let said = accepts(python("compose.py").args([reference.path(FILE), local.path(FILE)]));
    assert!(said.contains("2 compose files, 0 errors"), "{said}");
}

#[test]
fn the_specification_knows_its_keys() {
    let reference = Generated::reference();
    let misspelt = reference.read(FILE).replace("depends_on:", "depend_on:");
    fs::write(reference.path(FILE), misspelt).unwrap();
    let (accepted, said) = verdict(python("compose.py").arg(reference.path(FILE)));
    assert!(!accepted && said.contains("depend_on"), "{said}");
}
