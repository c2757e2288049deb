//! What is claimed of parts of an expression that Prometheus would evaluate:
//! that they are empty, or refused.

use super::catalog::Catalog;
use super::{Database, findings};
use dashwright::diagnostic::Code;
use dashwright::promql::{BinaryOp, Expr, ExprKind, Query, conflict};
use serde_json::Value;

/// Puts the claims on parts of `text` to Prometheus: how many there are, or
/// one that it does not bear out.
pub(super) fn judge(text: &str, catalog: &Catalog, prometheus: &Database) -> Result<u64, String> {
    let Ok(query) = Query::parse(text) else {
        return Ok(0);
    };
    let (_, found) = findings(&query, catalog);
    let ask = |part: &Expr| prometheus.ask(&text[part.range.bytes()]);
    let mut claims = 0;
    for part in query.root().walk() {
        let ExprKind::Binary(binary) = &part.kind else {
            continue;
        };
        let claimed = |code: Code, place: std::ops::Range<usize>| {
            found.iter().any(|found| {
                let primary = found.primary.as_ref();
                found.code == code
                    && primary.is_some_and(|label| label.span.start as usize == place.start)
            })
        };
        let unmatched = claimed(Code::SidesCannotMatch, binary.op_range.bytes());
        let refused = binary
            .matching
            .labels
            .as_ref()
            .is_some_and(|grouping| claimed(Code::SeveralMatches, grouping.range.bytes()));
        let excluded = conflict(&query, part).is_some();
        if !(unmatched || refused || excluded) {
            continue;
        }
        claims += 1;
        let answer = ask(part);
        let borne_out = match binary.op {
            // What is wrong with an operand is not the operator's.
            _ if answer["status"] == "error" => true,
            // What takes nothing away leaves what was there.
            BinaryOp::Unless if unmatched => count(&answer) == count(&ask(&binary.left)),
            _ => count(&answer) == Some(0),
        };
        if !borne_out {
            let part = &text[part.range.bytes()];
            return Err(format!("{part} is said to find nothing: {answer}"));
        }
    }
    Ok(claims)
}

/// How many series came out; `None` after an error.
fn count(answer: &Value) -> Option<usize> {
    answer["data"]["result"].as_array().map(Vec::len)
}
