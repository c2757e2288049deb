//! The functions of PromQL: what they take, what they return, what becomes of
//! labels, and which metrics they are meant for.

/// The type of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// A number.
    Scalar,
    /// One sample per series.
    Vector,
    /// A range of samples per series.
    Matrix,
    /// A string.
    String,
}

/// How many arguments a function takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// All that it declares.
    Exact,
    /// All but the last one, which may be missing or stand up to so many times.
    Optional(u8),
    /// All but the last one, which may be missing or repeated at will.
    Repeated,
}

/// What a function does to the labels of its vector argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LabelEffect {
    /// Keeps them all.
    Keep,
    /// Drops the metric name.
    DropName,
    /// The result has none.
    None,
    /// `absent`: those of the selector's equality matchers.
    Absent,
    /// Drops the metric name and `le`.
    DropBucket,
    /// As [`Self::DropBucket`], and adds the label that an argument names.
    Quantiles,
    /// `label_replace`.
    Replace,
    /// `label_join`.
    Join,
    /// `info`.
    Info,
}

/// What a function reads off the samples of its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleUse {
    /// Their values; passes on whether those are a counter's.
    Value,
    /// The growth of a counter.
    Counter,
    /// The course of a gauge.
    Gauge,
    /// That they are there, when, or how many.
    Presence,
}

/// Which releases of Prometheus have a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// All from 2.42 on.
    Always,
    /// Those from this one on.
    Since(&'static str),
    /// Those from this one on, if `promql-experimental-functions` is switched on.
    Experimental(&'static str),
    /// Those before this one, which has the function under another name.
    Until(&'static str, &'static str),
}

/// A function of PromQL.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// The types of its arguments.
    pub args: &'static [ValueType],
    /// How many of them are needed.
    pub arity: Arity,
    /// What it returns.
    pub returns: ValueType,
    /// What becomes of labels.
    pub labels: LabelEffect,
    /// What it reads off samples.
    pub reads: SampleUse,
}

impl ValueType {
    /// The name with its article, as messages use it.
    pub fn described(self) -> &'static str {
        match self {
            Self::Scalar => "a scalar",
            Self::Vector => "an instant vector",
            Self::Matrix => "a range vector",
            Self::String => "a string",
        }
    }
}

impl Function {
    /// The function called `name`.
    pub fn named(name: &str) -> Option<&'static Self> {
        let place = FUNCTIONS
            .binary_search_by(|function| function.name.cmp(name))
            .ok()?;
        Some(&FUNCTIONS[place])
    }

    /// Whether it gives nothing for a range with a single sample.
    pub fn needs_two_samples(&self) -> bool {
        matches!(
            self.name,
            "rate"
                | "increase"
                | "irate"
                | "delta"
                | "idelta"
                | "deriv"
                | "predict_linear"
                | "double_exponential_smoothing"
                | "holt_winters"
        )
    }

    /// Every function, by name.
    pub fn all() -> &'static [Self] {
        FUNCTIONS
    }

    /// Which releases have it, as Prometheus's changelog says.
    pub fn availability(&self) -> Availability {
        use Availability::{Always, Experimental, Since, Until};
        match self.name {
            "holt_winters" => Until("3.0", "double_exponential_smoothing"),
            "histogram_stddev" | "histogram_stdvar" => Since("2.47"),
            "mad_over_time" | "sort_by_label" | "sort_by_label_desc" => Experimental("2.49"),
            "histogram_avg" => Since("2.51"),
            "double_exponential_smoothing" | "info" => Experimental("3.0"),
            "ts_of_last_over_time" | "ts_of_max_over_time" | "ts_of_min_over_time" => {
                Experimental("3.5")
            }
            "first_over_time" | "ts_of_first_over_time" => Experimental("3.7"),
            "histogram_quantiles" => Experimental("3.11"),
            "end" | "range" | "start" | "step" => Experimental("3.12"),
            _ => Always,
        }
    }

    /// The fewest arguments, and the most if there is a limit.
    pub fn bounds(&self) -> (usize, Option<usize>) {
        let declared = self.args.len();
        match self.arity {
            Exact => (declared, Some(declared)),
            Optional(extra) => (declared - 1, Some(declared - 1 + usize::from(extra))),
            Repeated => (declared - 1, None),
        }
    }

    /// The type of argument number `index`, from 0.
    pub fn arg(&self, index: usize) -> Option<ValueType> {
        self.args.get(index).or(self.args.last()).copied()
    }
}

use Arity::{Exact, Optional, Repeated};
use LabelEffect as Effect;
use SampleUse as Use;
use ValueType::{Matrix as M, Scalar as N, String as S, Vector as V};

const fn function(
    name: &'static str,
    args: &'static [ValueType],
    arity: Arity,
    returns: ValueType,
    labels: LabelEffect,
    reads: SampleUse,
) -> Function {
    Function {
        name,
        args,
        arity,
        returns,
        labels,
        reads,
    }
}

/// Vector to vector, sample by sample.
const fn math(name: &'static str) -> Function {
    function(name, &[V], Exact, V, Effect::DropName, Use::Value)
}

/// A part of the date in a sample's value, or in the time of evaluation.
const fn date(name: &'static str) -> Function {
    function(name, &[V], Optional(1), V, Effect::DropName, Use::Value)
}

/// Range vector to vector.
const fn over_time(name: &'static str, reads: SampleUse) -> Function {
    function(name, &[M], Exact, V, Effect::DropName, reads)
}

/// A number out of nothing.
const fn constant(name: &'static str) -> Function {
    function(name, &[], Exact, N, Effect::None, Use::Value)
}

