//! What stands on what, by the identities of the items that are compared.

use super::item::{Id, Kind};
use super::pair::Pair;
use super::side::Side;
use crate::model::{self, Item, Model};
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Which items stand on which, directly or by others, on either side.
pub(crate) struct Uses<'s> {
    sides: Vec<Known<'s>>,
    /// What renamed items were called, and are called now.
    before: BTreeMap<Id, Id>,
    after: BTreeMap<Id, Id>,
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
            .map(|(base, head)| (base.id(), head.id()));
        let after: BTreeMap<Id, Id> = renamed.collect();
        let profiles = sides.iter().filter_map(|side| side.profile.as_deref());
        Self {
            known: sides.iter().all(|side| side.defines()),
            profiles: profiles.collect(),
            before: after
                .iter()
                .map(|(old, new)| (new.clone(), old.clone()))
                .collect(),
            after,
            sides: sides
                .into_iter()
                .filter_map(|side| side.model.as_ref())
                .map(|model| Known {
                    model,
                    names: OnceCell::new(),
                    reached: RefCell::default(),
                })
                .collect(),
        }
    }

    /// Whether `user` stands on `used`, on either side: on the one after as a
    /// rule, so that the other is only asked if need be.
    pub(crate) fn reaches(&self, user: &Id, used: &Id) -> bool {
        self.sides.iter().rev().any(|side| {
            let mut reached = side.reached.borrow_mut();
            let users = reached
                .entry(used.clone())
                .or_insert_with(|| self.users(side, used));
            users.contains(user)
        })
    }

    /// Whether there are specs to know it from.
    pub(crate) fn are_known(&self) -> bool {
        self.known
    }

    /// Whether the profile was laid over the specs.
    pub(crate) fn applies(&self, profile: &str) -> bool {
        self.profiles.contains(profile)
    }

    /// Who stands on `used` on one side, by the keys of after.
    fn users(&self, side: &Known<'_>, used: &Id) -> BTreeSet<Id> {
        let names = side.names.get_or_init(|| Names::new(side.model));
        let known = std::iter::once(used).chain(self.before.get(used));
        let users = known.flat_map(|name| names.users(name));
        users
            .map(|id| self.after.get(&id).cloned().unwrap_or(id))
            .collect()
    }
}

/// A side, and what was found out about it.
struct Known<'m> {
    model: &'m Model,
    names: OnceCell<Names<'m>>,
    reached: RefCell<HashMap<Id, BTreeSet<Id>>>,
}

/// The uses within a model, and what its items are called in a comparison.
struct Names<'m> {
    model: &'m Model,
    uses: model::Uses,
    /// Groups of alerts and records, by name.
    groups: HashMap<&'m str, &'m str>,
    /// Uids of dashboards, by key.
    uids: HashMap<&'m str, &'m str>,
}

impl<'m> Names<'m> {
    fn new(model: &'m Model) -> Self {
        let alerts = model
            .alerts()
            .map(|(group, alert)| (&*alert.name, &*group.name));
        let records = model.groups.iter().flat_map(|group| {
            let records = group.records.iter();
            records.map(|record| (&*record.name, &*group.name))
        });
        let uids = model
            .dashboards
            .iter()
            .map(|board| (&*board.key, &*board.uid));
        Self {
            uses: model::Uses::of(model),
            groups: alerts.chain(records).collect(),
            uids: uids.collect(),
            model,
        }
    }

    /// Who stands on the item of this identity. What a panel shows and what a
    /// variable offers changes nothing for those who name them.
    fn users(&self, used: &Id) -> BTreeSet<Id> {
        let start = self.items(used);
        let mut pending: Vec<&Item> = start.iter().collect();
        let mut seen: BTreeSet<&Item> = BTreeSet::new();
        while let Some(item) = pending.pop() {
            for user in self.uses.users_of(item) {
                let goes_on = !matches!(user, Item::Panel { .. } | Item::Variable { .. });
                if seen.insert(user) && goes_on {
                    pending.push(user);
                }
            }
        }
        seen.into_iter().filter_map(|item| self.id(item)).collect()
    }

    /// What a comparison calls an item; external metrics are never users.
    fn id(&self, item: &Item) -> Option<Id> {
        let grouped = |name: &Arc<str>| {
            let group = self.groups.get(&**name)?;
            Some(format!("{group}/{name}"))
        };
        let placed = |dashboard: &Arc<str>, name: &str| {
            let uid = self.uids.get(&**dashboard)?;
            Some(format!("{uid}/{name}"))
        };
        Some(match item {
            Item::Metric(name) => (Kind::Metric, name.to_string()),
            Item::Thresholds(name) => (Kind::Threshold, name.to_string()),
            Item::Query(name) => (Kind::Query, name.to_string()),
            Item::Event(name) => (Kind::Event, name.to_string()),
            Item::Record(name) => (Kind::Record, grouped(name)?),
            Item::Alert(name) => (Kind::Alert, grouped(name)?),
            Item::Variable {
                dashboard,
                variable,
            } => (Kind::Variable, placed(dashboard, variable)?),
            Item::Panel { dashboard, panel } => (Kind::Panel, placed(dashboard, panel)?),
        })
    }

    /// What the model has under an identity: a dashboard is its panels, since
    /// it is those that others name.
    fn items(&self, (kind, key): &Id) -> Vec<Item> {
        let name = key.rsplit_once('/').map_or(key.as_str(), |(_, name)| name);
        let dashboard = |uid: &str| self.model.dashboards.iter().find(|one| *one.uid == *uid);
        match kind {
            // A catalog's key stands before the names of external metrics.
            Kind::Metric => vec![Item::Metric(name.into())],
            Kind::Threshold => vec![Item::Thresholds(key.as_str().into())],
            Kind::Query => vec![Item::Query(key.as_str().into())],
            Kind::Event => vec![Item::Event(key.as_str().into())],
            Kind::Record => vec![Item::Record(name.into())],
            Kind::Alert => vec![Item::Alert(name.into())],
            Kind::Panel => {
                let of = key.split_once('/').and_then(|(uid, _)| dashboard(uid));
                let panel = |board: &model::Dashboard| Item::Panel {
                    dashboard: board.key.clone(),
                    panel: name.into(),
                };
                of.map(panel).into_iter().collect()
            }
            Kind::Dashboard => dashboard(key).map_or(Vec::new(), |board| {
                let panels = board.all_panels().map(|panel| Item::Panel {
                    dashboard: board.key.clone(),
                    panel: panel.key.clone(),
                });
                panels.collect()
            }),
            _ => Vec::new(),
        }
    }
}
