//! Finds where a function reaches a value.

/// Nearer than this, relative to the target, is there.
const CLOSE: f64 = 1e-12;

/// Where to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Domain {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Where to begin.
    pub(super) guess: f64,
}

impl Domain {
    pub(super) fn all(guess: f64) -> Self {
        Self {
            low: f64::MIN,
            high: f64::MAX,
            guess,
        }
    }

    fn holds(&self, x: f64) -> bool {
        (self.low..=self.high).contains(&x)
    }
}

/// An `x` at which `f` is `target`; `f` may be undefined in places.
pub(super) fn solve(
    f: &mut dyn FnMut(f64) -> Option<f64>,
    target: f64,
    domain: &Domain,
) -> Option<f64> {
    secant(f, target, domain).or_else(|| bracket(f, target, domain))
}

fn is_close(value: f64, target: f64) -> bool {
    (value - target).abs() <= CLOSE * target.abs()
}

/// Straight lines, which most expressions are, take two steps.
fn secant(f: &mut dyn FnMut(f64) -> Option<f64>, target: f64, domain: &Domain) -> Option<f64> {
    let mut a = domain.guess;
    let mut value_a = f(a)?;
    if is_close(value_a, target) {
        return Some(a);
    }
    let proportional = a * (target / value_a);
    let mut b = if proportional.is_finite() && proportional != a && domain.holds(proportional) {
        proportional
    } else {
        a * 1.1 + 1.0
    };
    let mut best = None;
    for _ in 0..30 {
        if !domain.holds(b) {
            break;
        }
        let value_b = f(b)?;
        if is_close(value_b, target) {
            return Some(b);
        }
        let deviation = (value_b - target).abs();
        if best.is_none_or(|(least, _)| deviation < least) {
            best = Some((deviation, b));
        }
        let next = b + (target - value_b) * ((b - a) / (value_b - value_a));
        if !next.is_finite() || next == b {
            break;
        }
        (a, value_a, b) = (b, value_b, next);
    }
    // Rounding inside the function may keep it from getting closer.
    best.filter(|(deviation, _)| *deviation <= 1e-6 * target.abs())
        .map(|(_, x)| x)
}

/// Looks for a change of sign, then halves.
fn bracket(f: &mut dyn FnMut(f64) -> Option<f64>, target: f64, domain: &Domain) -> Option<f64> {
    let magnitudes = || (-12..=24).map(|half| 10_f64.powf(f64::from(half) / 2.0));
    let bounded = domain.high - domain.low;
    let grid: Vec<f64> = if bounded.is_finite() {
        (0..=64)
            .map(|part| domain.low + bounded * f64::from(part) / 64.0)
            .collect()
    } else {
        let negative = magnitudes().rev().map(|x| -x);
        let all = negative.chain([0.0]).chain(magnitudes());
        all.filter(|x| domain.holds(*x)).collect()
    };
    let mut before: Option<(f64, f64)> = None;
    for x in grid {
        let Some(above) = f(x).map(|value| value - target) else {
            before = None;
            continue;
        };
        if above == 0.0 {
            return Some(x);
        }
        if let Some((low, below)) = before
            && (below < 0.0) != (above < 0.0)
        {
            return halve(f, target, low, x, below < 0.0);
        }
        before = Some((x, above));
    }
    None
}

fn halve(
    f: &mut dyn FnMut(f64) -> Option<f64>,
    target: f64,
    mut low: f64,
    mut high: f64,
    rises: bool,
) -> Option<f64> {
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        let value = f(middle)?;
        if is_close(value, target) || middle == low || middle == high {
            return Some(middle);
        }
        if (value < target) == rises {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(f64::midpoint(low, high))
}

#[cfg(test)]
mod tests {
    use super::{Domain, solve};

    #[test]
    fn lines_curves_and_steps() {
        let root = |f: fn(f64) -> f64, target, domain| {
            let x = solve(&mut |x| Some(f(x)), target, &domain)?;
            Some((f(x) - target).abs() <= 1e-9 * f64::abs(target))
        };
        assert_eq!(root(|x| 3.0 * x, 7.0, Domain::all(7.0)), Some(true));
        assert_eq!(
            root(|x| x / (x + 100.0), 0.05, Domain::all(0.05)),
            Some(true)
        );
        assert_eq!(root(|x| 100.0 - x, 5.0, Domain::all(5.0)), Some(true));
        assert_eq!(root(|x| x.max(10.0), 12.0, Domain::all(1.0)), Some(true));
        assert_eq!(root(f64::exp, 5.0, Domain::all(5.0)), Some(true));
        assert_eq!(root(|_| 1.0, 5.0, Domain::all(5.0)), None);
        assert_eq!(solve(&mut |_| None, 5.0, &Domain::all(5.0)), None);
        let bounded = Domain {
            low: 0.0,
            high: 1.0,
            guess: 0.5,
        };
        assert_eq!(root(|x| x, 5.0, bounded), None);
    }
}
