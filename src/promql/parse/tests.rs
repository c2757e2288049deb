use crate::promql::{BinaryOp, DurationValue, Expr, ExprKind, PromDuration, Query};

/// The tree in prefix notation.
fn shape(text: &str) -> String {
    let query = Query::parse(text).unwrap();
    fn write(text: &str, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Binary(binary) => format!(
                "({} {} {})",
                binary.op.name(),
                write(text, &binary.left),
                write(text, &binary.right)
            ),
            ExprKind::Unary(unary) => format!("(neg {})", write(text, &unary.operand)),
            ExprKind::Paren(inner) => write(text, inner),
            _ => text[expr.range.bytes()].to_owned(),
        }
    }
    write(text, query.root())
}

/// `message @ offence [related] help`.
fn complaint(text: &str) -> String {
    let error = Query::parse(text).unwrap_err();
    let mut line = format!("{} @ {:?}", error.message, &text[error.range.bytes()]);
    if let Some((range, _)) = error.related {
        line = format!("{line} [{}]", &text[range.bytes()]);
    }
    match error.help {
        Some(help) => format!("{line} {help}"),
        None => line,
    }
}

#[test]
fn operators_bind_as_in_prometheus() {
    assert_eq!(shape("a + b * c ^ d ^ e"), "(+ a (* b (^ c (^ d e))))");
    assert_eq!(shape("a - b - c"), "(- (- a b) c)");
    assert_eq!(
        shape("a or b and c unless d"),
        "(or a (unless (and b c) d))"
    );
    assert_eq!(shape("a > b + c == d"), "(== (> a (+ b c)) d)");
    assert_eq!(shape("-a ^ b"), "(neg (^ a b))");
    assert_eq!(shape("-a * b"), "(* (neg a) b)");
    assert_eq!(shape("a ^ -b * c"), "(* (^ a (neg b)) c)");
    assert_eq!(shape("a ATAN2 b % c"), "(% (atan2 a b) c)");
    assert_eq!(shape("-a[5m:] offset 1m"), "(neg a[5m:] offset 1m)");
}

