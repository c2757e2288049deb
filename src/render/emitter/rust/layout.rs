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
    // An array that is the only argument shares the parentheses.
    let (fits, open) = match (&args.labels, &args.value) {
        (Some(labels), None) => (width(&labels.join(", ")) <= SMALL, "(["),
        _ => (width(&list) <= SMALL, "("),
    };
    let chain = format!("self.{field}.{method}({list})");
    let line = format!("{pad}{start}{chain}{tail}");
    let fits_line = fits && width(&line) <= MAX_WIDTH;
    if fits_line && width(&chain) <= SMALL {
        return line;
    }
    let head = format!("self.{field}.{method}{open}");
    let spread = args.spread(indent, &format!("{pad}{start}self.{field}.{method}"), tail);
    if !fits_line && width(&head) <= SMALL && (!fits || spread.lines().count() >= 5) {
        return spread;
    }
    // At the start of a statement, a receiver as short as `self` keeps its field.
    let gap = format!("\n{pad}    ");
    let first = if start.is_empty() { "" } else { &gap };
    let before = format!("{pad}{start}self{first}.{field}{gap}.{method}");
    if fits && indent + 4 + width(&format!(".{method}({list}){tail}")) <= MAX_WIDTH {
        format!("{before}({list}){tail}")
    } else {
        args.spread(indent + 4, &before, tail)
    }
}

/// `receiver` and a call of a method with a literal, which does not break.
pub(super) fn method(indent: usize, receiver: &str, call: &str) -> String {
    let pad = " ".repeat(indent);
    let line = format!("{pad}{receiver}{call}");
    let fits_behind = indent + 4 + width(call) <= MAX_WIDTH;
    if width(&line) <= MAX_WIDTH || !fits_behind {
        return line;
    }
    format!("{pad}{receiver}\n{pad}    {call}")
}

/// The field of a struct, `head: type,`
pub(super) fn field(head: &str, type_name: &str) -> String {
    let line = format!("    {head}: {type_name},");
    if width(&line) <= MAX_WIDTH {
        return line;
    }
    format!("    {head}:\n        {type_name},")
}

/// `pattern => value,`
pub(super) fn arm(indent: usize, pattern: &str, value: &str) -> String {
    let pad = " ".repeat(indent);
    let line = format!("{pad}{pattern} => {value},");
    if width(&line) <= MAX_WIDTH {
        return line;
    }
    format!("{pad}{pattern} => {{\n{pad}    {value}\n{pad}}}")
}

/// `let name = value;`
pub(super) fn binding(indent: usize, name: &str, value: &str) -> String {
    let pad = " ".repeat(indent);
    let line = format!("{pad}let {name} = {value};");
    if width(&line) <= MAX_WIDTH {
        return line;
    }
    format!("{pad}let {name} =\n{pad}    {value};")
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
    fn list(&self) -> String {
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| format!("[{}]", labels.join(", ")));
        let parts: Vec<_> = labels.into_iter().chain(self.value.clone()).collect();
        parts.join(", ")
    }

    /// The arguments on lines of their own, behind `before`.
    fn spread(&self, indent: usize, before: &str, tail: &str) -> String {
        let pad = " ".repeat(indent);
        if let (Some(labels), None) = (&self.labels, &self.value) {
            return format!(
                "{before}([\n{}\n{pad}]){tail}",
                elements(indent + 4, labels)
            );
        }
        let labels = self.labels.as_ref();
        let labels = labels.map(|labels| array(indent + 4, "", labels, ","));
        let value = self
            .value
            .as_ref()
            .map(|value| format!("{pad}    {value},"));
        let lines: Vec<_> = labels.into_iter().chain(value).collect();
        format!("{before}(\n{}\n{pad}){tail}", lines.join("\n"))
    }
}

/// An array, with what stands before and behind it on its line.
pub(super) fn array(indent: usize, before: &str, list: &[String], after: &str) -> String {
    let pad = " ".repeat(indent);
    let joined = list.join(", ");
    let line = format!("{pad}{before}[{joined}]{after}");
    // One element alone gains nothing from a line of its own.
    let narrow = list.len() == 1 || width(&joined) <= SMALL;
    if narrow && width(&line) <= MAX_WIDTH {
        return line;
    }
    format!(
        "{pad}{before}[\n{}\n{pad}]{after}",
        elements(indent + 4, list)
    )
}

/// The elements of an array that needs several lines.
fn elements(indent: usize, list: &[String]) -> String {
    let pad = " ".repeat(indent);
    let short = |element: &String| {
        let plain = !element.contains("::") && !element.contains('(');
        plain && width(element) <= SHORT_ELEMENT
    };
    let fill = list.iter().all(short);
    let mut lines: Vec<String> = Vec::new();
    for element in list {
        match lines.last_mut() {
            Some(last) if fill && width(last) + 1 + width(element) < MAX_WIDTH => {
                last.push_str(&format!(" {element},"));
            }
            _ => lines.push(format!("{pad}{element},")),
        }
    }
    lines.join("\n")
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
