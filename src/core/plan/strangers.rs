//! The other accounts in the store: accounts that no file names, and closed accounts that still have rights or can still
//! get mail.

use std::collections::BTreeSet;

use crate::change::{Cause, KnownPerson};
use crate::diag::{Code, Finding, text};
use crate::model::Account;

use super::drawing::{Drawing, WantedAccess, ended};
use super::situation::StoreExtent;
use super::{AccessItem, Effect, Revoke, StepSubject};

impl Drawing<'_> {
    /// Draws the steps for accounts that no file names, and for closed accounts that still have rights or can still get
    /// mail.
    pub(super) fn strangers(&mut self) {
        let doubtful = matches!(self.situation.observed.extent, StoreExtent::Doubtful(_));
        if let StoreExtent::Doubtful(why) = &self.situation.observed.extent {
            let message = StoreExtent::in_doubt(why);
            let way_out = text!(
                en: "Nothing is removed for being absent from the tree until a list is whole; look at the store.",
                nb: "Ingenting fjernes fordi det mangler i filene, før listen er hel; se på registeret."
            );
            self.draft.findings.push(Finding::new(Code::StoreIncomplete, message, way_out));
        }
        if !doubtful {
            self.spare_unclaimed();
        }
        for account in self.situation.observed.accounts.values() {
            let ours = account.active && self.owned.contains(&account.id);
            if ours
                || doubtful
                || self.draft.spared.contains(&account.id)
                || self.situation.lists.ignored_accounts.contains(&account.id)
            {
                continue;
            }
            if account.active {
                if self.is_named_by_what_waits(account) {
                    self.stays_until_decided(account);
                } else if !self.may_be_of_untrusted(account) {
                    self.stranger(account);
                }
                continue;
            }
            if !self.owned.contains(&account.id) {
                self.lower_closed(
                    account.person.as_ref(),
                    &KnownPerson::default(),
                    &WantedAccess::default(),
                    account,
                );
            }
            // A step that closes the account takes its address too.
            if self.closing.contains(&account.id) {
                continue;
            }
            let end = ended(&account.subscriptions, &BTreeSet::new(), self.situation.today);
            if account.email.is_some() || !end.is_empty() {
                let contact = AccessItem::Contact(account.id.clone());
                let who = account.whose();
                self.lose(&who, None, contact.clone(), Cause::Sweep);
                if !self.held.contains(&contact) {
                    let effect = Effect::Sweep { end_subscriptions: end };
                    self.step(StepSubject::Account(account.id.clone()), account.person.as_ref(), effect);
                }
            }
        }
    }

    /// Returns whether an open account may be that of a person whose remembered access is not trusted. The ledger may
    /// have lost the entry that gave them the account, so neither it nor the files show that the account is nobody's.
    fn may_be_of_untrusted(&self, account: &Account) -> bool {
        let said = account.person.as_ref().is_some_and(|person| self.situation.untrusted.has(person));
        said || self.situation.doubted_accounts.contains(&account.id)
            || self.is_unclaimed_by_untrusted(&account.id)
    }

    /// Tells whether settings that wait for two people say whose account this is, or that nobody minds it.
    fn is_named_by_what_waits(&self, account: &Account) -> bool {
        self.situation.awaited.is_some_and(|register| {
            register.ignored_accounts.contains(&account.id)
                || register.adopted_accounts.contains_key(&account.id)
        })
    }

    /// Nobody loses anything because two people have not decided. The account was opened by nobody's approval, so it waits
    /// in red.
    fn stays_until_decided(&mut self, account: &Account) {
        let (id, name) = (&account.id, &account.name);
        let message = text!(
            en: "account `{id}` ({name}) is named by no file, but by settings that wait for two national administrators: it stays until they have decided",
            nb: "kontoen `{id}` ({name}) er ikke nevnt i noen fil, men i innstillinger som venter på to nasjonale administratorer: den blir stående til de har bestemt seg"
        );
        let way_out = text!(
            en: "Release the settings, or take the line out of `register.yaml`: then the account loses its access.",
            nb: "Frigi innstillingene, eller ta linjen ut av `register.yaml`: da mister kontoen tilgangen."
        );
        self.draft.findings.push(Finding::new(Code::UnknownAccount, message, way_out).held());
    }

    fn stranger(&mut self, account: &Account) {
        let who = account.whose();
        let (id, name) = (&account.id, &account.name);
        let message = text!(
            en: "account `{id}` ({name}) is named by no file",
            nb: "kontoen `{id}` ({name}) er ikke nevnt i noen fil"
        );
        let way_out = text!(
            en: "It loses its access like any absent user; if it is a service account, list it in `register.yaml` under `accounts: ignore`.",
            nb: "Den mister tilgangen som andre som ikke står i filene; er det en tjenestekonto, før den opp i `register.yaml` under `accounts: ignore`."
        );
        self.draft.findings.push(Finding::new(Code::UnknownAccount, message, way_out));
        let mut revoke = Vec::new();
        for right in account.rights.keys() {
            let item = AccessItem::Right(account.id.clone(), right.clone());
            let trust = self.situation.register.trust_of(right.unit).cloned();
            self.lose(&who, trust, item.clone(), Cause::UnknownAccount);
            if !self.held.contains(&item) {
                revoke.push(Revoke {
                    right: right.clone(),
                    cause: Cause::UnknownAccount,
                    grants: Vec::new(),
                });
            }
        }
        let close = revoke.len() == account.rights.len();
        let contact = AccessItem::Contact(account.id.clone());
        if account.rights.is_empty() {
            self.lose(&who, None, contact.clone(), Cause::UnknownAccount);
        }
        if (revoke.is_empty() && !close) || self.held.contains(&contact) {
            return;
        }
        let left = account
            .rights
            .keys()
            .filter(|right| !revoke.iter().any(|r| r.right == **right))
            .cloned()
            .collect();
        let effect = Effect::Lower {
            cause: Cause::UnknownAccount,
            revoke,
            end_subscriptions: ended(&account.subscriptions, &left, self.situation.today),
            close,
        };
        self.step(StepSubject::Account(account.id.clone()), account.person.as_ref(), effect);
    }
}
