//! Turns the outcome of each candidate into what people see: verdicts, refusals with their finding, and advice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::change::Head;
use crate::diag::{Code, Finding, Text};
use crate::model::{Grant, GrantKey, PersonId, Proof};

use super::super::authority::coordinates;
use super::super::besides::Whole;
use super::super::proof::Unproven;
use super::super::question::question;
use super::super::{Authority, findings};
use super::crowd::Crowd;
use super::{
    Candidate, Court, ForgeInquiry, Judgement, OfficeDay, Outcome, Refusal, RulesOnDay, Verdict, spots,
};

impl Court<'_> {
    /// Returns the verdict on every candidate, and the advice.
    pub(super) fn pronounce(
        &self,
        candidates: &[Candidate<'_>],
        benches: &[RulesOnDay],
        mut outcomes: BTreeMap<GrantKey, Outcome>,
        whole_of: &dyn Fn(&Grant) -> Whole,
        head: &Head,
    ) -> Judgement {
        let mut judgement = Judgement::default();
        let claimed: BTreeSet<&PersonId> = candidates
            .iter()
            .filter(|c| coordinates(&self.rules.register, &c.change.after.grant))
            .map(|c| &c.change.after.grant.key.person)
            .collect();
        let crowded = self.crowded(candidates, benches, &outcomes);
        let in_office = self.in_office_today(candidates, &crowded, &outcomes);
        let mut misspelt: BTreeMap<&PersonId, Option<PersonId>> = BTreeMap::new();
        // Evidence is left open if it could not be asked for. A missing signature is refused, and the finding says
        // so.
        let left_open = |proof: &Result<Proof, Unproven>| match (proof, self.when, self.forge) {
            (Ok(_), _, _) => false,
            (Err(_), OfficeDay::AnyDay, _) | (Err(Unproven::NotReviewed), _, ForgeInquiry::NotAsked) => true,
            (Err(_), OfficeDay::Today, _) => false,
        };
        let lacking = |c: &&Candidate<'_>| c.benches.iter().any(|(_, proof)| left_open(proof));
        judgement.unproven = candidates.iter().filter(lacking).count();
        let holding = self.holding(candidates, &crowded, &outcomes);
        let mut crowds = BTreeSet::new();
        let mut too_many = BTreeSet::new();
        for candidate in candidates {
            let grant = &candidate.change.after.grant;
            let place = |field| {
                spots(head, grant).map(|spots| spots.place(Some(candidate.change.after.number), field))
            };
            let Some(outcome) = outcomes.remove(&grant.key) else { continue };
            let case = findings::EntryCase {
                names: self.names,
                grant,
                manner: candidate.manner,
                today: self.today,
                place: &place,
            };
            let refused = |finding: Finding| {
                Verdict::Refused(Refusal {
                    statement: candidate.statement,
                    rules: Arc::clone(&candidate.first_rules),
                    day: candidate.first_day,
                    finding,
                })
            };
            let verdict = match outcome {
                Outcome::Early => refused(case.approval_in_future(candidate.first_day)),
                Outcome::StartMoved(began) => refused(case.start_moved(began)),
                Outcome::Bound(binding) => refused(case.request_of_another(&self.rules.register, &binding)),
                Outcome::Shared => refused(case.request_of_two()),
                Outcome::Spelt(known) => refused(case.request_in_another_case(&known)),
                Outcome::Rejected(bar) => refused(case.request_rejected(&bar)),
                Outcome::Groundless(ground) => refused(case.without_ground(&ground)),
                Outcome::Unproven(why) => refused(case.unproven(self.rules, &why)),
                Outcome::Permitted(policies, proof) => {
                    let current = benches.iter().find(|b| b.rules.digest == self.rules.digest);
                    if let Some(bench) = current {
                        let whole = whole_of(grant);
                        judgement.advice.extend(case.advice(&bench.rules, &bench.authority, &whole));
                        if self.when == OfficeDay::AnyDay
                            && !in_office_today(candidate, bench, &in_office, whole)
                        {
                            judgement.advice.push(case.approver_not_in_office());
                        }
                    }
                    Verdict::Permitted { policies, proof }
                }
                Outcome::Denied { bench, decision, whole } => {
                    let Some(bench) = benches.get(bench) else { continue };
                    let unknown = self.when == OfficeDay::AnyDay
                        && decision.determining.is_empty()
                        && decision.errors.is_empty()
                        && !bench.authority.knows(&grant.approval.by)
                        && !claimed.contains(&grant.approval.by);
                    if unknown {
                        let by = &grant.approval.by;
                        let near = misspelt.entry(by).or_insert_with(|| self.meant(by, bench, &claimed));
                        judgement.advice.push(case.approver_unknown(near.as_ref()));
                        Verdict::Permitted { policies: Vec::new(), proof: Proof::Declared }
                    } else if crowded.contains(&grant.key) {
                        let crowd = Crowd::around(grant, &holding);
                        if !crowds.insert((&grant.trust, &grant.role, crowd.people())) {
                            // They have a finding together already.
                            continue;
                        }
                        let (rules, day) = (&bench.rules, candidate.first_day);
                        let denied = case.denied(rules, &bench.authority, &decision, &whole, day);
                        let determining = decision.determining.iter();
                        let says = determining.map(|id| findings::says(&rules.policies, id));
                        let about = (&*rules.register, head, &crowded);
                        refused(crowd.naming_all(denied, &Text::joined(says, " "), about))
                    } else if self.when == OfficeDay::AnyDay
                        && whole.holders > 0
                        && !too_many.insert((&grant.key.person, &grant.trust, &grant.role))
                    {
                        // The same person is one too many in another application too, and has a finding already.
                        continue;
                    } else {
                        let denied = case.denied(
                            &bench.rules,
                            &bench.authority,
                            &decision,
                            &whole,
                            candidate.first_day,
                        );
                        // The longer access counts as served, no matter who shortened it.
                        let served =
                            denied.code == Code::ApprovalNotRenewed && self.has_served(&bench.rules, grant);
                        refused(if served {
                            case.unproven(self.rules, &self.spent(grant))
                        } else {
                            self.after_the_clock(grant, denied)
                        })
                    }
                }
            };
            judgement.verdicts.insert(grant.key.clone(), verdict);
        }
        judgement
    }

    /// Finds the person a misspelt approver most likely means, if nobody has the id. An administrator's id that
    /// differs in one or two letters comes first, then any other person's.
    fn meant(&self, by: &PersonId, bench: &RulesOnDay, claimed: &BTreeSet<&PersonId>) -> Option<PersonId> {
        let register = &bench.rules.register;
        let appointed = || register.appointments.iter().map(|appointment| &appointment.person);
        if self.names.people.contains_key(by) || appointed().any(|person| person == by) {
            return None;
        }
        let near = |person: &PersonId| {
            let letters = strsim::damerau_levenshtein(by.as_str(), person.as_str());
            (letters <= 2).then(|| (letters, person.clone()))
        };
        let administrators = appointed().chain(claimed.iter().copied()).filter_map(near).min();
        administrators.or_else(|| self.names.people.keys().filter_map(near).min()).map(|(_, person)| person)
    }

    /// For a tree without a base: the authority that appointments and permitted entries give today. Nobody knows who of
    /// a crowd is one too many, so all of them have it.
    fn in_office_today(
        &self,
        candidates: &[Candidate<'_>],
        crowded: &BTreeSet<&GrantKey>,
        outcomes: &BTreeMap<GrantKey, Outcome>,
    ) -> Authority {
        let register = &self.rules.register;
        let today = Authority::on(register, self.base, &[self.today]);
        let mut authority = today.by_former_ids(&self.base.renamed);
        for candidate in candidates {
            let grant = &candidate.change.after.grant;
            let permitted = matches!(outcomes.get(&grant.key), Some(Outcome::Permitted(..)));
            let counts = permitted || crowded.contains(&grant.key);
            if counts && grant.in_force(self.today) && coordinates(register, grant) {
                authority.add(grant);
            }
        }
        authority
    }
}

fn in_office_today(candidate: &Candidate<'_>, bench: &RulesOnDay, today: &Authority, whole: Whole) -> bool {
    let grant = &candidate.change.after.grant;
    // Only the authority differs. The counted limits have been judged already.
    let whole = Whole { holders: 0, ..whole };
    let asked = question(&bench.rules.register, today, grant, candidate.manner, &grant.approval.by, &whole);
    bench.rules.decide(&asked).allowed
}
