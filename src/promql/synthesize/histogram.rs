//! Classic histograms: counts that put a quantile where it should be, and the
//! quantile that Prometheus reads off counts.

/// Cumulative counts of the buckets, `+Inf` included, of which the quantile is
/// `value`.
pub(super) fn counts(bounds: &[f64], quantile: f64, value: f64, total: f64) -> Vec<f64> {
    let bucket = bounds
        .iter()
        .position(|bound| value <= *bound)
        .unwrap_or(bounds.len() - 1);
    let upper = bounds[bucket];
    let lower = match bucket {
        0 => upper.min(0.0),
        _ => bounds[bucket - 1],
    };
    let share = if upper > lower {
        (value - lower) / (upper - lower)
    } else {
        1.0
    };
    // What is not in the bucket goes below it, or above if that does not do.
    let (below, within) = if share < quantile && bucket > 0 {
        let below = (quantile - share) / (1.0 - share);
        (below, 1.0)
    } else {
        (0.0, (quantile / share).min(1.0))
    };
    let mut counts: Vec<f64> = bounds
        .iter()
        .enumerate()
        .map(|(index, _)| {
            total
                * if index + 1 < bucket {
                    0.0
                } else if index < bucket {
                    below
                } else if index == bucket {
                    within
                } else {
                    1.0
                }
        })
        .collect();
    counts.push(total);
    counts
}

/// The quantile of buckets given by upper bound and cumulative count.
pub(super) fn quantile(quantile: f64, mut buckets: Vec<(f64, f64)>) -> f64 {
    if !(0.0..=1.0).contains(&quantile) {
        return if quantile < 0.0 {
            f64::NEG_INFINITY
        } else if quantile > 1.0 {
            f64::INFINITY
        } else {
            f64::NAN
        };
    }
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    buckets.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
    let mut most = f64::MIN;
    for (_, count) in &mut buckets {
        most = most.max(*count);
        *count = most;
    }
    let Some(((highest, observations), finite)) = buckets.split_last() else {
        return f64::NAN;
    };
    let Some((last_bound, _)) = finite.last() else {
        return f64::NAN;
    };
    if *highest != f64::INFINITY || *observations == 0.0 {
        return f64::NAN;
    }
    let rank = quantile * observations;
    let Some(bucket) = finite.iter().position(|(_, count)| *count >= rank) else {
        return *last_bound;
    };
    let (end, count) = finite[bucket];
    if bucket == 0 {
        if end <= 0.0 {
            return end;
        }
        return end * (rank / count);
    }
    let (start, below) = finite[bucket - 1];
    start + (end - start) * ((rank - below) / (count - below))
}

#[cfg(test)]
mod tests {
    use super::{counts, quantile};

    #[test]
    fn counts_have_their_quantile() {
        let bounds = [1.0, 5.0, 30.0, 60.0, 300.0];
        for (wanted, value) in [
            (0.95, 60.6),
            (0.95, 59.4),
            (0.95, 299.0),
            (0.95, 300.0),
            (0.5, 0.7),
            (0.5, 2.0),
            (0.99, 4.9),
            (0.1, 299.0),
        ] {
            let counts = counts(&bounds, wanted, value, 1e6);
            assert!(counts.is_sorted(), "{counts:?}");
            let bounds = bounds.iter().copied().chain([f64::INFINITY]);
            let found = quantile(wanted, bounds.zip(counts).collect());
            assert!(
                (found - value).abs() < 1e-9 * value,
                "{wanted} {value} {found}"
            );
        }
    }

    #[test]
    fn quantiles_of_odd_buckets() {
        let infinity = f64::INFINITY;
        assert!(quantile(0.5, vec![(1.0, 2.0)]).is_nan());
        assert!(quantile(0.5, vec![(infinity, 2.0)]).is_nan());
        assert!(quantile(0.5, vec![(1.0, 0.0), (infinity, 0.0)]).is_nan());
        assert_eq!(quantile(0.5, vec![(1.0, 0.0), (infinity, 2.0)]), 1.0);
        assert_eq!(quantile(0.5, vec![(-1.0, 2.0), (infinity, 2.0)]), -1.0);
        assert_eq!(quantile(2.0, vec![(1.0, 2.0), (infinity, 2.0)]), infinity);
    }
}
