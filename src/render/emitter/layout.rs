//! Lines of Rust, broken where rustfmt breaks them.

/// Columns that a line may take.
const MAX_WIDTH: usize = 100;

/// Columns that the arguments of a call, the elements of an array, or a chain
/// of methods may take on one line.
const SMALL: usize = 60;

/// Elements that are no wider fill lines; wider ones get a line each.
const SHORT_ELEMENT: usize = 10;

/// The head of a function up to its brace, at an indentation.
pub(super) fn signature(indent: usize, head: &str, params: &[String], result: &str) -> String {
    let pad = " ".repeat(indent);
    let line = format!("{pad}{head}({}){result} {{", params.join(", "));
    if line.chars().count() <= MAX_WIDTH {
        return line;
    }
    let params: String = params
        .iter()
        .map(|param| format!("{pad}    {param},\n"))
        .collect();
    format!("{pad}{head}(\n{params}{pad}){result} {{")
}

/// `head(args)tail`, where `head` is a path or a method of a plain name.
pub(super) fn call(indent: usize, head: &str, args: &[String], tail: &str) -> String {
    let pad = " ".repeat(indent);
    let list = args.join(", ");
    let line = format!("{pad}{head}({list}){tail}");
    if width(&list) <= SMALL && width(&line) <= MAX_WIDTH {
        return line;
    }
    match head.split_once('.') {
        // A short receiver keeps its method.
        Some((receiver, method)) if width(&list) <= SMALL && width(receiver) > 4 => {
            format!("{pad}{receiver}\n{pad}    .{method}({list}){tail}")
        }
        _ => format!("{pad}{head}({}{pad}){tail}", vertical(indent, args)),
    }
}

/// `start` and `self.field.method(labels, value)` and `tail` behind it.
/// `start` may be empty or the name of a field.
pub(super) fn on_field(
    indent: usize,
    start: &str,
    field: &str,
    method: &str,
    args: &Args,
    tail: &str,
) -> String {
    let pad = " ".repeat(indent);
    let list = args.list();
    let chain = format!("self.{field}.{method}({list})");
    let line = format!("{pad}{start}{chain}{tail}");
    let head = width(&format!("self.{field}.{method}("));
    if width(&list) <= SMALL {
        if width(&chain) <= SMALL && width(&line) <= MAX_WIDTH {
            return line;
        }
        // At the start of a statement, a receiver as short as `self` keeps its field.
        let gap = if start.is_empty() {
            String::new()
        } else {
            format!("\n{pad}    ")
        };
        return format!("{pad}{start}self{gap}.{field}\n{pad}    .{method}({list}){tail}");
    }
    // What does not fit in parentheses is put on lines of its own, below the
    // method if the line up to there is too long as well.
    let (before, inner) = if head < SMALL {
        (format!("{pad}{start}self.{field}"), indent)
    } else {
        (format!("{pad}{start}self.{field}\n{pad}    "), indent + 4)
    };
    let pad = " ".repeat(inner);
    match (&args.labels, &args.value) {
        (Some(labels), None) => {
            let elements = vertical(inner, labels);
            format!("{before}.{method}([{elements}{pad}]){tail}")
        }
        _ => format!(
            "{before}.{method}({}{pad}){tail}",
            vertical(inner, &args.parts())
        ),
    }
}

/// The arguments of an update: values of labels in an array, then a number.
#[derive(Debug, Default)]
pub(super) struct Args {
    /// `None` for a metric without labels.
    pub(super) labels: Option<Vec<String>>,
    /// What is added, set or observed.
    pub(super) value: Option<String>,
}

impl Args {
    fn parts(&self) -> Vec<String> {
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| format!("[{}]", labels.join(", ")));
        labels.into_iter().chain(self.value.clone()).collect()
    }

    fn list(&self) -> String {
        self.parts().join(", ")
    }
}

/// An array, with what stands before and behind it on its line.
pub(super) fn array(indent: usize, before: &str, elements: &[String], after: &str) -> String {
    let pad = " ".repeat(indent);
    let list = elements.join(", ");
    let line = format!("{pad}{before}[{list}]{after}");
    if width(&list) <= SMALL && width(&line) <= MAX_WIDTH {
        return line;
    }
    if elements
        .iter()
        .any(|element| width(element) > SHORT_ELEMENT)
    {
        return format!("{pad}{before}[{}{pad}]{after}", vertical(indent, elements));
    }
    let mut lines = String::new();
    let mut current = String::new();
    for element in elements {
        let longer = if current.is_empty() {
            format!("{element},")
        } else {
            format!("{current} {element},")
        };
        if indent + 4 + width(&longer) > MAX_WIDTH {
            lines.push_str(&format!("{pad}    {current}\n"));
            current = format!("{element},");
        } else {
            current = longer;
        }
    }
    format!("{pad}{before}[\n{lines}{pad}    {current}\n{pad}]{after}")
}

fn vertical(indent: usize, parts: &[String]) -> String {
    let pad = " ".repeat(indent);
    let lines: String = parts
        .iter()
        .map(|part| format!("{pad}    {part},\n"))
        .collect();
    format!("\n{lines}")
}

fn width(text: &str) -> usize {
    text.chars().count()
}
