//! Functions of ranges of samples.

use super::simulate::Era;

/// The samples of a series within a range.
pub(super) struct Window {
    /// Its left end, in milliseconds.
    pub(super) start: i64,
    /// Its right end.
    pub(super) end: i64,
    /// Times and values.
    pub(super) points: Vec<(i64, f64)>,
}

/// What a function makes of a window.
pub(super) enum Outcome {
    Value(f64),
    /// The window holds too few samples.
    Nothing,
    /// The function is not simulated.
    Unknown,
}

/// Applies a function of one range; `parameter` is the number that some take.
pub(super) fn apply(name: &str, window: &Window, parameter: Option<f64>, era: Era) -> Outcome {
    let points = &window.points;
    let Some((_, last)) = points.last() else {
        return Outcome::Nothing;
    };
    let values = points.iter().map(|(_, value)| *value);
    let value = match name {
        "rate" => extrapolated(window, true, true, era),
        "increase" => extrapolated(window, true, false, era),
        "delta" => extrapolated(window, false, false, era),
        "irate" => instant(points, true),
        "idelta" => instant(points, false),
        "deriv" => regression(points, points[0].0).map(|(slope, _)| slope),
        "predict_linear" => match parameter {
            Some(ahead) => {
                regression(points, window.end).map(|(slope, at_end)| slope * ahead + at_end)
            }
            None => return Outcome::Unknown,
        },
        "avg_over_time" => Some(mean(points, era)),
        "min_over_time" => values.reduce(f64::min),
        "max_over_time" => values.reduce(f64::max),
        "sum_over_time" => {
            let (total, rest) = sum(values);
            Some(total + rest)
        }
        "count_over_time" => Some(points.len() as f64),
        "last_over_time" => Some(*last),
        "present_over_time" => Some(1.0),
        "quantile_over_time" => match parameter {
            Some(quantile) if (0.0..=1.0).contains(&quantile) => {
                Some(sorted_quantile(quantile, values.collect()))
            }
            _ => return Outcome::Unknown,
        },
        _ => return Outcome::Unknown,
    };
    value.map_or(Outcome::Nothing, Outcome::Value)
}

fn extrapolated(window: &Window, counter: bool, rate: bool, era: Era) -> Option<f64> {
    let points = &window.points;
    let [(first_time, first), .., (last_time, last)] = points.as_slice() else {
        return None;
    };
    let mut growth = last - first;
    if counter {
        for pair in points.windows(2) {
            if pair[1].1 < pair[0].1 {
                growth += pair[0].1;
            }
        }
    }
    let seconds = |millis: i64| millis as f64 / 1000.0;
    let mut to_start = seconds(first_time - window.start);
    let to_end = seconds(window.end - last_time);
    let sampled = seconds(last_time - first_time);
    let average = sampled / (points.len() - 1) as f64;
    let threshold = average * 1.1;
    let near = |distance: f64| {
        if distance < threshold {
            distance
        } else {
            average / 2.0
        }
    };
    // A counter is not taken back beyond its zero. The versions differ in
    // what they cap first.
    if era == Era::LeftOpen {
        to_start = near(to_start);
    }
    if counter && growth > 0.0 && *first >= 0.0 {
        to_start = to_start.min(sampled * (first / growth));
    }
    if era == Era::LeftClosed {
        to_start = near(to_start);
    }
    let mut factor = (sampled + to_start + near(to_end)) / sampled;
    if rate {
        factor /= seconds(window.end - window.start);
    }
    Some(growth * factor)
}

fn instant(points: &[(i64, f64)], rate: bool) -> Option<f64> {
    let [.., (time, value), (last_time, last)] = points else {
        return None;
    };
    if !rate {
        return Some(last - value);
    }
    let growth = if last < value { *last } else { last - value };
    Some(growth / ((last_time - time) as f64 / 1000.0))
}

/// Slope per second, and the value at `origin`.
fn regression(points: &[(i64, f64)], origin: i64) -> Option<(f64, f64)> {
    let [(_, first), _, ..] = points else {
        return None;
    };
    if points.iter().all(|(_, value)| value == first) {
        return Some((0.0, *first));
    }
    let count = points.len() as f64;
    let distances = || {
        points
            .iter()
            .map(|(time, value)| ((time - origin) as f64 / 1000.0, *value))
    };
    let total = |values: &mut dyn Iterator<Item = f64>| {
        let (total, rest) = sum(values);
        total + rest
    };
    let x = total(&mut distances().map(|(x, _)| x));
    let y = total(&mut distances().map(|(_, y)| y));
    let xy = total(&mut distances().map(|(x, y)| x * y));
    let xx = total(&mut distances().map(|(x, _)| x * x));
    let slope = (xy - x * y / count) / (xx - x * x / count);
    Some((slope, y / count - slope * x / count))
}

fn mean(points: &[(i64, f64)], era: Era) -> f64 {
    if era == Era::LeftOpen {
        let (total, rest) = sum(points.iter().map(|(_, value)| *value));
        return (total + rest) / points.len() as f64;
    }
    let mut mean = 0.0;
    let mut rest = 0.0;
    for (index, (_, value)) in points.iter().enumerate() {
        let count = (index + 1) as f64;
        add(value / count - mean / count, &mut mean, &mut rest);
    }
    mean + rest
}

/// Sum, and what was lost to rounding.
fn sum(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut total = 0.0;
    let mut rest = 0.0;
    for value in values {
        add(value, &mut total, &mut rest);
    }
    (total, rest)
}

/// Kahan's summation in Neumaier's form.
fn add(value: f64, total: &mut f64, rest: &mut f64) {
    let next = *total + value;
    *rest += if total.abs() >= value.abs() {
        (*total - next) + value
    } else {
        (value - next) + *total
    };
    *total = next;
}

fn sorted_quantile(quantile: f64, mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let rank = quantile * (values.len() as f64 - 1.0);
    let lower = rank.floor().max(0.0) as usize;
    let upper = (lower + 1).min(values.len() - 1);
    let weight = rank - rank.floor();
    values[lower] * (1.0 - weight) + values[upper] * weight
}
