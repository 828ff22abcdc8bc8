//! Everything that the ledger says about one person, in order: what was accepted, given, changed and taken, by which request,
//! approved by whom, and when it took effect. An entry that names the person only as somebody else's approver is left out.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::Timestamp;
use jiff::civil::Date;
use portvakt_core::change::{AcceptanceWay, Cause};
use portvakt_core::model::{ApplicationId, RequestId, Right, RoleId, TrustId, UnitId};
use portvakt_database::Connection;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::ledger::person_key::person_of;
use crate::ledger::{EntryKind, Filter, LedgerEntry, LedgerError, entries};

/// What happened. The words never change, because programs compare them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LifeEventKind {
    /// An access was accepted.
    Accepted,
    /// A change of an accepted access was accepted, such as another end.
    Changed,
    /// An end was taken back, together with the day on which it came.
    StandsAgain,
    /// What an older version remembered of an access was taken over.
    TakenOver,
    /// An end of an access was accepted, or the last day moved.
    EndAccepted,
    /// An entry was refused.
    Refused,
    /// A file is held.
    FileHeld,
    /// A file that was held is in order again.
    FileMended,
    /// Two people have undone the binding of a request to this person.
    RequestFreed,
    /// An account was found to be the person's.
    AccountFound,
    /// An account was opened.
    AccountOpened,
    /// The register was told of a right.
    Given,
    /// The register was told that a right is over.
    Taken,
    /// An access was over, and the register agreed already.
    Settled,
    /// The name or the address in the register was changed.
    Amended,
    /// What a former user's account had left was taken away, such as the address.
    Swept,
    /// The account was closed and its address taken away.
    AccountClosed,
    /// A step did not succeed; it is tried again.
    Failed,
    /// The person has another id from here on.
    IdChanged,
}

/// How the clock was wrong when an entry was written. The entry then has the time of an earlier moment that was trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrongClock {
    /// It was behind the last trusted moment.
    Behind,
    /// It was too far ahead of the last trusted moment.
    Ahead,
}

/// One thing that happened. A field that says nothing is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LifeEvent {
    /// The number of the entry in the ledger.
    pub seq: u64,
    /// The moment when the entry was written. For a right this is when it took effect in the register.
    pub at: Timestamp,
    /// The kind of the event.
    pub what: LifeEventKind,
    /// The folder of the trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustId>,
    /// The application of the access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub application: Option<ApplicationId>,
    /// The RESH id of the unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<UnitId>,
    /// The role of the access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleId>,
    /// The first day that was approved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// The number of the application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
    /// The person who approved or took back: the id, or the ledger's key of a forgotten person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The day of the approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on: Option<Date>,
    /// The way in which an access was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub way: Option<AcceptanceWay>,
    /// The cause of an end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The account in the register.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The codes of findings, or the kind of a failure.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// How the clock was wrong, if it was not trusted. Then `at` is the time of an earlier moment. Versions that did not
    /// write this say nothing here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clock: Option<WrongClock>,
}

/// An access as an entry names it: who, where, and by which request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct AccessOfKey {
    person: String,
    application: ApplicationId,
    unit: UnitId,
    request: RequestId,
}

/// Returns what happened to the person of this key in the ledger, in order.
///
/// # Errors
/// When the ledger cannot be read.
pub fn life(conn: &Connection, key: &str) -> Result<Vec<LifeEvent>, LedgerError> {
    let mut reader = LifeReading { conn, key, accepted: BTreeSet::new(), events: Vec::new() };
    for entry in entries(conn, 1, Filter { naming: Some(key.to_owned()), ..Filter::default() }) {
        reader.read(&entry?)?;
    }
    let plans = plans_under_wrong_clocks(conn)?;
    for event in reader.events.iter_mut().filter(|event| event.clock.is_none()) {
        let plan = plans.iter().find(|(entries, _)| entries.contains(&event.seq));
        event.clock = plan.map(|(_, clock)| *clock);
    }
    Ok(reader.events)
}

