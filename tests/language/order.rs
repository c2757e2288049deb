//! Files, sections and names stand in no order.

use crate::docs;
use crate::harness::{Dice, SpecText, compile, reference};
use crate::outline::{self, Item};

/// Mappings whose order shows: what is written first comes first.
const ORDERED: [&str; 5] = ["panels", "variables", "columns", "args", "ends"];

fn shuffled(item: &Item, dice: &mut Dice) -> Item {
    let Some(children) = item.children() else {
        return item.clone();
    };
    let mut children: Vec<Item> = children.iter().map(|child| shuffled(child, dice)).collect();
    if !ORDERED.contains(&item.key()) {
        dice.shuffle(&mut children);
    }
    item.with_children(&children)
}

/// Every name in a file of its own, all of them and what is below them in
/// another order.
fn scattered(specs: &[SpecText], dice: &mut Dice) -> Vec<SpecText> {
    let mut texts = Vec::new();
    for section in specs.iter().flat_map(|(_, text)| outline::items(text)) {
        match section.children() {
            Some(names) => texts.extend(
                names
                    .iter()
                    .map(|name| section.with_children(&[shuffled(name, dice)])),
            ),
            None => texts.push(section),
        }
    }
    dice.shuffle(&mut texts);
    let files = texts.iter().enumerate();
    files
        .map(|(number, item)| {
            (
                format!("specs/{number:04}.yaml"),
                outline::write(std::slice::from_ref(item)),
            )
        })
        .collect()
}

fn order_changes_nothing(specs: &[SpecText], rounds: u64) {
    let expected = compile(specs).clean();
    for seed in 0..rounds {
        let specs = scattered(specs, &mut Dice(seed));
        let rendered = compile(&specs).clean();
        assert!(rendered.keys().eq(expected.keys()), "seed {seed}");
        for (path, text) in &rendered {
            assert!(
                *text == expected[path],
                "{path} with seed {seed}:\n{}",
                crate::once::line_diff(&expected[path], text)
            );
        }
    }
}

#[test]
fn the_order_of_the_reference_specs_changes_no_byte() {
    order_changes_nothing(&reference(), 20);
}

#[test]
fn the_order_of_the_documented_specs_changes_no_byte() {
    order_changes_nothing(&docs::blocks(), 20);
}

#[test]
fn the_same_specs_render_the_same_twice() {
    let specs = reference();
    assert_eq!(compile(&specs).clean(), compile(&specs).clean());
}
