//! Block-style YAML as an outline of lines: taken apart and put together
//! without a YAML reader, so that scalars keep every byte.

/// A key of a block mapping: its line, and the lines below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) head: String,
    pub(crate) body: Vec<String>,
}

fn indentation(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_filler(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with('#')
}

impl Item {
    /// The key, without quotes.
    pub(crate) fn key(&self) -> &str {
        let line = self.head.trim();
        let end = line.find(": ").unwrap_or(line.trim_end_matches(':').len());
        line[..end].trim_matches('"')
    }

    /// The keys below this one, if it holds a block mapping.
    pub(crate) fn children(&self) -> Option<Vec<Item>> {
        let head = self.head.split(" #").next().unwrap_or_default().trim_end();
        let first = self.body.iter().find(|line| !is_filler(line))?;
        (head.ends_with(':') && !first.trim_start().starts_with("- "))
            .then(|| items(&self.body.join("\n")))
    }

    /// The same key with other keys below it.
    pub(crate) fn with_children(&self, children: &[Item]) -> Item {
        Item {
            head: self.head.clone(),
            body: children.iter().flat_map(Item::lines).collect(),
        }
    }

    fn lines(&self) -> Vec<String> {
        std::iter::once(self.head.clone())
            .chain(self.body.iter().cloned())
            .collect()
    }
}

/// The keys of the outermost mapping of `text`. Comments in front of all keys
/// are left out.
pub(crate) fn items(text: &str) -> Vec<Item> {
    let lines = || text.lines();
    let outermost = lines()
        .filter(|line| !is_filler(line))
        .map(indentation)
        .min()
        .unwrap_or(0);
    let mut found: Vec<Item> = Vec::new();
    for line in lines() {
        if !is_filler(line) && indentation(line) == outermost {
            found.push(Item {
                head: line.to_owned(),
                body: Vec::new(),
            });
        } else if let Some(last) = found.last_mut() {
            last.body.push(line.to_owned());
        }
    }
    found
}

/// The text of `items` as a file.
pub(crate) fn write(items: &[Item]) -> String {
    let lines: Vec<String> = items.iter().flat_map(Item::lines).collect();
    lines.join("\n") + "\n"
}

/// `text` with the keys at `path` changed.
pub(crate) fn edit(text: &str, path: &[&str], change: &dyn Fn(Vec<Item>) -> Vec<Item>) -> String {
    fn inner(
        items: Vec<Item>,
        path: &[&str],
        change: &dyn Fn(Vec<Item>) -> Vec<Item>,
    ) -> Vec<Item> {
        let Some((key, rest)) = path.split_first() else {
            return change(items);
        };
        let mut items = items;
        let item = items
            .iter_mut()
            .find(|item| item.key() == *key)
            .unwrap_or_else(|| panic!("there is a key {key}"));
        let children = item.children().expect("a mapping");
        *item = item.with_children(&inner(children, rest, change));
        items
    }
    write(&inner(items(text), path, change))
}

#[test]
fn an_outline_is_put_together_as_it_was() {
    let text = "a:\n  b: 1\n  # on c\n  c: |\n    x: y\n\n    z\nd: [1]\n";
    let outline = items(text);
    assert_eq!(write(&outline), text);
    let keys = |items: &[Item]| -> Vec<String> {
        items.iter().map(|item| item.key().to_owned()).collect()
    };
    assert_eq!(keys(&outline), ["a", "d"]);
    let children = outline[0].children().unwrap();
    assert_eq!(keys(&children), ["b", "c"]);
    assert_eq!(children[1].children(), None);
    assert_eq!(
        edit(text, &["a"], &|mut items| {
            items.reverse();
            items
        }),
        "a:\n  c: |\n    x: y\n\n    z\n  b: 1\n  # on c\nd: [1]\n"
    );
}