#[test]
fn every_part_knows_its_place() {
    let text =
        r#"sum by (a, "b") (rate(m{x=~"$v", y!="1"}[5m] offset -1h @ end())) > bool on (a) 2"#;
    let query = Query::parse(text).unwrap();
    let said = |range: crate::promql::TextRange| &text[range.bytes()];
    let ExprKind::Binary(binary) = &query.root().kind else {
        panic!("no operator")
    };
    assert_eq!(binary.op, BinaryOp::Greater);
    assert_eq!(said(binary.op_range), ">");
    assert_eq!(binary.matching.bool_range.map(said), Some("bool"));
    assert_eq!(
        binary.matching.labels.as_ref().map(|on| said(on.range)),
        Some("on (a)")
    );
    let ExprKind::Aggregate(aggregate) = &binary.left.kind else {
        panic!("no aggregation")
    };
    let by = aggregate.grouping.as_ref().unwrap();
    assert_eq!(said(by.range), r#"by (a, "b")"#);
    assert_eq!(said(by.labels[1].range), "\"b\"");
    assert_eq!(&*by.labels[1].text, "b");
    let selector = query.selectors().next().unwrap();
    assert_eq!(
        said(selector.range),
        r#"m{x=~"$v", y!="1"}[5m] offset -1h @ end()"#
    );
    assert_eq!(selector.metric_name(), Some("m"));
    assert_eq!(said(selector.braces.unwrap()), r#"{x=~"$v", y!="1"}"#);
    assert_eq!(said(selector.matchers[0].range), r#"x=~"$v""#);
    assert_eq!(said(selector.matchers[0].value.variables[0].range), "$v");
    let lookback = selector.lookback.as_ref().unwrap();
    assert_eq!(said(lookback.range), "[5m]");
    assert_eq!(
        lookback.duration.value,
        DurationValue::Fixed(PromDuration::from_millis(300_000))
    );
    let offset = selector.offset.as_ref().unwrap();
    assert_eq!((said(offset.range), offset.negative), ("offset -1h", true));
    assert_eq!(
        selector.at.as_ref().map(|at| said(at.range)),
        Some("@ end()")
    );
}

#[test]
fn variables_stand_where_grafana_puts_them() {
    let query = Query::parse(
        r#"topk($n, rate(${metric}_total{a=~"$a|[[b:regex]]"}[$__rate_interval:${s}s] offset $o))
           by ($by) / $__range_s + x[$window:] * y[${window}] # $not"#,
    )
    .unwrap();
    let names: Vec<_> = query
        .variables()
        .iter()
        .map(|variable| &*variable.name)
        .collect();
    assert_eq!(
        names,
        [
            "n",
            "metric",
            "a",
            "b",
            "__rate_interval",
            "s",
            "o",
            "by",
            "__range_s",
            "window",
            "window"
        ]
    );
    assert_eq!(query.variable_names().len(), 10);
    assert!(query.uses_window());
    assert_eq!(query.selectors().next().unwrap().metric_name(), None);
    assert!(!Query::parse("rate(x[5m])").unwrap().uses_window());
}

#[test]
fn errors_name_the_place_and_the_remedy() {
    for (text, expected) in [
        (
            "",
            r#"expected an expression, found the end of the expression @ """#,
        ),
        (
            "up +",
            r#"expected an expression, found the end of the expression @ """#,
        ),
        (
            "(up",
            r#"expected an operator or `)`, found the end of the expression @ "" [(]"#,
        ),
        (
            "up{a=\"b\"",
            r#"expected `,` or `}`, found the end of the expression @ "" [{]"#,
        ),
        (
            "up[5m",
            r#"expected `:` or `]`, found the end of the expression @ "" [[]"#,
        ),
        ("up)", r#"this `)` closes nothing @ ")""#),
        ("\"abc", r#"this string is never closed @ "\"" []"#),
        (
            "sum by (a=~\"x\") (up)",
            r#"expected `,` or `)`, found `=~` @ "=~" [(] put matchers into the braces of the selector"#,
        ),
        (
            "smu by (a) (up)",
            r#"expected an operator or the end of the expression, found `by` @ "by" did you mean `sum`?"#,
        ),
        (
            "up{a=b}",
            r#"expected a string, found `b` @ "b" quote the value: `"b"`"#,
        ),
        (
            "sum(up)[5m]",
            r#"a range can only follow a selector @ "[5m]" [sum(up)] for a subquery, add a colon: `[1h:]` or `[1h:5m]`"#,
        ),
        (
            "up offset 5m [5m]",
            r#"`offset` stands before the range @ "[5m]" [offset 5m]"#,
        ),
        (
            "up = 1",
            r#"expected an operator or the end of the expression, found `=` @ "=" the comparison operator is `==`"#,
        ),
        (
            "up && up",
            r#"unexpected character `&` @ "&" PromQL's operator is `and`"#,
        ),
        (
            "topk(up)",
            r#"`topk` takes a parameter and an expression, not 1 arguments @ "topk" write `topk(5, …)`"#,
        ),
        (
            "rate(up[five])",
            r#"expected a duration, found `five` @ "five" a duration is whole numbers with units: `30s`, `5m`, `1h30m`"#,
        ),
        (
            "up + group_left (a) up",
            r#"`group_left` needs `on (…)` or `ignoring (…)` before it @ "group_left""#,
        ),
        ("sum by (\"\") (up)", r#"this names nothing @ "\"\"""#),
        ("{\"\"=\"x\"}", r#"this names nothing @ "\"\"""#),
        (
            "up + bool up",
            r#"`bool` has no meaning behind `+` @ "bool" [+]"#,
        ),
        ("abs(up,)", r#"a comma after the last argument @ ",""#),
        (
            "up{a=\"\\d\"}",
            r#"`\d` is no valid escape @ "\\d" write `\\` for a backslash, as in `"\\d+"`, or put the string in backticks"#,
        ),
        (
            "{a=~\".*\"}",
            r#"this selects every series there is @ "{a=~\".*\"}" name a metric, or match a label against something that is not empty"#,
        ),
    ] {
        assert_eq!(complaint(text), expected, "{text}");
    }
}

#[test]
fn depth_is_limited_not_fatal() {
    for text in [
        "(".repeat(100_000),
        "-".repeat(100_000),
        "abs(".repeat(100_000),
        vec!["a"; 100_000].join("^"),
        vec!["a"; 100_000].join("+"),
        format!("a{}", "[1m:]".repeat(100_000)),
    ] {
        let error = Query::parse(text).unwrap_err();
        assert_eq!(error.message, "the expression is nested too deeply");
    }
    assert!(Query::parse(vec!["a"; 250].join(" or ")).is_ok());
    assert!(Query::parse(format!("{}1{}", "(".repeat(99), ")".repeat(99))).is_ok());
}
