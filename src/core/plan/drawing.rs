//! A plan while it is drawn: the steps so far, their cost, and what each room of the plan may add.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::{Cause, KnownPerson, Standing};
use crate::diag::{Code, Finding};
use crate::model::{Account, AccountId, GrantKey, PersonId, Right, Subscription, TrustId};
use crate::text::{Text, text};

use super::loss::{AccessItem, Class, Gain, Loss};
use super::report_work::ReportWork;
use super::situation::Situation;
use super::step::{Detail, Effect, Step, StepSubject};

/// The steps, the losses they would cause, and the findings.
#[derive(Debug, Clone, Default)]
pub struct PlanDraft {
    /// The steps, in order of work.
    pub steps: Vec<Step>,
    /// The work in Rapporteket after the steps, by account.
    pub reports: Vec<ReportWork>,
    /// The losses that the guard judges.
    pub losses: Vec<Loss>,
    /// The new rights that people would get; the guard judges them too.
    pub gains: Vec<Gain>,
    /// Findings about drift, unknown accounts and accounts closed by hand.
    pub findings: Vec<Finding>,
    /// The open accounts that the memory gives to nobody and that stay as they are. Each may be that of somebody who has no
    /// other open account, and whose files give something or are not settled.
    pub spared: BTreeSet<AccountId>,
}

/// What says whose an account may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clue {
    /// The store names the person.
    Store,
    /// The settings in force list the account for the person.
    Lists,
    /// The account has the login of the person.
    Login,
}

/// The open accounts that the memory gives to nobody, by the person whose they may be.
pub(super) type UnclaimedAccounts = BTreeMap<PersonId, BTreeMap<AccountId, Clue>>;

pub(super) struct Drawing<'a> {
    pub(super) situation: &'a Situation<'a>,
    pub(super) held: &'a BTreeSet<AccessItem>,
    pub(super) draft: PlanDraft,
    pub(super) owned: BTreeSet<AccountId>,
    /// Closed accounts that a step leaves without rights and address.
    pub(super) closing: BTreeSet<AccountId>,
    /// Open accounts that the memory gives to nobody, by the person whose they may be.
    pub(super) unclaimed: UnclaimedAccounts,
}

/// The access that one person should have, and the grants that are over.
#[derive(Default)]
pub(super) struct WantedAccess<'a> {
    /// The rights the person should have now, each with all the grants that give it.
    pub(super) rights: BTreeMap<Right, Vec<&'a Standing>>,
    /// The grants that are in force and that the store was told before.
    pub(super) given: Vec<&'a Standing>,
    pub(super) later: bool,
    pub(super) over: Vec<(&'a Standing, Cause)>,
}

impl Drawing<'_> {
    pub(super) fn settle<'s>(
        &mut self,
        person: &PersonId,
        account: Option<&AccountId>,
        over: impl IntoIterator<Item = (&'s Standing, Cause)>,
    ) {
        let grants: Vec<(GrantKey, Cause)> =
            over.into_iter().map(|(standing, cause)| (standing.grant.key.clone(), cause)).collect();
        if !grants.is_empty() {
            let subject = account.map_or_else(|| StepSubject::Nobody, |id| StepSubject::Account(id.clone()));
            self.step(subject, Some(person), Effect::Settle { grants });
        }
    }

    pub(super) fn lose(&mut self, who: &str, trust: Option<TrustId>, item: AccessItem, cause: Cause) {
        self.draft.losses.push(Loss {
            who: who.to_owned(),
            trust,
            item,
            class: Class::Absence,
            cause,
            on: None,
        });
    }

    pub(super) fn step(&mut self, subject: StepSubject, person: Option<&PersonId>, effect: Effect) {
        self.draft.steps.push(Step { subject, person: person.cloned(), effect });
    }

    pub(super) fn drift(&mut self, who: &str, what: &Text) {
        let message = text!(with what; en: "`{who}`: {what}", nb: "`{who}`: {what}");
        let way_out = text!(
            en: "Find out who changed it; rights are given and taken in the tree.",
            nb: "Finn ut hvem som endret det; rettigheter gis og fjernes i filene."
        );
        self.draft.findings.push(Finding::new(Code::Drift, message, way_out));
    }

    /// Reports drift for a right that comes back. The subscriptions that depended on it do not come back.
    pub(super) fn drift_given_back(&mut self, who: &str, what: &Text) {
        let message = text!(with what; en: "`{who}`: {what}", nb: "`{who}`: {what}");
        let way_out = text!(
            en: "Find out who changed it. Report subscriptions that ended with it stay ended, in the register and in Rapporteket: the person orders them again.",
            nb: "Finn ut hvem som endret det. Rapportabonnementer som ble avsluttet med den, forblir avsluttet, i registeret og i Rapporteket: personen bestiller dem på nytt."
        );
        self.draft.findings.push(Finding::new(Code::Drift, message, way_out));
    }

    /// Returns whether this account is in use for the person and the store keeps its details as they were written.
    pub(super) fn was_written(&self, known: &KnownPerson, account: &Account) -> bool {
        self.situation.observed.as_written && known.account.as_ref() == Some(&account.id)
    }

    /// Reports that an account does not say any more whose it is.
    pub(super) fn drift_of_owner(&mut self, person: &PersonId, account: &Account) {
        let id = &account.id;
        let message = text!(
            en: "`{id}`: it does not say whose account it is, and it is the one that `{person}` was given",
            nb: "`{id}`: den sier ikke hvem sin konto den er, og den er den `{person}` fikk"
        );
        let way_out = text!(
            en: "Find out who changed it, and let those who run the register write `{person}` into it again; meanwhile the account stays that person's.",
            nb: "Finn ut hvem som endret det, og la dem som drifter registeret, skrive `{person}` i den igjen; kontoen er fortsatt personens så lenge."
        );
        self.draft.findings.push(Finding::new(Code::Drift, message, way_out));
    }

    /// Reports that these details of an account differ from the person's files, and that no file has changed them.
    pub(super) fn drift_of_details(&mut self, person: &PersonId, changed: &BTreeSet<Detail>) {
        let details = Text::joined(changed.iter().map(|detail| detail.words()), ", ");
        let what = text!(
            with details;
            en: "the account was changed in the store by hand and is put right ({details})",
            nb: "kontoen ble endret i registeret for hånd og rettes ({details})"
        );
        self.drift(person.as_str(), &what);
    }

    pub(super) fn drift_account(&mut self, account: &Account, what: &Text) {
        self.drift(&account.whose(), what);
    }
}

/// Returns the subscriptions that still run but whose right is gone. A subscription past its last day sends nothing,
/// so it is left out.
pub(super) fn ended(subscriptions: &[Subscription], left: &BTreeSet<Right>, today: Date) -> Vec<i64> {
    subscriptions.iter().filter(|s| s.until >= today && !left.contains(&s.right())).map(|s| s.id).collect()
}
