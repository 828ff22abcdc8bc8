//! The court judges every change that gives something, at the base.
//!
//! Grants of one change may depend on each other. The court finds the least fixed point from the base, so people who
//! only approve each other never get in. After that, limits over sets are counted on the result of the whole change.
//! The changes that exceed a limit are refused together, and the changes that depended on them are judged again
//! without them.
//!
//! The files, in reading order:
//!
//! ```text
//!  verdict       what the court gives back, and what it keeps of a refusal
//!  rounds        repeats the decisions until no permitted entry adds authority any more
//!  applications  refuses entries because of the application that they rest on
//!  days          refuses entries because of a day in them
//!  grounds       refuses entries that depend on what the pending settings take away
//!  wholes        counts facts that depend on the whole change
//!  too_many      finds the entries that are too many in a tree without a base
//!  crowd         finds the people who together are too many for a role, in a tree without a base
//!  pronounce     turns the outcome of each entry into a verdict, a finding or advice
//! ```

mod applications;
mod crowd;
mod days;
mod grounds;
mod pronounce;
mod rounds;
mod too_many;
mod verdict;
mod wholes;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::sync::Arc;

use jiff::civil::Date;

use crate::change::{Base, Change, ChangeKind, ChangeSet, Head, HeadFile, Removal};
use crate::evidence::Lack;
use crate::model::{Digest, Evidence, Grant, GrantKey, Proof, RequestId, TrustId};
use crate::policy::{Act, Decision};

use super::authority::coordinates;
use super::besides::Whole;
use super::proof::{ApprovalClaim, Exhibited, Shown, Unproven, Used};
use super::question::{Manner, question};
use super::rejected::{Bar, Rejected};
use super::requests::Binding;
use super::settings::Ground;
use super::{Authority, Rules};

pub use verdict::{Judgement, Pin, Pins, Refusal, Verdict};

/// The day on which an approver must be in office.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeDay {
    /// The approver must be in office today, at the base.
    Today,
    /// Any day will do, because the tree has no base. Only what is wrong on every day is refused.
    AnyDay,
}

/// Whether the forge has been asked, if the register uses forge evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForgeInquiry {
    /// The forge has been asked. An approval that is not among the exhibits does not exist.
    Asked,
    /// The forge has not been asked, as in a check before the merge. Its answers are left open and counted.
    NotAsked,
}

/// Everything the changes are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Court<'a> {
    /// What was accepted before.
    pub base: &'a Base,
    /// The base in which names of people are looked up for findings.
    pub names: &'a Base,
    /// The rules accepted before.
    pub rules: &'a Arc<Rules>,
    /// Rules that the tree would bring and that are not accepted yet. Both sets of rules must permit a change.
    pub pending: Option<&'a Arc<Rules>>,
    /// The first judgements of entries that were refused before.
    pub pins: &'a Pins,
    /// The statements that have been used before.
    pub used: &'a Used,
    /// Today's date in the register's time zone (Europe/Oslo).
    pub today: Date,
    /// The day on which an approver must be in office.
    pub when: OfficeDay,
    /// Whether the forge has been asked.
    pub forge: ForgeInquiry,
    /// The trusts whose review of the user list is overdue by more than a month (R36).
    pub overdue: &'a BTreeSet<TrustId>,
    /// The numbers of rejected applications.
    pub rejected: &'a Rejected,
    /// How many threads may decide at the same time.
    pub threads: NonZero<usize>,
}

struct Candidate<'a> {
    change: &'a Change,
    manner: Manner,
    statement: Digest,
    first_day: Date,
    first_rules: Arc<Rules>,
    /// The numbers of the benches (rules and day) that must all permit, each with the proof of the approval there.
    benches: Vec<(usize, Result<Proof, Unproven>)>,
}

struct RulesOnDay {
    rules: Arc<Rules>,
    day: Date,
    authority: Authority,
}

enum Outcome {
    Permitted(Vec<String>, Proof),
    Denied {
        bench: usize,
        decision: Arc<Decision>,
        whole: Whole,
    },
    /// A person with authority is named as approver, but nothing shows that they approved.
    Unproven(Unproven),
    /// The approval is dated after the day of the first judgement.
    Early,
    /// The access began on this day, and its start is moved to a later day.
    StartMoved(Date),
    /// The request was accepted for another person.
    Bound(Binding),
    /// Another person asks for access on the same request in the same change.
    Shared,
    /// The request is known under this number, which differs only by case.
    Spelt(RequestId),
    /// The application was rejected.
    Rejected(Bar),
    /// The entry depends on something that the pending settings take out of the register.
    Groundless(Ground),
}