/// Returns the plans that were carried out while the clock was not trusted, each with the numbers of its entries. The
/// plan says it for its steps.
fn plans_under_wrong_clocks(
    conn: &Connection,
) -> Result<Vec<(RangeInclusive<u64>, WrongClock)>, LedgerError> {
    let kinds = [EntryKind::Plan, EntryKind::Pass, EntryKind::Interrupted].into();
    let mut found = Vec::new();
    let mut open: Option<(u64, WrongClock)> = None;
    for entry in entries(conn, 1, Filter { kinds, ..Filter::default() }) {
        let entry = entry?;
        found.extend(open.take().map(|(first, clock)| (first..=entry.seq, clock)));
        if entry.kind == EntryKind::Plan {
            open = value_at(&entry.body, "/clock").map(|clock| (entry.seq, clock));
        }
    }
    found.extend(open.map(|(first, clock)| (first..=u64::MAX, clock)));
    Ok(found)
}

/// Returns the value at this place of a body, if it is there and is of this kind.
fn value_at<T: for<'de> Deserialize<'de>>(body: &Value, at: &str) -> Option<T> {
    body.pointer(at).and_then(|value| T::deserialize(value).ok())
}

fn list_at<'v>(body: &'v Value, at: &str) -> &'v [Value] {
    body.pointer(at).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn says_yes(body: &Value, at: &str) -> bool {
    body.pointer(at) == Some(&Value::Bool(true))
}

struct LifeReading<'c> {
    conn: &'c Connection,
    key: &'c str,
    /// The accesses that were accepted so far. If one of them is accepted again, that is a change.
    accepted: BTreeSet<AccessOfKey>,
    events: Vec<LifeEvent>,
}

impl LifeReading<'_> {
    fn read(&mut self, entry: &LedgerEntry) -> Result<(), LedgerError> {
        let body = &entry.body;
        let is_about = value_at::<String>(body, "/person").is_some_and(|person| person == self.key);
        match entry.kind {
            EntryKind::Accepted => self.accepted(entry, body),
            EntryKind::Refused => {
                let Some(grant) = self.own(body, "/grant") else { return Ok(()) };
                let codes = value_at::<String>(body, "/code").into_iter().collect();
                self.events
                    .push(LifeEvent { codes, ..of_grant(event(entry, LifeEventKind::Refused), &grant) });
                Ok(())
            }
            EntryKind::Step => self.step(entry, is_about),
            _ if !is_about => Ok(()),
            EntryKind::AdoptedMemory => {
                list_at(body, "/grants").iter().try_for_each(|grant| self.taken_over(entry, grant))
            }
            kind => {
                let Some(what) = kind_of_entry(kind) else { return Ok(()) };
                let codes: Option<Vec<String>> = value_at(body, "/codes");
                let failed: Option<String> = value_at(body, "/failed");
                let by = self.name(value_at(body, "/approved/0/by"))?;
                self.events.push(LifeEvent {
                    trust: value_at(body, "/trust"),
                    request: value_at(body, "/request"),
                    account: value_at(body, "/account"),
                    by,
                    on: value_at(body, "/approved/0/on"),
                    codes: codes.unwrap_or_default().into_iter().chain(failed).collect(),
                    ..event(entry, what)
                });
                Ok(())
            }
        }
    }

    /// Returns the access at this place of a body, if it is this person's.
    fn own(&self, body: &Value, at: &str) -> Option<AccessOfKey> {
        value_at::<AccessOfKey>(body, at).filter(|grant| grant.person == self.key)
    }

    fn name(&self, key: Option<String>) -> Result<Option<String>, LedgerError> {
        let Some(key) = key else { return Ok(None) };
        Ok(Some(person_of(self.conn, &key)?.map_or(key, |person| person.to_string())))
    }

    fn accepted(&mut self, entry: &LedgerEntry, body: &Value) -> Result<(), LedgerError> {
        let Some(grant) = self.own(body, "/grant") else { return Ok(()) };
        if body.pointer("/approved").is_some_and(Value::is_object) {
            let known = !self.accepted.insert(grant.clone());
            let what = match (says_yes(body, "/stands-again"), known) {
                (true, _) => LifeEventKind::StandsAgain,
                (false, true) => LifeEventKind::Changed,
                (false, false) => LifeEventKind::Accepted,
            };
            return self.approved(event(entry, what), &grant, body);
        }
        let by = self.name(value_at(body, "/by"))?;
        self.events.push(LifeEvent {
            trust: value_at(body, "/trust"),
            until: value_at(body, "/until"),
            cause: value_at(body, "/removed"),
            by,
            ..of_grant(event(entry, LifeEventKind::EndAccepted), &grant)
        });
        Ok(())
    }

    fn taken_over(&mut self, entry: &LedgerEntry, body: &Value) -> Result<(), LedgerError> {
        let Some(grant) = self.own(body, "/grant") else { return Ok(()) };
        self.accepted.insert(grant.clone());
        self.approved(event(entry, LifeEventKind::TakenOver), &grant, body)
    }

    fn approved(&mut self, event: LifeEvent, grant: &AccessOfKey, body: &Value) -> Result<(), LedgerError> {
        let by = self.name(value_at(body, "/approved/by"))?;
        self.events.push(LifeEvent {
            trust: value_at(body, "/trust"),
            role: value_at(body, "/role"),
            from: value_at(body, "/from"),
            until: value_at(body, "/until"),
            by,
            on: value_at(body, "/approved/on"),
            way: value_at(body, "/way"),
            ..of_grant(event, grant)
        });
        Ok(())
    }

    /// Adds what a step did. A right of the account may have been this person's although the step names somebody else.
    fn step(&mut self, entry: &LedgerEntry, is_about: bool) -> Result<(), LedgerError> {
        let body = &entry.body;
        let happened = |what| LifeEvent { account: value_at(body, "/account"), ..event(entry, what) };
        if is_about && says_yes(body, "/opened") {
            self.events.push(happened(LifeEventKind::AccountOpened));
        }
        for given in list_at(body, "/given") {
            let Some(grant) = self.own(given, "/grant") else { continue };
            self.events.push(of_right(of_grant(happened(LifeEventKind::Given), &grant), given));
        }
        for taken in list_at(body, "/revoked") {
            let grant = list_at(taken, "/grants").iter().find_map(|grant| self.own(grant, "/grant"));
            if grant.is_none() && !is_about {
                continue;
            }
            let told = LifeEvent { cause: value_at(taken, "/cause"), ..happened(LifeEventKind::Taken) };
            let told = grant.iter().fold(told, of_grant);
            self.events.push(of_right(told, taken));
        }
        for settled in list_at(body, "/settled") {
            let Some(grant) = self.own(settled, "/grant") else { continue };
            let told = LifeEvent { cause: value_at(settled, "/cause"), ..happened(LifeEventKind::Settled) };
            self.events.push(of_grant(told, &grant));
        }
        if is_about {
            let closed = says_yes(body, "/closed");
            let swept = says_yes(body, "/email-cleared") && !closed;
            let amended = says_yes(body, "/amended");
            let last = [
                (closed, LifeEventKind::AccountClosed),
                (swept, LifeEventKind::Swept),
                (amended, LifeEventKind::Amended),
            ];
            self.events.extend(last.into_iter().filter(|(is, _)| *is).map(|(_, what)| happened(what)));
        }
        Ok(())
    }
}

