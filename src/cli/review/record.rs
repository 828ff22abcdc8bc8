//! Reads what only the register itself knows of a review: the entries of its ledger, and the accounts of its store at
//! the trust. A clone of the files has neither, and the command says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::model::{ApplicationId, GrantKey, Quarter, Register, RoleId, TrustId};
use portvakt_core::review::{ReadBack, ReviewedList, answers_of};
use portvakt_engine::apply::ApplyError;
use portvakt_engine::ledger::{EntryKind, Filter, LedgerEntry, LedgerHead, VerifyError, entries, verify};
use portvakt_engine::memory;
use serde_json::{Value, json};

use crate::cli::due::UsedReviews;
use crate::cli::standing::OpenedRegister;
use crate::cli::{chain, finding, standing};
use crate::config::Global;

/// The entries and the state of the ledger for one review.
pub(super) struct ReviewRecord {
    standing: OpenedRegister,
    /// The entries about this review, in their order.
    pub(super) entries: Vec<LedgerEntry>,
    /// The position of the last entry of the ledger. It is `None` if the ledger is empty or its chain is broken.
    pub(super) head: Option<LedgerHead>,
    /// Tells whether the chain of the ledger is whole.
    pub(super) holds: bool,
}

/// The state of a review.
pub(super) enum Stands<'a> {
    /// Some rows have no answer, or nothing shows that a reviewer has reviewed.
    Open,
    /// The list counts. The store has not shown yet that its ends and changes are done.
    Answered,
    /// A newer list counts, and nothing shows that this one is closed.
    Overtaken {
        /// The quarter of the newer list.
        by: Quarter,
        /// Tells whether this list counted before. If so, its ends are still read back from the store.
        answered: bool,
    },
    /// A pass has read the whole store, and the store shows what the review says.
    Closed(&'a LedgerEntry),
}

impl Stands<'_> {
    /// Returns the word for it in the output for programs.
    pub(super) fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Overtaken { .. } => "overtaken",
            Self::Closed(_) => "closed",
        }
    }

    /// Returns the words for it.
    pub(super) fn words(&self) -> Text {
        match self {
            Self::Open => text!(en: "open", nb: "åpen"),
            Self::Answered => text!(en: "answered, not closed", nb: "besvart, ikke avsluttet"),
            Self::Overtaken { by, answered: true } => text!(
                en: "answered, not closed, and overtaken by {by}; what it ends is still read back",
                nb: "besvart, ikke avsluttet, og avløst av {by}; det den avslutter, leses fortsatt tilbake"
            ),
            Self::Overtaken { by, answered: false } => text!(
                en: "never answered as a whole, and overtaken by {by}; it approves nothing",
                nb: "aldri besvart i sin helhet, og avløst av {by}; den godkjenner ingenting"
            ),
            Self::Closed(entry) => {
                let seq = entry.seq;
                text!(en: "closed (entry {seq} of the ledger)", nb: "avsluttet (innslag {seq} i protokollen)")
            }
        }
    }
}

impl ReviewRecord {
    /// Opens the register whose record is read. It is `None` in a clone of the files, which has no memory.
    pub(super) fn register(global: &Global) -> Result<Option<OpenedRegister>, Finding> {
        match standing::open_register(global) {
            Ok(standing) => Ok(Some(standing)),
            Err(finding) if finding.code == Code::NoBaseline => Ok(None),
            Err(finding) => Err(finding),
        }
    }

    /// Opens the record of a review. It is `None` if there is no register.
    pub(super) fn of(global: &Global, trust: &TrustId, quarter: Quarter) -> Result<Option<Self>, Finding> {
        Self::register(global)?.map(|standing| Self::read(standing, trust, quarter)).transpose()
    }

    /// Reads which statements of reviewers the passes have used.
    pub(super) fn used(&self) -> Result<UsedReviews, Finding> {
        UsedReviews::read(self.standing.reader.connection())
    }

    /// Reads the record of a review from the register.
    pub(super) fn read(standing: OpenedRegister, trust: &TrustId, quarter: Quarter) -> Result<Self, Finding> {
        let conn = standing.reader.connection();
        let (head, holds) = match verify(conn) {
            Ok(verified) => (verified.head, true),
            Err(VerifyError::Broken(_)) => (None, false),
            Err(VerifyError::Store(why)) => return Err(finding::of(why)),
        };
        let names = trust_ids(&standing.rules.register, trust);
        let is_of = |entry: &LedgerEntry| {
            let says = |key: &str| entry.body.get(key).and_then(Value::as_str).unwrap_or_default();
            names.contains(says("trust")) && says("quarter") == quarter.to_string()
        };
        let kinds = BTreeSet::from([EntryKind::Reviewed, EntryKind::ReviewClosed]);
        let mut found = Vec::new();
        for entry in entries(conn, 1, Filter { kinds, ..Filter::default() }) {
            let entry = entry.map_err(|why| finding::of(ApplyError::from(why)))?;
            if is_of(&entry) {
                found.push(entry);
            }
        }
        Ok(Self { standing, entries: found, head, holds })
    }