impl Court<'_> {
    /// Judges all changes that give something.
    #[must_use]
    pub fn judge(&self, changes: &ChangeSet, head: &Head) -> Judgement {
        let (mut benches, mut shown) = (Vec::new(), Shown::default());
        let mut candidates: Vec<Candidate<'_>> = changes
            .gives
            .iter()
            .map(|change| self.candidate(change, head, &mut shown, &mut benches))
            .collect();
        // Coordinators come first. Most other changes depend on them, so one round is then usually enough.
        candidates.sort_by_key(|c| !coordinates(&c.first_rules.register, &c.change.after.grant));
        let takes: BTreeMap<&GrantKey, &Removal> =
            changes.takes.iter().map(|removal| (&removal.key, removal)).collect();

        // These entries are refused before anybody's authority is checked. No other entry may depend on them.
        let mut out: BTreeMap<GrantKey, Outcome> =
            candidates.iter().filter_map(|c| self.too_early(c)).collect();
        out.extend(candidates.iter().filter_map(|c| self.of_another(c.change)));
        out.extend(candidates.iter().filter_map(|c| self.of_a_rejected(c.change)));
        out.extend(candidates.iter().filter_map(|c| self.without_ground(c.change)));
        let (mut benches_after, mut outcomes);
        let mut crowd = BTreeMap::new();
        loop {
            (benches_after, outcomes) = self.fixed_point(&candidates, &benches, &out, &takes);
            let mut exceeded = self.exceeded(&candidates, &benches_after, &outcomes, &takes);
            if self.when == OfficeDay::AnyDay {
                let latest = self.latest(&candidates, &benches_after, &outcomes, exceeded);
                let crowded = self.crowded(&candidates, &benches_after, &latest);
                (crowd, exceeded) = latest.into_iter().partition(|(key, _)| crowded.contains(key));
            }
            exceeded.extend(self.shared(&candidates, &outcomes));
            if exceeded.is_empty() {
                break;
            }
            out.extend(exceeded);
        }
        // Nobody knows who of a crowd is one too many. So no entry that one of them approved is refused because of it.
        outcomes.retain(|key, _| !crowd.contains_key(key));
        let wholes = self.wholes(&candidates, &benches_after, &outcomes, &takes);
        outcomes.extend(out);
        outcomes.extend(crowd);
        let of = |grant: &Grant| match wholes.get(&grant.key) {
            Some(whole) => whole.clone(),
            None => self.whole_after_removals(&benches_after, grant, &takes),
        };
        self.pronounce(&candidates, &benches_after, outcomes, &of, head)
    }

    fn candidate<'c, 'h>(
        &self,
        change: &'c Change,
        head: &'h Head,
        shown: &mut Shown<'h>,
        benches: &mut Vec<RulesOnDay>,
    ) -> Candidate<'c> {
        let grant = &change.after.grant;
        let register = &self.rules.register.id;
        let exhibited = shown.of(head, register, &grant.key.person, &grant.trust);
        let written = grant.statement(register);
        let statement = exhibited.map_or_else(
            || Digest::of(written.as_bytes()),
            |shown| shown.identity(register, &written, &grant.approval.by),
        );
        let pin = self.pins.get(&grant.key).filter(|pin| pin.statement == statement);
        let too_late = self.comes_too_late(change, pin);
        let (first_rules, first_day) =
            pin.map_or_else(|| (Arc::clone(self.rules), self.today), |pin| (Arc::clone(&pin.rules), pin.day));
        let mut mine = Vec::new();
        let pending = self.pending.map(|rules| (Arc::clone(rules), self.today));
        let all = [(Arc::clone(&first_rules), first_day), (Arc::clone(self.rules), self.today)];
        for (rules, day) in all.into_iter().chain(pending) {
            let at = benches.iter().position(|bench| bench.rules.digest == rules.digest && bench.day == day);
            let at = at.unwrap_or_else(|| {
                let authority = match self.when {
                    OfficeDay::Today => Authority::on(&rules.register, self.base, &[day, self.today]),
                    OfficeDay::AnyDay => {
                        Authority::on_any_day(&rules.register).by_former_ids(&self.base.renamed)
                    }
                };
                benches.push(RulesOnDay { rules: Arc::clone(&rules), day, authority });
                benches.len() - 1
            });
            if !mine.iter().any(|(known, _)| *known == at) {
                mine.push((at, self.proof(exhibited, &rules, (grant, &written), day)));
            }
        }
        let overdue = self.overdue.contains(&grant.trust);
        let manner = match change.kind {
            _ if too_late => Manner { act: Act::Grant, spent: true, renewed: true, overdue },
            ChangeKind::Grant => Manner { act: Act::Grant, spent: false, renewed: true, overdue },
            ChangeKind::Change => Manner { act: Act::Change, spent: false, renewed: change.renewed, overdue },
            ChangeKind::Reopen => Manner { act: Act::Grant, spent: true, renewed: true, overdue },
        };
        Candidate { change, manner, statement, first_day, first_rules, benches: mine }
    }

    /// Looks for the proof, by these rules, that the approver approved. The statement is given as it is written for the
    /// accepted register.
    fn proof(
        &self,
        exhibited: Option<&Exhibited<'_>>,
        rules: &Rules,
        (grant, written): (&Grant, &str),
        day: Date,
    ) -> Result<Proof, Unproven> {
        let Some(exhibited) = exhibited else { return Ok(Proof::Declared) };
        let is_same_register = rules.register.id == self.rules.register.id;
        let statement =
            if is_same_register { Cow::from(written) } else { grant.statement(&rules.register.id).into() };
        let approval = &grant.approval;
        // Without a base there is no current day, so the key must count on the day of the approval.
        let (day, today) = match self.when {
            OfficeDay::Today => (day, self.today),
            OfficeDay::AnyDay => (approval.on, approval.on),
        };
        let claim = ApprovalClaim { statement: &statement, by: &approval.by, on: approval.on, day, today };
        let proof = exhibited.proves(rules, &claim);
        // A forge keeps naming the merge request of an approval that has been used. A used statement does not count
        // again.
        let serves_once = matches!(rules.register.evidence, Evidence::Forge(_))
            || matches!(proof, Ok(Proof::Signature { .. }));
        if serves_once && self.used.contains(&Digest::of(statement.as_bytes())) {
            return Err(self.spent(grant));
        }
        proof
    }

    /// Whether the statement of an entry has been used, if these rules ask for more than a declared approval.
    fn has_served(&self, rules: &Rules, grant: &Grant) -> bool {
        let register = &rules.register;
        register.evidence != Evidence::Declared && self.used.contains(&grant.statement_digest(&register.id))
    }

    fn spent(&self, grant: &Grant) -> Unproven {
        Unproven::Lacking(Lack::AlreadyUsed { request: grant.key.request.clone() })
    }

    /// Decides one candidate. The policies come first, because the right to approve is checked before the proof of
    /// the approval.
    fn decide(&self, candidate: &Candidate<'_>, benches: &[RulesOnDay], whole: Whole) -> Outcome {
        let grant = &candidate.change.after.grant;
        let mut policies = Vec::new();
        for (at, _) in &candidate.benches {
            let Some(bench) = benches.get(*at) else { continue };
            let asked = question(
                &bench.rules.register,
                &bench.authority,
                grant,
                candidate.manner,
                &grant.approval.by,
                &whole,
            );
            let decision = bench.rules.decide(&asked);
            if !decision.allowed {
                return Outcome::Denied { bench: *at, decision, whole };
            }
            policies.extend(decision.determining.iter().cloned());
        }
        policies.sort();
        policies.dedup();
        let mut shown = None;
        for (at, proof) in &candidate.benches {
            let current = benches.get(*at).is_some_and(|bench| bench.rules.digest == self.rules.digest);
            match proof {
                Ok(proof) if current || shown.is_none() => shown = Some(proof.clone()),
                Ok(_) => {}
                Err(_) if self.when == OfficeDay::AnyDay => {}
                Err(Unproven::NotReviewed) if self.forge == ForgeInquiry::NotAsked => {}
                Err(why) => return Outcome::Unproven(why.clone()),
            }
        }
        Outcome::Permitted(policies, shown.unwrap_or(Proof::Declared))
    }
}

pub(super) fn spots<'h>(head: &'h Head, grant: &Grant) -> Option<&'h dyn crate::change::Spots> {
    match head.files.get(&grant.key.person)?.get(&grant.trust)? {
        HeadFile::Says { spots, .. } => Some(&**spots),
        _ => None,
    }
}