/// Returns the kind of an entry that needs no more values than its own.
fn kind_of_entry(kind: EntryKind) -> Option<LifeEventKind> {
    Some(match kind {
        EntryKind::Held => LifeEventKind::FileHeld,
        EntryKind::Mended => LifeEventKind::FileMended,
        EntryKind::RequestFreed => LifeEventKind::RequestFreed,
        EntryKind::Account => LifeEventKind::AccountFound,
        EntryKind::StepFailed => LifeEventKind::Failed,
        EntryKind::IdChanged => LifeEventKind::IdChanged,
        _ => return None,
    })
}

fn event(entry: &LedgerEntry, what: LifeEventKind) -> LifeEvent {
    LifeEvent {
        seq: entry.seq,
        at: entry.at,
        what,
        trust: None,
        application: None,
        unit: None,
        role: None,
        from: None,
        until: None,
        request: None,
        by: None,
        on: None,
        way: None,
        cause: None,
        account: None,
        codes: Vec::new(),
        clock: value_at(&entry.body, "/clock"),
    }
}

fn of_grant(event: LifeEvent, grant: &AccessOfKey) -> LifeEvent {
    LifeEvent {
        application: Some(grant.application.clone()),
        unit: Some(grant.unit),
        request: Some(grant.request.clone()),
        ..event
    }
}

fn of_right(event: LifeEvent, body: &Value) -> LifeEvent {
    match value_at::<Right>(body, "/right") {
        None => event,
        Some(right) => LifeEvent {
            application: Some(right.application),
            unit: Some(right.unit),
            role: Some(right.role),
            ..event
        },
    }
}