    /// Returns the entry that closed the list with its current answers. If the list has new answers since then, that
    /// entry does not close it.
    fn closing(&self, list: &ReviewedList) -> Option<&LedgerEntry> {
        let answers = answers_of(&list.parsed.review).to_string();
        let mut closings = self.entries.iter().filter(|entry| entry.kind == EntryKind::ReviewClosed);
        closings.rfind(|entry| entry.body.get("answers").and_then(Value::as_str) == Some(answers.as_str()))
    }

    /// Compares the list with the store of today. The value tells whether the store's list of accounts was complete,
    /// which rows the store does not show as answered, and which accounts at the trust no file names. If the store does
    /// not answer, the value says why. `newer` is the list that has overtaken this one. Its answers count for rows
    /// whose answers in this one were never followed.
    pub(super) fn store(&self, list: &ReviewedList, newer: Option<&ReviewedList>) -> Result<Value, Finding> {
        let OpenedRegister { reader, store, rules, today } = &self.standing;
        let register = &rules.register;
        let roles = |application: &ApplicationId| {
            let application = application.clone();
            register.roles.keys().map(move |role| (application.clone(), role.clone()))
        };
        let spelt: BTreeSet<(ApplicationId, RoleId)> = register.applications.keys().flat_map(roles).collect();
        store.told_roles(&spelt);
        let listing = match store.list() {
            Ok(listing) => listing,
            Err(why) => {
                let why = finding::of(why).message;
                return Ok(json!({ "complete": false, "why": why.en() }));
            }
        };
        let base = memory::base(reader.connection(), register, None).map_err(finding::of)?;
        let accounts: BTreeMap<_, _> =
            listing.accounts.into_iter().map(|account| (account.id.clone(), account)).collect();
        let read = ReadBack { base: &base, register, accounts: &accounts, today: *today };
        let rows = list.parsed.review.rows.iter();
        let not_shown: Vec<&GrantKey> =
            rows.filter(|row| !read.settles(row, (list, newer))).map(|row| &row.key).collect();
        Ok(json!({
            "complete": listing.incomplete.is_none(), "why": listing.incomplete.as_ref().map(Text::en),
            "accounts": accounts.len(),
            "not-read-back": not_shown, "named-by-no-file": read.unnamed(&list.parsed.trust),
        }))
    }

    /// Compares a checkpoint that was kept elsewhere with the ledger. The value tells whether it covers all entries of
    /// this review.
    pub(super) fn checkpoint(&self, file: &Path) -> Result<Value, Finding> {
        let checkpoint = chain::read_checkpoint(file)?;
        checkpoint.verify_signature(None).map_err(|why| chain::broken(why.words()))?;
        checkpoint.agrees(self.standing.reader.connection()).map_err(|why| chain::broken(why.words()))?;
        let covers = self.entries.iter().all(|entry| entry.seq <= checkpoint.seq);
        Ok(json!({
            "seq": checkpoint.seq, "hash": checkpoint.hash, "at": checkpoint.at,
            "public-key": checkpoint.public_key, "covers-the-review": covers,
        }))
    }
}

/// Returns the state of a list, from its files and from the record, if there is one. `newer` is the list that has
/// overtaken it.
pub(super) fn state_of_list<'a>(
    list: &ReviewedList,
    newer: Option<&ReviewedList>,
    record: Option<&'a ReviewRecord>,
) -> Stands<'a> {
    let by = newer.map(|newer| newer.parsed.review.quarter);
    match (list.counts_from, record.and_then(|record| record.closing(list)), by) {
        (Some(_), Some(entry), _) => Stands::Closed(entry),
        (counts_from, _, Some(by)) => Stands::Overtaken { by, answered: counts_from.is_some() },
        (None, _, None) => Stands::Open,
        (Some(_), None, None) => Stands::Answered,
    }
}

/// Returns the ids under which the ledger names a trust: its current id, and its earlier id.
fn trust_ids(register: &Register, trust: &TrustId) -> BTreeSet<String> {
    let before = register.trusts.get(trust).and_then(|trust| trust.previously.as_ref());
    std::iter::once(trust).chain(before).map(ToString::to_string).collect()
}