/// Sorted by name. Those that Prometheus still calls experimental are included.
static FUNCTIONS: &[Function] = &[
    math("abs"),
    function("absent", &[V], Exact, V, Effect::Absent, Use::Presence),
    function(
        "absent_over_time",
        &[M],
        Exact,
        V,
        Effect::Absent,
        Use::Presence,
    ),
    math("acos"),
    math("acosh"),
    math("asin"),
    math("asinh"),
    math("atan"),
    math("atanh"),
    over_time("avg_over_time", Use::Value),
    math("ceil"),
    over_time("changes", Use::Presence),
    function("clamp", &[V, N, N], Exact, V, Effect::DropName, Use::Value),
    function("clamp_max", &[V, N], Exact, V, Effect::DropName, Use::Value),
    function("clamp_min", &[V, N], Exact, V, Effect::DropName, Use::Value),
    math("cos"),
    math("cosh"),
    over_time("count_over_time", Use::Presence),
    date("day_of_month"),
    date("day_of_week"),
    date("day_of_year"),
    date("days_in_month"),
    math("deg"),
    over_time("delta", Use::Gauge),
    over_time("deriv", Use::Gauge),
    function(
        "double_exponential_smoothing",
        &[M, N, N],
        Exact,
        V,
        Effect::DropName,
        Use::Gauge,
    ),
    constant("end"),
    math("exp"),
    function("first_over_time", &[M], Exact, V, Effect::Keep, Use::Value),
    math("floor"),
    math("histogram_avg"),
    math("histogram_count"),
    function(
        "histogram_fraction",
        &[N, N, V],
        Exact,
        V,
        Effect::DropBucket,
        Use::Value,
    ),
    function(
        "histogram_quantile",
        &[N, V],
        Exact,
        V,
        Effect::DropBucket,
        Use::Value,
    ),
    function(
        "histogram_quantiles",
        &[V, S, N, N],
        Optional(9),
        V,
        Effect::Quantiles,
        Use::Value,
    ),
    math("histogram_stddev"),
    math("histogram_stdvar"),
    math("histogram_sum"),
    function(
        "holt_winters",
        &[M, N, N],
        Exact,
        V,
        Effect::DropName,
        Use::Gauge,
    ),
    date("hour"),
    over_time("idelta", Use::Gauge),
    over_time("increase", Use::Counter),
    function("info", &[V, V], Optional(1), V, Effect::Info, Use::Value),
    over_time("irate", Use::Counter),
    function(
        "label_join",
        &[V, S, S, S],
        Repeated,
        V,
        Effect::Join,
        Use::Value,
    ),
    function(
        "label_replace",
        &[V, S, S, S, S],
        Exact,
        V,
        Effect::Replace,
        Use::Value,
    ),
    function("last_over_time", &[M], Exact, V, Effect::Keep, Use::Value),
    math("ln"),
    math("log10"),
    math("log2"),
    over_time("mad_over_time", Use::Value),
    over_time("max_over_time", Use::Value),
    over_time("min_over_time", Use::Value),
    date("minute"),
    date("month"),
    constant("pi"),
    function(
        "predict_linear",
        &[M, N],
        Exact,
        V,
        Effect::DropName,
        Use::Gauge,
    ),
    over_time("present_over_time", Use::Presence),
    function(
        "quantile_over_time",
        &[N, M],
        Exact,
        V,
        Effect::DropName,
        Use::Value,
    ),
    math("rad"),
    constant("range"),
    over_time("rate", Use::Counter),
    over_time("resets", Use::Counter),
    function(
        "round",
        &[V, N],
        Optional(1),
        V,
        Effect::DropName,
        Use::Value,
    ),
    function("scalar", &[V], Exact, N, Effect::None, Use::Value),
    math("sgn"),
    math("sin"),
    math("sinh"),
    function("sort", &[V], Exact, V, Effect::Keep, Use::Value),
    function(
        "sort_by_label",
        &[V, S],
        Repeated,
        V,
        Effect::Keep,
        Use::Value,
    ),
    function(
        "sort_by_label_desc",
        &[V, S],
        Repeated,
        V,
        Effect::Keep,
        Use::Value,
    ),
    function("sort_desc", &[V], Exact, V, Effect::Keep, Use::Value),
    math("sqrt"),
    constant("start"),
    over_time("stddev_over_time", Use::Value),
    over_time("stdvar_over_time", Use::Value),
    constant("step"),
    over_time("sum_over_time", Use::Value),
    math("tan"),
    math("tanh"),
    constant("time"),
    function("timestamp", &[V], Exact, V, Effect::DropName, Use::Presence),
    over_time("ts_of_first_over_time", Use::Presence),
    over_time("ts_of_last_over_time", Use::Presence),
    over_time("ts_of_max_over_time", Use::Presence),
    over_time("ts_of_min_over_time", Use::Presence),
    function("vector", &[N], Exact, V, Effect::None, Use::Value),
    date("year"),
];

#[cfg(test)]
mod tests {
    use super::Function;

    #[test]
    fn every_function_is_found_by_its_name() {
        for function in Function::all() {
            assert_eq!(Function::named(function.name), Some(function));
        }
        assert_eq!(Function::named("rat"), None);
    }

    #[test]
    fn bounds_follow_the_arity() {
        let bounds = |name| Function::named(name).map(Function::bounds);
        assert_eq!(bounds("rate"), Some((1, Some(1))));
        assert_eq!(bounds("time"), Some((0, Some(0))));
        assert_eq!(bounds("hour"), Some((0, Some(1))));
        assert_eq!(bounds("round"), Some((1, Some(2))));
        assert_eq!(bounds("label_join"), Some((3, None)));
        assert_eq!(bounds("histogram_quantiles"), Some((3, Some(12))));
    }
}
