//! Thresholds: where a value starts to be bad, and in what color it shows.

use crate::spec::shape::Worse;
use std::sync::Arc;

/// Levels of one quantity, from the mildest to the worst.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// The name in the specs.
    pub name: Arc<str>,
    /// Direction in which values get worse.
    pub worse: Worse,
    /// Levels in ascending order of their bounds.
    pub levels: Vec<Level>,
    /// Colours by ascending bound, as Grafana takes them; the first has none.
    pub steps: Vec<Step>,
}

/// A level and its bound, in the unit of the queries that use it.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its name, such as `warning`.
    pub name: Arc<str>,
    /// The bound as a number in the unit of the query.
    pub value: f64,
    /// The bound as the specs write it (`5%`).
    pub written: Arc<str>,
    /// Color of values at this level.
    pub color: Arc<str>,
    /// Whether the level says that all is well.
    pub good: bool,
}

/// From a bound on, a colour.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The lower bound, included; `None` for "from minus infinity".
    pub value: Option<f64>,
    /// The color.
    pub color: Arc<str>,
}

impl Thresholds {
    /// The level called `name`.
    pub fn level(&self, name: &str) -> Option<&Level> {
        self.levels.iter().find(|level| &*level.name == name)
    }

    /// The comparison by which a value reaches a bad level.
    pub fn operator(&self) -> &'static str {
        match self.worse {
            Worse::Higher => ">",
            Worse::Lower => "<",
        }
    }

    /// Computes the colour steps of `levels`, which must be in ascending
    /// order. `normal` is the colour of values at no level.
    ///
    /// With `worse: higher` a bad level covers the values from its bound up
    /// and a good one those below it; with `worse: lower` the other way
    /// round. Where several bad levels cover a value, the one whose bound is
    /// farthest in the bad direction wins.
    pub fn compute_steps(worse: Worse, levels: &[Level], normal: &Arc<str>) -> Vec<Step> {
        let mut starts: Vec<Option<f64>> = vec![None];
        starts.extend(levels.iter().map(|level| Some(level.value)));
        let mut steps: Vec<Step> = Vec::new();
        for start in starts {
            let color = color_at(worse, levels, start.unwrap_or(f64::NEG_INFINITY), normal);
            match steps.last() {
                Some(last) if last.color == *color => {}
                _ => steps.push(Step {
                    value: start,
                    color: color.clone(),
                }),
            }
        }
        steps
    }
}

fn color_at<'a>(
    worse: Worse,
    levels: &'a [Level],
    value: f64,
    normal: &'a Arc<str>,
) -> &'a Arc<str> {
    let covers = |level: &&Level| match (worse, level.good) {
        (Worse::Higher, false) | (Worse::Lower, true) => value >= level.value,
        (Worse::Higher, true) | (Worse::Lower, false) => value < level.value,
    };
    let mut bad = levels.iter().filter(|level| !level.good).filter(covers);
    let worst = match worse {
        Worse::Higher => bad.next_back(),
        Worse::Lower => bad.next(),
    };
    worst
        .or_else(|| levels.iter().filter(|level| level.good).find(covers))
        .map_or(normal, |level| &level.color)
}

#[cfg(test)]
mod tests {
    use super::{Level, Step, Thresholds};
    use crate::spec::shape::Worse;

    fn level(name: &str, value: f64, color: &str) -> Level {
        Level {
            name: name.into(),
            value,
            written: "".into(),
            color: color.into(),
            good: name == "good",
        }
    }

    fn steps(worse: Worse, levels: &[Level], normal: &str) -> Vec<(Option<f64>, String)> {
        Thresholds::compute_steps(worse, levels, &normal.into())
            .into_iter()
            .map(|Step { value, color }| (value, color.to_string()))
            .collect()
    }

    #[test]
    fn higher_is_worse() {
        let levels = [
            level("warning", 0.05, "yellow"),
            level("critical", 0.1, "red"),
        ];
        assert_eq!(
            steps(Worse::Higher, &levels, "green"),
            [
                (None, "green".into()),
                (Some(0.05), "yellow".into()),
                (Some(0.1), "red".into())
            ]
        );
    }

    #[test]
    fn lower_is_worse_and_a_good_level_leaves_a_gap() {
        let levels = [
            level("critical", 0.5, "red"),
            level("warning", 0.75, "yellow"),
            level("good", 0.9, "green"),
        ];
        assert_eq!(
            steps(Worse::Lower, &levels, "light-green"),
            [
                (None, "red".into()),
                (Some(0.5), "yellow".into()),
                (Some(0.75), "light-green".into()),
                (Some(0.9), "green".into())
            ]
        );
    }

    #[test]
    fn no_level_is_one_step() {
        assert_eq!(steps(Worse::Higher, &[], "green"), [(None, "green".into())]);
    }
}
