//! Conditions of alerts, written so that they read well.

/// `expr op bound`, over several lines if the expression is long or is made
/// of operands: the comparison binds looser than they do, but a reader should
/// not have to know.
pub(super) fn compare(expr: &str, operator: &str, bound: f64, compound: bool) -> String {
    let expr = expr.trim();
    // A comment would swallow what follows it on its line.
    let commented = expr.contains('#');
    if !compound && !commented {
        return format!("{expr} {operator} {bound}");
    }
    if !expr.contains('\n') && expr.len() <= 60 && !commented {
        return format!("({expr}) {operator} {bound}");
    }
    format!("(\n{}\n) {operator} {bound}", indented(expr))
}

/// The `top` highest series of an expression.
pub(super) fn top(expr: &str, top: u32) -> String {
    if expr.contains(['#', '\n']) {
        format!("topk({top},\n{}\n)", indented(expr))
    } else {
        format!("topk({top}, {expr})")
    }
}

fn indented(expr: &str) -> String {
    let lines: Vec<String> = expr
        .lines()
        .map(|line| {
            if line.trim().is_empty() {
                String::new()
            } else {
                format!("  {line}")
            }
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn short_conditions_stay_on_a_line() {
        assert_eq!(
            compare("pending_approvals_count", ">", 5.0, false),
            "pending_approvals_count > 5"
        );
        assert_eq!(compare("a / b", ">", 0.05, true), "(a / b) > 0.05");
    }

    #[test]
    fn comments_swallow_nothing() {
        assert_eq!(
            compare("depth # jobs", ">", 5.0, false),
            "(\n  depth # jobs\n) > 5"
        );
        assert_eq!(super::top("depth # jobs", 3), "topk(3,\n  depth # jobs\n)");
        assert_eq!(super::top("depth", 3), "topk(3, depth)");
    }

    #[test]
    fn long_conditions_are_broken() {
        assert_eq!(
            compare("sum(a)\n/\nsum(b)\n", "<", 0.5, true),
            "(\n  sum(a)\n  /\n  sum(b)\n) < 0.5"
        );
    }
}
