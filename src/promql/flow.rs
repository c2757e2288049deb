//! Sets of labels on their way through an expression.

use super::ast::{Name, TextRange};
use super::labels::Has;

/// The labels that a vector's series may carry, and what became of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set<S> {
    /// The flag says whether every series has the label.
    present: Vec<(S, bool)>,
    /// Whether labels that are neither present nor dropped may be there too.
    open: bool,
    /// What was dropped, and where.
    dropped: Vec<(S, TextRange)>,
    /// Where everything that is not listed was dropped.
    rest_dropped: Option<TextRange>,
    /// What labels can hold on the series that have them, as far as that is
    /// known.
    values: Vec<(S, Vec<S>)>,
}

/// Why no series of one vector has the value of a label that some of another
/// have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apart<'s, S> {
    /// Only the series of the first have the label.
    OnlyFirst,
    /// Only the series of the second have it.
    OnlySecond,
    /// It can hold these on the first, and those on the second.
    Values(&'s [S], &'s [S]),
}

impl<S: AsRef<str>> Set<S> {
    /// Whether the series carry `label`.
    pub(super) fn has(&self, label: &str) -> Has {
        match self.present.iter().find(|(name, _)| name.as_ref() == label) {
            Some((_, true)) => Has::Yes,
            Some((_, false)) => Has::Maybe,
            None if self.open && self.dropped_at(label).is_none() => Has::Maybe,
            None => Has::No,
        }
    }

    /// Where `label` was dropped.
    pub(super) fn dropped_at(&self, label: &str) -> Option<TextRange> {
        if self.present.iter().any(|(name, _)| name.as_ref() == label) {
            return None;
        }
        let listed = self.dropped.iter().find(|(name, _)| name.as_ref() == label);
        listed.map(|(_, range)| *range).or(self.rest_dropped)
    }

    /// Whether labels that nobody named may be there.
    pub(super) fn is_open(&self) -> bool {
        self.open
    }

    /// What `label` can hold where it is there; `None` if that is not known.
    fn values(&self, label: &str) -> Option<&[S]> {
        let known = self.values.iter().find(|(name, _)| name.as_ref() == label);
        known.map(|(_, values)| &**values)
    }

    /// Why no value of `label` is on series of both `self` and `other`; `None`
    /// if some may be. To lack the label is a value like others.
    pub(super) fn apart<'s>(&'s self, other: &'s Self, label: &str) -> Option<Apart<'s, S>> {
        match (self.has(label), other.has(label)) {
            (Has::Yes, Has::No) => Some(Apart::OnlyFirst),
            (Has::No, Has::Yes) => Some(Apart::OnlySecond),
            (Has::No, _) | (_, Has::No) | (Has::Maybe, Has::Maybe) => None,
            _ => {
                let (ours, theirs) = (self.values(label)?, other.values(label)?);
                // That one side selects nothing is a finding of its own.
                if ours.is_empty() || theirs.is_empty() {
                    return None;
                }
                let shared = ours
                    .iter()
                    .any(|own| theirs.iter().any(|their| own.as_ref() == their.as_ref()));
                (!shared).then_some(Apart::Values(ours, theirs))
            }
        }
    }

    /// The labels that are or may be there.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.present.iter().map(|(name, _)| name.as_ref())
    }
}

impl<'a> Set<&'a str> {
    /// No labels at all.
    pub(super) fn none() -> Self {
        Self {
            present: Vec::new(),
            open: false,
            dropped: Vec::new(),
            rest_dropped: None,
            values: Vec::new(),
        }
    }

    /// Whatever labels there are.
    pub(super) fn anything() -> Self {
        Self {
            open: true,
            ..Self::none()
        }
    }

    /// Exactly `labels`, on every series.
    pub(super) fn exactly(labels: Vec<&'a str>) -> Self {
        Self {
            present: labels.into_iter().map(|label| (label, true)).collect(),
            ..Self::none()
        }
    }

    /// Adds `label`.
    pub(super) fn insert(&mut self, label: &'a str, has: Has) {
        if has == Has::No {
            return;
        }
        let certain = has == Has::Yes;
        match self.present.iter_mut().find(|(name, _)| *name == label) {
            Some(known) => known.1 |= certain,
            None => {
                self.dropped.retain(|(name, _)| *name != label);
                self.present.push((label, certain));
            }
        }
    }

    /// Gives the series a new value of `label`, which `has` says they carry;
    /// where they do not, it is dropped at `place`.
    pub(super) fn overwrite(&mut self, label: &'a str, has: Has, place: TextRange) {
        self.remove(label, place);
        self.insert(label, has);
    }

    /// Takes back that the series carry `label`, which was never dropped.
    pub(super) fn retract(&mut self, label: &str) {
        self.present.retain(|(name, _)| *name != label);
        self.forget_values(label);
    }

