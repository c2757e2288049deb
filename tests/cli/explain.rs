//! `explain`: codes and queries.

use crate::sandbox::{EXTRA, Sandbox};

#[test]
fn codes_are_explained_and_listed() {
    let sandbox = Sandbox::empty();
    let one = sandbox.run("explain unknown-label").succeeds();
    one.out_has("unknown-label (error): a metric does not carry the label\n")
        .out_has("\nwrong:\n    queries:\n")
        .out_has("\nright:\n    queries:\n")
        .out_has("It cannot be allowed");
    sandbox
        .run("explain metric-unused")
        .succeeds()
        .out_has("It can be allowed with a reason");
    sandbox
        .run("explain --markdown")
        .succeeds()
        .out_has("\n### unknown-label\n");
    let all = sandbox.run("explain").succeeds();
    assert!(
        all.out.lines().count() > 30 && all.out.lines().all(|line| !line.ends_with(' ')),
        "{}",
        all.out
    );
    all.out_has("\nempty-file ")
        .out_has(" warning  a spec file defines nothing\n");
    sandbox
        .run("explain unknown-lable")
        .exits(2)
        .err_has("did you mean `unknown-label`?");
}

#[test]
fn a_query_is_shown_as_written_and_as_everybody_sends_it() {
    let sandbox = Sandbox::new();
    sandbox.write("specs/extra.yaml", EXTRA);
    sandbox.write(
        "specs/alerts.yaml",
        "thresholds:\n  rate: { warning: 100 }\n\
         queries:\n  total:\n    help: All requests\n    expr: sum(rate(app_requests_total[$window]))\n    thresholds: rate\n\
         alerts:\n  Busy: { query: total, fires_at: warning, window: 7m, severity: warning, summary: Busy }\n",
    );
    let run = sandbox.run("explain query request_rate").succeeds();
    run.out_has("request_rate: Requests per second\n")
        .out_has("  defined at  specs/main.yaml:5:3\n")
        .out_has("  unit        reqps\n")
        .out_has("as written\n    sum by (status) (rate(app_requests_total[$window]))\n")
        .out_has("panel app/rate \"Request rate\"\n    sum by (status) (rate(app_requests_total[$__rate_interval]))\n")
        .out_has("panel extra/rate \"Request rate\"\n");
    let one = sandbox
        .run("explain query request_rate --dashboard extra")
        .succeeds();
    assert!(
        one.out.contains("panel extra/rate") && !one.out.contains("panel app/rate"),
        "{}",
        one.out
    );
    let alert = sandbox.run("explain query total").succeeds();
    alert
        .out_has("  thresholds  rate (warning > 100)\n")
        .out_has("alert Busy\n")
        .out_has("[7m]")
        .out_has("> 100");
    sandbox
        .run("explain query total --dashboard app")
        .succeeds()
        .out_has("not used on dashboard `app`\n");
}

#[test]
fn queries_are_listed_and_misspelt_names_mended() {
    let sandbox = Sandbox::new();
    assert_eq!(
        sandbox.run("explain query").succeeds().out,
        "request_rate  Requests per second\n"
    );
    sandbox
        .run("explain query request_rat")
        .exits(2)
        .err_has("did you mean `request_rate`?");
    sandbox
        .run("explain query request_rate --dashboard ap")
        .exits(2)
        .err_has("did you mean `app`?");
}
