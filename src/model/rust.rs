//! Names of the model as Rust writes them.

/// Words that no identifier of Rust can be, up to the edition of 2024.
const KEYWORDS: [&str; 52] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield", "Self",
];

/// Whether `word` is reserved.
pub fn is_rust_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// `word` as an identifier, made raw if it is reserved.
pub fn rust_identifier(word: &str) -> String {
    match word {
        "self" | "Self" | "super" | "crate" => format!("{word}_"),
        _ if is_rust_keyword(word) => format!("r#{word}"),
        _ => word.to_owned(),
    }
}

/// The name of the field that holds a metric.
pub fn field_name(metric: &str) -> String {
    rust_identifier(&metric.replace(':', "_").to_ascii_lowercase())
}