    /// Says that not all series may carry `label`.
    pub(super) fn weaken(&mut self, label: &str) {
        let known = self.present.iter_mut().filter(|(name, _)| *name == label);
        for (_, certain) in known {
            *certain = false;
        }
    }

    /// Leaves the series that have one of `values` of `label`, or lack it.
    pub(super) fn limit(&mut self, label: &'a str, values: &[&'a str]) {
        match self.values.iter_mut().find(|(name, _)| *name == label) {
            Some((_, known)) => known.retain(|value| values.contains(value)),
            None => self.values.push((label, values.to_vec())),
        }
    }

    /// Leaves the series that have none of `values` of `label`.
    pub(super) fn exclude(&mut self, label: &str, values: &[&str]) {
        if let Some((_, known)) = self.values.iter_mut().find(|(name, _)| *name == label) {
            known.retain(|value| !values.contains(value));
        }
    }

    /// Forgets what `label` can hold.
    pub(super) fn forget_values(&mut self, label: &str) {
        self.values.retain(|(name, _)| *name != label);
    }

    /// Says that `label` can hold on these series what it can on `other`.
    pub(super) fn copy_values(&mut self, label: &'a str, other: &Self) {
        self.forget_values(label);
        if let Some(values) = other.values(label) {
            self.values.push((label, values.to_vec()));
        }
    }

    /// Says that all series carry `label`, because others would not have come
    /// so far.
    pub(super) fn confirm(&mut self, label: &'a str) {
        if self.has(label) == Has::Maybe {
            self.insert(label, Has::Yes);
        }
    }

    /// Leaves the series that have the same value of `label` as some of `other`.
    pub(super) fn match_label(&mut self, label: &'a str, other: &Self, place: TextRange) {
        match (self.has(label), other.has(label)) {
            (Has::Maybe, Has::Yes) => self.insert(label, Has::Yes),
            (Has::Maybe, Has::No) => self.remove(label, place),
            _ => {}
        }
        if let Some(values) = other.values(label) {
            self.limit(label, values);
        }
    }

    /// Leaves the series that have the same values of all labels as some of
    /// `other`, but for those `ignored`.
    pub(super) fn match_all_but(&mut self, ignored: &'a [Name], other: &Self, place: TextRange) {
        if ignored.iter().any(|label| label.templated) {
            return self.doubt();
        }
        let is_ignored =
            |name: &str| name == "__name__" || ignored.iter().any(|label| &*label.text == name);
        let theirs: Vec<&'a str> = other.present.iter().map(|(name, _)| *name).collect();
        if self.open && !other.open {
            // The other side has no more labels than it lists.
            for name in theirs
                .iter()
                .copied()
                .chain(ignored.iter().map(|label| &*label.text))
            {
                if self.has(name) == Has::Maybe {
                    self.insert(name, Has::Maybe);
                }
            }
            self.open = false;
            self.rest_dropped = Some(place);
        }
        let ours: Vec<&'a str> = self.present.iter().map(|(name, _)| *name).collect();
        for name in ours.into_iter().chain(theirs) {
            if !is_ignored(name) {
                self.match_label(name, other, place);
            }
        }
    }

    /// Drops `label` at `place`.
    pub(super) fn remove(&mut self, label: &'a str, place: TextRange) {
        if self.has(label) != Has::No {
            self.present.retain(|(name, _)| *name != label);
            self.dropped.push((label, place));
        }
        self.forget_values(label);
    }

    /// Drops all but `labels` at `place`.
    pub(super) fn keep(&mut self, labels: &'a [Name], place: TextRange) {
        if labels.iter().any(|label| label.templated) {
            // Which label the variable names is not known: any may stay.
            self.doubt();
            self.open = true;
            return;
        }
        let kept = |name: &str| labels.iter().any(|label| &*label.text == name);
        self.values.retain(|(name, _)| kept(name));
        let old = std::mem::take(&mut self.present);
        if self.open {
            let unlisted = labels.iter().filter(|label| {
                let name = &*label.text;
                old.iter().all(|(known, _)| *known != name) && self.dropped_at(name).is_none()
            });
            let unlisted: Vec<_> = unlisted.map(|label| (&*label.text, false)).collect();
            self.present = unlisted;
            self.rest_dropped = Some(place);
            self.open = false;
        }
        for (name, certain) in old {
            if kept(name) {
                self.present.push((name, certain));
            } else {
                self.dropped.push((name, place));
            }
        }
    }

    /// Drops `labels` at `place`.
    pub(super) fn drop_all(&mut self, labels: &'a [Name], place: TextRange) {
        for label in labels {
            if label.templated {
                self.doubt();
            } else {
                self.remove(&label.text, place);
            }
        }
    }

    /// Makes every label a mere possibility.
    pub(super) fn doubt(&mut self) {
        for (_, certain) in &mut self.present {
            *certain = false;
        }
    }

    /// Lets labels in that nobody can name.
    pub(super) fn open(&mut self) {
        self.open = true;
        self.rest_dropped = None;
        self.values.clear();
    }

    /// The labels of series that come from `self` or from `other`.
    pub(super) fn or(&self, other: &Self) -> Self {
        let names: Vec<&str> = self
            .present
            .iter()
            .chain(&other.present)
            .map(|(name, _)| *name)
            .collect();
        let mut present: Vec<(&str, bool)> = Vec::with_capacity(names.len());
        for name in names {
            if present.iter().all(|(known, _)| *known != name) {
                let certain = self.has(name) == Has::Yes && other.has(name) == Has::Yes;
                present.push((name, certain));
            }
        }
        let mut dropped: Vec<(&str, TextRange)> = Vec::new();
        for (name, place) in self.dropped.iter().chain(&other.dropped) {
            let gone = self.has(name) == Has::No && other.has(name) == Has::No;
            if gone && dropped.iter().all(|(known, _)| known != name) {
                dropped.push((name, *place));
            }
        }
        let open = self.open || other.open;
        let rest_dropped = self.rest_dropped.or(other.rest_dropped).filter(|_| !open);
        let values = self.values_of_either(other).collect();
        Self {
            present,
            open,
            dropped,
            rest_dropped,
            values,
        }
    }

    /// What labels can hold on series that come from `self` or from `other`.
    fn values_of_either(&self, other: &Self) -> impl Iterator<Item = (&'a str, Vec<&'a str>)> {
        let lacked = |set: &Self, label| set.has(label) == Has::No;
        let ours = self.values.iter().filter_map(move |(label, values)| {
            let theirs = match other.values(label) {
                Some(theirs) => theirs,
                None if lacked(other, label) => &[],
                None => return None,
            };
            let added = theirs.iter().filter(|value| !values.contains(value));
            Some((*label, values.iter().chain(added).copied().collect()))
        });
        let theirs = other
            .values
            .iter()
            .filter(move |(label, _)| self.values(label).is_none() && lacked(self, label));
        ours.chain(theirs.cloned())
    }

    /// The same set, owned and in order.
    pub(super) fn sorted(&self) -> Set<Box<str>> {
        let mut present: Vec<(Box<str>, bool)> = self
            .present
            .iter()
            .map(|(name, certain)| ((*name).into(), *certain))
            .collect();
        present.sort_unstable();
        let dropped = self
            .dropped
            .iter()
            .map(|(name, range)| ((*name).into(), *range))
            .collect();
        Set {
            present,
            open: self.open,
            dropped,
            rest_dropped: self.rest_dropped,
            values: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Set;
    use crate::promql::ast::{Name, TextRange};
    use crate::promql::labels::Has;

    const HERE: TextRange = TextRange { start: 1, end: 2 };
    const THERE: TextRange = TextRange { start: 3, end: 4 };

    fn name(text: &str, templated: bool) -> Name {
        Name {
            range: HERE,
            text: text.into(),
            templated,
        }
    }

    #[test]
    fn keeping_labels_of_the_unknown_drops_the_rest() {
        let labels = [name("a", false)];
        let mut set = Set::anything();
        set.keep(&labels, HERE);
        assert_eq!(set.has("a"), Has::Maybe);
        assert_eq!((set.has("b"), set.dropped_at("b")), (Has::No, Some(HERE)));
    }

    #[test]
    fn the_first_drop_is_remembered() {
        let mut set = Set::exactly(vec!["a", "b"]);
        set.remove("a", HERE);
        set.keep(&[], THERE);
        assert_eq!(set.dropped_at("a"), Some(HERE));
        assert_eq!(set.dropped_at("b"), Some(THERE));
        assert_eq!(set.dropped_at("c"), None);
        set.insert("a", Has::Yes);
        assert_eq!((set.has("a"), set.dropped_at("a")), (Has::Yes, None));
    }

    #[test]
    fn a_union_is_sure_of_what_both_have() {
        let mut left = Set::exactly(vec!["a", "b"]);
        left.remove("b", HERE);
        let mut right = Set::exactly(vec!["a", "c", "b"]);
        right.remove("b", THERE);
        let both = left.or(&right);
        assert_eq!(both.has("a"), Has::Yes);
        assert_eq!(both.has("c"), Has::Maybe);
        assert_eq!((both.has("b"), both.dropped_at("b")), (Has::No, Some(HERE)));
    }

    #[test]
    fn a_union_has_each_value_once() {
        let mut left = Set::exactly(vec!["a"]);
        left.limit("a", &["x", "y"]);
        let mut right = Set::exactly(vec!["a"]);
        right.limit("a", &["y", "z"]);
        assert_eq!(left.or(&right).values("a"), Some(&["x", "y", "z"][..]));
    }

    #[test]
    fn a_variable_in_a_list_makes_everything_possible() {
        let labels = [name("$x", true)];
        let mut set = Set::exactly(vec!["a"]);
        set.keep(&labels, HERE);
        assert_eq!((set.has("a"), set.has("b")), (Has::Maybe, Has::Maybe));
    }
}
