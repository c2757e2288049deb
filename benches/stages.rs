//! The stages of a run, each on its own and all together, in memory.

#![allow(clippy::unwrap_used, reason = "what is not as expected ends the run")]

#[path = "workload/specs.rs"]
mod specs;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use dashwright::diagnostic::{Sink, SourceId, Sources, Span};
use dashwright::model::Model;
use dashwright::promql::{self, MatchOp, NewMatcher, Query, Rewrite, Series, SeriesKind};
use dashwright::spec::shape::Specs;
use dashwright::spec::{self, Files};
use dashwright::{check, render, resolve};
use specs::{Mode, PANELS};
use std::hint::black_box;

const SIZES: [usize; 2] = [10, 100];

fn files(dashboards: usize, mode: Mode) -> Files {
    let texts = specs::specs(dashboards, mode);
    Files::from_memory(
        texts
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    )
}

fn decode(files: &Files) -> Specs {
    let mut sink = Sink::default();
    let specs = spec::decode(files, &mut sink);
    assert!(!sink.has_errors());
    specs
}

fn bind(specs: &Specs, files: &Files) -> Model {
    let mut sink = Sink::default();
    resolve::resolve(specs, files, &mut sink).unwrap()
}

fn hold_to_rules(specs: &Specs, model: &Model, files: &Files) -> Sink {
    let mut sink = Sink::default();
    check::check(specs, model, files, &mut sink);
    sink
}

fn stages(c: &mut Criterion) {
    for (name, mode) in [("plain", Mode::Plain), ("mixed", Mode::Mixed)] {
        let mut group = c.benchmark_group(name);
        for size in SIZES {
            let files = files(size, mode);
            let specs = decode(&files);
            let model = bind(&specs, &files);
            group.throughput(Throughput::Elements((size * PANELS) as u64));
            group.bench_function(BenchmarkId::new("decode", size), |b| {
                b.iter(|| decode(black_box(&files)));
            });
            group.bench_function(BenchmarkId::new("resolve", size), |b| {
                b.iter(|| bind(black_box(&specs), &files));
            });
            group.bench_function(BenchmarkId::new("check", size), |b| {
                b.iter(|| hold_to_rules(black_box(&specs), &model, &files));
            });
            group.bench_function(BenchmarkId::new("render", size), |b| {
                b.iter(|| render::render(black_box(&model)).unwrap());
            });
            group.bench_function(BenchmarkId::new("whole", size), |b| {
                b.iter(|| {
                    let specs = decode(black_box(&files));
                    render::render(&bind(&specs, &files)).unwrap()
                });
            });
        }
        group.finish();
    }
}

/// A catalog of two counters with the labels of the example.
struct Counters;

impl promql::Catalog for Counters {
    fn metric(&self, series: &str) -> Option<Series<'_>> {
        ["tasks_failed_total", "tasks_started_total"]
            .into_iter()
            .find(|known| *known == series)
            .map(|known| Series {
                metric: known,
                kind: SeriesKind::Counter,
                labels: vec!["agent", "model", "job", "instance"],
                optional: Vec::new(),
                fixed: Vec::new(),
                unit: None,
                defined: None,
                labels_defined: None,
            })
    }

    fn names(&self) -> Box<dyn Iterator<Item = &str> + '_> {
        Box::new(["tasks_failed_total", "tasks_started_total"].into_iter())
    }
}

const EXPRESSION: &str = "\
sum by (agent) (rate(tasks_failed_total{model!~\"test.*\"}[$window]))
/
sum by (agent) (rate(tasks_started_total{model!~\"test.*\"}[$window]))";

fn expressions(c: &mut Criterion) {
    let source: SourceId = Sources::default().add("bench.yaml", EXPRESSION);
    let query = Query::parse(EXPRESSION).unwrap();
    let mut group = c.benchmark_group("promql");
    group.bench_function("parse", |b| {
        b.iter(|| Query::parse(black_box(EXPRESSION)).unwrap());
    });
    group.bench_function("check", |b| {
        b.iter(|| {
            let mut sink = Sink::default();
            let span = |range: std::ops::Range<usize>| Span::new(source, range.start, range.end);
            promql::check(black_box(&query), &Counters, &span, &mut sink)
        });
    });
    group.bench_function("rewrite", |b| {
        let matchers = |_: &_| vec![NewMatcher::new("agent", MatchOp::Regex, "$agent")];
        let rewrite = Rewrite {
            window: Some("$__rate_interval"),
            matchers: &matchers,
        };
        b.iter(|| black_box(&query).rewrite(&rewrite));
    });
    group.finish();
}

criterion_group!(benches, stages, expressions);
criterion_main!(benches);
