//! The same metrics on each library: ten counters, three gauges and three
//! histograms of twelve buckets, all with one label.

use dashwright_emitter_runtime::runtime::{
    CounterFamily, GaugeFamily, HistogramFamily, Label, Metric, Registry,
};
use prometheus::{
    Encoder, GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, TextEncoder,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;

const BOUNDS: [f64; 12] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0,
];

/// The first label values, as an application would name them.
pub(crate) fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("agent-{i}")).collect()
}

fn each(kind: &'static str, count: usize) -> impl Iterator<Item = String> {
    (0..count).map(move |i| format!("agent_{kind}_metric_{i}"))
}

fn metric(name: &str) -> Metric<'_> {
    Metric {
        name,
        help: "Help",
        unit: None,
    }
}

/// A library under test.
pub(crate) trait Peer: Send + Sync + 'static {
    const NAME: &'static str;

    /// The library with its metrics, and this many series in each.
    fn new(series: usize) -> Self;
    /// Adds one to the first counter.
    fn inc(&self, agent: &str);
    /// Records a value in the first histogram.
    fn observe(&self, agent: &str, value: f64);
    fn encode(&self) -> Vec<u8>;
}

pub(crate) struct Ours {
    registry: Registry,
    pub(crate) counters: Vec<CounterFamily<1>>,
    gauges: Vec<GaugeFamily<1>>,
    pub(crate) histograms: Vec<HistogramFamily<1>>,
}

impl Ours {
    pub(crate) fn with_limit(series: usize, limit: usize) -> Self {
        let registry = Registry::new();
        let agent = Label::open("agent", limit);
        let ours = Self {
            counters: each("counter", 10)
                .map(|n| {
                    registry
                        .counter(metric(&format!("{n}_total")), [&agent])
                        .unwrap()
                })
                .collect(),
            gauges: each("gauge", 3)
                .map(|n| registry.gauge(metric(&n), [&agent]).unwrap())
                .collect(),
            histograms: each("histogram", 3)
                .map(|n| registry.histogram(metric(&n), [&agent], &BOUNDS).unwrap())
                .collect(),
            registry,
        };
        for name in names(series) {
            ours.counters.iter().for_each(|m| m.add([&name], 12345));
            ours.gauges.iter().for_each(|m| m.set([&name], 3.0));
            ours.histograms.iter().for_each(|m| m.observe([&name], 0.3));
        }
        ours
    }
}

impl Peer for Ours {
    const NAME: &'static str = "ours";

    fn new(series: usize) -> Self {
        Self::with_limit(series, usize::MAX)
    }

    #[inline]
    fn inc(&self, agent: &str) {
        self.counters[0].inc([agent]);
    }

    #[inline]
    fn observe(&self, agent: &str, value: f64) {
        self.histograms[0].observe([agent], value);
    }

    fn encode(&self) -> Vec<u8> {
        self.registry.encode(None).1
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Agent {
    agent: String,
}

impl From<&str> for Agent {
    fn from(agent: &str) -> Self {
        Self {
            agent: agent.to_owned(),
        }
    }
}

type Histograms = Family<Agent, Histogram, fn() -> Histogram>;
type FloatGauge = Gauge<f64, std::sync::atomic::AtomicU64>;

pub(crate) struct Client {
    registry: prometheus_client::registry::Registry,
    counters: Vec<Family<Agent, Counter>>,
    gauges: Vec<Family<Agent, FloatGauge>>,
    histograms: Vec<Histograms>,
}

impl Client {
    pub(crate) fn handle(&self, agent: &str) -> Counter {
        self.counters[0].get_or_create(&agent.into()).clone()
    }
}

impl Peer for Client {
    const NAME: &'static str = "prometheus-client";

    fn new(series: usize) -> Self {
        let mut client = Self {
            registry: prometheus_client::registry::Registry::default(),
            counters: (0..10).map(|_| Family::default()).collect(),
            gauges: (0..3).map(|_| Family::default()).collect(),
            histograms: (0..3)
                .map(|_| Family::new_with_constructor((|| Histogram::new(BOUNDS)) as fn() -> _))
                .collect(),
        };
        for (i, m) in client.counters.iter().enumerate() {
            client
                .registry
                .register(format!("agent_counter_metric_{i}"), "Help", m.clone());
        }
        for (i, m) in client.gauges.iter().enumerate() {
            client
                .registry
                .register(format!("agent_gauge_metric_{i}"), "Help", m.clone());
        }
        for (i, m) in client.histograms.iter().enumerate() {
            client
                .registry
                .register(format!("agent_histogram_metric_{i}"), "Help", m.clone());
        }
        for name in names(series) {
            let agent = Agent::from(name.as_str());
            for m in &client.counters {
                m.get_or_create(&agent).inc_by(12345);
            }
            for m in &client.gauges {
                m.get_or_create(&agent).set(3.0);
            }
            for m in &client.histograms {
                m.get_or_create(&agent).observe(0.3);
            }
        }
        client
    }

    #[inline]
    fn inc(&self, agent: &str) {
        self.counters[0].get_or_create(&agent.into()).inc();
    }

    #[inline]
    fn observe(&self, agent: &str, value: f64) {
        self.histograms[0]
            .get_or_create(&agent.into())
            .observe(value);
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = String::new();
        encode(&mut out, &self.registry).unwrap();
        out.into_bytes()
    }
}

pub(crate) struct Raw {
    registry: prometheus::Registry,
    pub(crate) counters: Vec<IntCounterVec>,
    gauges: Vec<GaugeVec>,
    histograms: Vec<HistogramVec>,
}

impl Peer for Raw {
    const NAME: &'static str = "prometheus";

    fn new(series: usize) -> Self {
        let opts = |kind: &str, i| Opts::new(format!("agent_{kind}_metric_{i}"), "Help");
        let raw = Self {
            registry: prometheus::Registry::new(),
            counters: (0..10)
                .map(|i| IntCounterVec::new(opts("counter_total", i), &["agent"]).unwrap())
                .collect(),
            gauges: (0..3)
                .map(|i| GaugeVec::new(opts("gauge", i), &["agent"]).unwrap())
                .collect(),
            histograms: (0..3)
                .map(|i| {
                    let opts = HistogramOpts::from(opts("histogram", i)).buckets(BOUNDS.to_vec());
                    HistogramVec::new(opts, &["agent"]).unwrap()
                })
                .collect(),
        };
        for m in &raw.counters {
            raw.registry.register(Box::new(m.clone())).unwrap();
        }
        for m in &raw.gauges {
            raw.registry.register(Box::new(m.clone())).unwrap();
        }
        for m in &raw.histograms {
            raw.registry.register(Box::new(m.clone())).unwrap();
        }
        for name in names(series) {
            for m in &raw.counters {
                m.with_label_values(&[&name]).inc_by(12345);
            }
            for m in &raw.gauges {
                m.with_label_values(&[&name]).set(3.0);
            }
            for m in &raw.histograms {
                m.with_label_values(&[&name]).observe(0.3);
            }
        }
        raw
    }

    #[inline]
    fn inc(&self, agent: &str) {
        self.counters[0].with_label_values(&[agent]).inc();
    }

    #[inline]
    fn observe(&self, agent: &str, value: f64) {
        self.histograms[0]
            .with_label_values(&[agent])
            .observe(value);
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        TextEncoder::new()
            .encode(&self.registry.gather(), &mut out)
            .unwrap();
        out
    }
}
