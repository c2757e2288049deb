//! What stands on what, by the identities of the items that are compared.

use super::item::{Id, Kind};
use super::pair::Pair;
use super::side::Side;
use crate::model::{self, Dashboard, Item, Model};
use foldhash::{HashMap, HashSet, HashSetExt};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

/// Which items stand on which, directly or by others, on either side.
pub(crate) struct Uses<'s> {
    sides: Vec<Known<'s>>,
    /// What renamed items were called, by what they are called now.
    before: BTreeMap<Id, Id>,
    /// The profiles that are laid over the specs.
    profiles: BTreeSet<&'s str>,
    known: bool,
}

impl<'s> Uses<'s> {
    /// Of both sides at once; items that were renamed go by their new key.
    pub(crate) fn new(sides: [&'s Side; 2], pairs: &[Pair]) -> Self {
        let renamed = pairs
            .iter()
            .filter_map(|pair| Some((pair.base.as_ref()?, pair.head.as_ref()?)))
            .filter(|(base, head)| base.key != head.key)
            .map(|(base, head)| (head.id(), base.id()));
        let profiles = sides.iter().filter_map(|side| side.profile.as_deref());
        Self {
            known: sides.iter().all(|side| side.defines()),
            profiles: profiles.collect(),
            before: renamed.collect(),
            sides: sides
                .into_iter()
                .filter_map(|side| side.model.as_ref())
                .map(|model| Known {
                    model,
                    names: OnceCell::new(),
                    below: RefCell::default(),
                })
                .collect(),
        }
    }

    /// Whether `user` stands on `used`, on either side: on the one after as a
    /// rule, so that the other is only asked if need be.
    pub(crate) fn reaches(&self, user: &Id, used: &Id) -> bool {
        self.sides.iter().rev().any(|side| {
            let names = side.names.get_or_init(|| Names::new(side.model));
            let mut below = side.below.borrow_mut();
            let below = below.entry(user.clone()).or_insert_with(|| {
                self.called(user)
                    .flat_map(|user| names.below(user))
                    .collect()
            });
            self.called(used)
                .flat_map(|used| names.items(used))
                .any(|item| below.contains(&item))
        })
    }

    /// What an item is called on one of the sides.
    fn called<'i>(&'i self, id: &'i Id) -> impl Iterator<Item = &'i Id> {
        std::iter::once(id).chain(self.before.get(id))
    }

    /// Whether there are specs to know it from.
    pub(crate) fn are_known(&self) -> bool {
        self.known
    }

    /// Whether the profile was laid over the specs.
    pub(crate) fn applies(&self, profile: &str) -> bool {
        self.profiles.contains(profile)
    }
}

/// A side, and what was found out about it.
struct Known<'m> {
    model: &'m Model,
    names: OnceCell<Names<'m>>,
    /// What items stand on.
    below: RefCell<HashMap<Id, HashSet<Item>>>,
}

/// What the items of a model name, and what they are called in a comparison.
struct Names<'m> {
    named: model::Names<'m>,
    /// Dashboards, by uid.
    dashboards: HashMap<&'m str, &'m Dashboard>,
}

impl<'m> Names<'m> {
    fn new(model: &'m Model) -> Self {
        let dashboards = model.dashboards.iter();
        Self {
            named: model::Names::of(model),
            dashboards: dashboards.map(|board| (&*board.uid, board)).collect(),
        }
    }

    /// What an item stands on, directly or by others. What a panel shows and
    /// what a variable offers changes nothing for those who name them.
    fn below(&self, user: &Id) -> HashSet<Item> {
        let mut seen = HashSet::new();
        let mut pending: Vec<Item> = self.item(user).into_iter().collect();
        while let Some(item) = pending.pop() {
            for used in self.named.in_item(&item) {
                let goes_on = !matches!(used, Item::Panel { .. } | Item::Variable { .. });
                if seen.insert(used.clone()) && goes_on {
                    pending.push(used);
                }
            }
        }
        seen
    }

    /// What the model has under an identity.
    fn item(&self, (kind, key): &Id) -> Option<Item> {
        let (place, name) = key.rsplit_once('/').unwrap_or(("", key));
        Some(match kind {
            // A catalog's key stands before the names of external metrics.
            Kind::Metric => Item::Metric(name.into()),
            Kind::Threshold => Item::Thresholds(key.as_str().into()),
            Kind::Query => Item::Query(key.as_str().into()),
            Kind::Event => Item::Event(key.as_str().into()),
            Kind::Record => Item::Record(name.into()),
            Kind::Alert => Item::Alert(name.into()),
            Kind::Variable => Item::Variable {
                dashboard: self.dashboards.get(place)?.key.clone(),
                variable: name.into(),
            },
            Kind::Panel => Item::Panel {
                dashboard: self.dashboards.get(place)?.key.clone(),
                panel: name.into(),
            },
            _ => return None,
        })
    }

    /// The same, where a dashboard is its panels, since it is those that others
    /// name.
    fn items(&self, id: &Id) -> Vec<Item> {
        match id {
            (Kind::Dashboard, uid) => {
                let panels = self.dashboards.get(uid.as_str()).map(|board| {
                    board.all_panels().map(|panel| Item::Panel {
                        dashboard: board.key.clone(),
                        panel: panel.key.clone(),
                    })
                });
                panels.into_iter().flatten().collect()
            }
            id => self.item(id).into_iter().collect(),
        }
    }
}
