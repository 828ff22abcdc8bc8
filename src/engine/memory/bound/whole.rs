//! What the ledger says of the register as a whole: which rules are in force, what two have released and has not served,
//! what the budgets were charged, since when the clock was trusted, and a digest of each part of the rest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, ToSpan};
use portvakt_core::model::{Digest, TrustId};
use portvakt_core::plan::Used;
use serde::{Deserialize, Serialize};

use crate::ledger::{Kind, Link};
use crate::memory::marks::RELEASE_HOURS;
use crate::memory::unwatched::Unwatched;

/// What a pass charged the budgets, as the ledger has it: people by trust, `""` for who is at none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The moment of the charge.
    pub at: Timestamp,
    /// Who lost something.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub removals: BTreeMap<String, u32>,
    /// Who was given something.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub additions: BTreeMap<String, u32>,
}

/// A release that lives, as the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Given {
    /// What it lets go.
    pub digest: Digest,
    /// When it was given.
    pub at: Timestamp,
}

/// What is taken over of the register as a whole, at the first start of a version that binds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenOver {
    /// Policies in force.
    pub policies: Digest,
    /// Settings in force.
    pub settings: Digest,
    /// Releases that have not served.
    pub releases: Vec<Given>,
    /// What the budgets have spent.
    pub charges: Vec<Charge>,
    /// The last moment at which the clock was trusted.
    pub clock: Option<Timestamp>,
}

/// The same, as the ledger has been followed so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Whole {
    pub rules: Option<(Digest, Digest)>,
    pub releases: BTreeSet<Given>,
    charges: Vec<Charge>,
    /// The clock was trusted at this moment or later.
    pub floor: Option<Timestamp>,
    /// The time of the entry before.
    before: Option<Timestamp>,
    /// What the parts were when they were bound last.
    pub parts: Option<BTreeMap<String, Digest>>,
}

#[derive(Deserialize)]
struct InForce {
    policies: Option<Digest>,
    settings: Option<Digest>,
}

/// Trusts that have another id with the settings that came into force.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Renamed {
    #[serde(default)]
    trusts_renamed: BTreeMap<String, String>,
}

impl Charge {
    /// What a trust was charged counts under the id it has now.
    fn follow(&mut self, renamed: &BTreeMap<String, String>) {
        for people in [&mut self.removals, &mut self.additions] {
            for (old, new) in renamed {
                if let Some(charged) = people.remove(old) {
                    *people.entry(new.clone()).or_default() += charged;
                }
            }
        }
    }
}

#[derive(Deserialize)]
struct Release {
    digest: Digest,
    at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Spent {
    digest: Digest,
}

#[derive(Deserialize)]
struct Confirmed {
    before: Option<Timestamp>,
    instant: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Taken {
    rest: TakenOver,
}

#[derive(Deserialize)]
struct Parts {
    parts: BTreeMap<String, Digest>,
}

fn read<'b, T: Deserialize<'b>>(link: Link<'b>) -> Option<T> {
    serde_json::from_str(link.body).ok()
}

impl Whole {
    /// Takes an entry in.
    pub fn apply(&mut self, link: Link<'_>) {
        let Ok(kind) = Kind::parse(link.kind) else { return };
        let at: Option<Timestamp> = link.at.parse().ok();
        // An entry that carries the time of the one before it may have been written while the clock stood behind.
        let told = at.filter(|at| self.before.is_none_or(|before| before < *at));
        self.before = self.before.max(at);
        match kind {
            Kind::Baseline | Kind::BaselineAgain => {
                self.rules = read(link).and_then(in_force);
                (self.floor, self.parts) = (told, None);
            }
            Kind::ProtectedAccepted => {
                self.rules = read(link).and_then(in_force).or(self.rules);
                let renamed = read::<Renamed>(link).map(|body| body.trusts_renamed).unwrap_or_default();
                self.charges.iter_mut().for_each(|charge| charge.follow(&renamed));
            }
            Kind::Released => {
                let Some(Release { digest, at: said }) = read(link) else { return };
                self.releases.extend(said.or(at).map(|at| Given { digest, at }));
            }
            Kind::ReleaseSpent => {
                let Some(Spent { digest }) = read(link) else { return };
                self.releases.retain(|given| given.digest != digest);
            }
            Kind::Charged => self.charges.extend(read::<Charge>(link)),
            Kind::ClockConfirmed => {
                let confirmed: Option<Confirmed> = read(link);
                let unwatched = confirmed.as_ref().and_then(|c| Unwatched::between(c.before?, c.instant?));
                if let Some(unwatched) = unwatched {
                    self.charges.iter_mut().for_each(|charge| charge.at = unwatched.happened_at(charge.at));
                }
                self.floor = confirmed.and_then(|confirmed| confirmed.instant).or(told);
            }
            Kind::Remembered => self.parts = read(link).map(|Parts { parts }| parts).or(self.parts.take()),
            Kind::AdoptedMemory if link.body.contains("\"rest\":{") => {
                let Some(Taken { rest }) = read(link) else { return };
                self.rules = Some((rest.policies, rest.settings));
                self.releases = rest.releases.into_iter().collect();
                (self.charges, self.floor) = (rest.charges, rest.clock);
            }
            _ => {}
        }
        // What a pass writes carries a moment at which the clock was trusted; what the host says carries the clock's.
        if matches!(
            kind,
            Kind::Accepted | Kind::Plan | Kind::Pass | Kind::Held | Kind::Refused | Kind::Mended
        ) {
            self.floor = self.floor.max(told);
        }
    }

    /// What two have released, and has neither served nor grown too old.
    pub fn live(&self, now: Timestamp) -> BTreeSet<Given> {
        let lives = |given: &&Given| {
            given.at <= now && given.at.checked_add(RELEASE_HOURS.hours()).is_ok_and(|end| now < end)
        };
        self.releases.iter().filter(lives).cloned().collect()
    }

    /// What the budgets have spent in the seven days before a moment: for removals, and for additions.
    pub fn used(&self, now: Timestamp) -> (Used, Used) {
        let since = now.checked_sub(RELEASE_HOURS.hours()).unwrap_or(Timestamp::MIN);
        let (mut removals, mut additions) = (Used::default(), Used::default());
        for charge in self.charges.iter().filter(|charge| charge.at >= since) {
            add(&mut removals, &charge.removals);
            add(&mut additions, &charge.additions);
        }
        (removals, additions)
    }
}

fn in_force(found: InForce) -> Option<(Digest, Digest)> {
    found.policies.zip(found.settings)
}

fn add(used: &mut Used, people: &BTreeMap<String, u32>) {
    for (trust, people) in people {
        used.all = used.all.saturating_add(*people);
        if let Ok(trust) = TrustId::new(trust) {
            let at = used.trusts.entry(trust).or_default();
            *at = at.saturating_add(*people);
        }
    }
}
