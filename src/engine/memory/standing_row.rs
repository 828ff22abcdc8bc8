//! One row of the table `standing`, by the names of its columns, which are listed in [`Columns`]. Both statements, the
//! reading and the writing are made from that list.
//!
//! A new column is one line in [`Columns`] and one in [`SCHEMA`], with its meaning in [`Columns::of`] and
//! [`Columns::standing`]. `bound/accepted.rs` says how the ledger binds it. Tables of an older version get the column
//! automatically (`older.rs`), so it allows NULL or has a default.

use std::borrow::Cow;
use std::sync::LazyLock;

use jiff::civil::Date;
use portvakt_core::change::{Acceptance, AcceptanceWay, Cause, Standing};
use portvakt_core::model::{
    ApplicationId, Approval, Digest, Grant, GrantKey, PersonId, RequestId, Revocation, RoleId, TrustId,
    UnitId,
};
use portvakt_database::Row;

use super::MemoryError;
use super::columns::{Text, columns};
use super::rows::{cause, cause_word, damaged, json, to_json, vouched};

columns! {
    /// A row of `standing`: the grant, how it was accepted, and what happened to it later. Days are `YYYY-MM-DD`. The
    /// person comes first, so that the person of a row that cannot be read is found in every table at the same place.
    "standing" Columns {
        person: Text<'r>,
        application: Text<'r>,
        unit: u32,
        request: Text<'r>,
        trust: Text<'r>,
        role: Text<'r>,
        from_day: Text<'r>,
        until_day: Option<Text<'r>>,
        approved_by: Text<'r>,
        approved_on: Text<'r>,
        identity: Text<'r>,
        revoked_on: Option<Text<'r>>,
        revoked_by: Option<Text<'r>>,
        revoked_reason: Option<Text<'r>>,
        employer: Text<'r>,
        staff: Text<'r>,
        position: Option<Text<'r>>,
        login: Option<Text<'r>>,
        accepted_on: Text<'r>,
        way: Text<'r>,
        policies: Text<'r>,
        rules: Text<'r>,
        given: Option<Text<'r>>,
        replaced: Option<Text<'r>>,
        cleared: Option<Text<'r>>,
        ended: Option<Text<'r>>,
        evidence: Option<Text<'r>>,
    } written
}

/// The table and its indexes.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS standing (
    person TEXT NOT NULL, application TEXT NOT NULL, unit INTEGER NOT NULL, request TEXT NOT NULL,
    trust TEXT NOT NULL, role TEXT NOT NULL, from_day TEXT NOT NULL, until_day TEXT,
    approved_by TEXT NOT NULL, approved_on TEXT NOT NULL, identity TEXT NOT NULL,
    revoked_on TEXT, revoked_by TEXT, revoked_reason TEXT,
    employer TEXT NOT NULL, staff TEXT NOT NULL, position TEXT, login TEXT,
    accepted_on TEXT NOT NULL, way TEXT NOT NULL, policies TEXT NOT NULL, rules TEXT NOT NULL,
    given TEXT, replaced TEXT, cleared TEXT, ended TEXT, evidence TEXT,
    PRIMARY KEY (person, application, unit, request)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS standing_role ON standing (role, trust) WHERE ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_until ON standing (until_day) WHERE ended IS NULL AND until_day IS NOT NULL;
CREATE INDEX IF NOT EXISTS standing_from ON standing (from_day) WHERE given IS NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_open ON standing (person) WHERE cleared IS NOT NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_replaced ON standing (person) WHERE replaced IS NOT NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_in_force ON standing (trust, from_day, until_day, person)
    WHERE ended IS NULL AND cleared IS NULL AND revoked_on IS NULL;
CREATE INDEX IF NOT EXISTS standing_told ON standing (person, application, unit, role)
    WHERE given IS NOT NULL AND ended IS NULL;
CREATE INDEX IF NOT EXISTS standing_request ON standing (request, person);
CREATE INDEX IF NOT EXISTS standing_request_folded ON standing (upper(request), person);
";

/// The columns that name a grant. A table has one row for each.
const KEY: [&str; 4] = ["person", "application", "unit", "request"];

/// Returns the statement that reads rows; `which` is the rest of it, such as `WHERE person = ?1`.
pub(super) fn select(which: &str) -> String {
    format!("SELECT {} FROM standing {which}", Columns::NAMES.join(", "))
}

/// Writes a row that may not be there yet. A row that is there already stays as it is.
pub(super) static INSERT: LazyLock<String> = LazyLock::new(|| {
    let places: Vec<String> = (1..=Columns::NAMES.len()).map(|place| format!("?{place}")).collect();
    let (names, places) = (Columns::NAMES.join(", "), places.join(", "));
    format!("INSERT INTO standing ({names}) VALUES ({places}) ON CONFLICT DO NOTHING")
});

/// Writes a row, new or in place of the one that is there.
pub(super) static UPSERT: LazyLock<String> = LazyLock::new(|| {
    let rest = Columns::NAMES.iter().filter(|name| !KEY.contains(name));
    let set: Vec<String> = rest.map(|name| format!("{name} = excluded.{name}")).collect();
    let (key, set) = (KEY.join(", "), set.join(", "));
    INSERT.replace("DO NOTHING", &format!("({key}) DO UPDATE SET {set}"))
});

/// Reads the standing in a row that was asked for with [`select`].
///
/// # Errors
/// With [`MemoryError::Damaged`] for a row that this program does not write.
pub(super) fn standing(row: &Row<'_>) -> Result<Standing, MemoryError> {
    Columns::read(row)?.standing()
}

fn owned<'r>(value: impl ToString) -> Text<'r> {
    Cow::Owned(value.to_string())
}

fn day_column(text: &str, column: &str) -> Result<Date, MemoryError> {
    text.parse().map_err(|why| damaged(column, why))
}

fn day_or_none(text: Option<&Text<'_>>, column: &str) -> Result<Option<Date>, MemoryError> {
    text.map(|text| day_column(text, column)).transpose()
}

macro_rules! id {
    ($type:ty, $text:expr, $column:literal) => {
        <$type>::new(&$text).map_err(|why| damaged($column, why))?
    };
}

impl<'r> Columns<'r> {
    /// Returns the row of a standing.
    ///
    /// # Errors
    /// When a value cannot be written as text.
    pub(super) fn of(standing: &'r Standing) -> Result<Self, MemoryError> {
        let Standing { grant, accepted, given, replaced, cleared, ended } = standing;
        let (key, vouched, revoked) = (&grant.key, &grant.vouched, grant.revoked.as_ref());
        Ok(Self {
            person: key.person.as_str().into(),
            application: key.application.as_str().into(),
            unit: key.unit.0,
            request: key.request.as_str().into(),
            trust: grant.trust.as_str().into(),
            role: grant.role.as_str().into(),
            from_day: owned(grant.from),
            until_day: grant.until.map(owned),
            approved_by: grant.approval.by.as_str().into(),
            approved_on: owned(grant.approval.on),
            identity: to_json(&grant.approval.identity)?.into(),
            revoked_on: revoked.map(|revoked| owned(revoked.on)),
            revoked_by: revoked.map(|revoked| revoked.by.as_str().into()),
            revoked_reason: revoked.map(|revoked| revoked.reason.as_str().into()),
            employer: vouched.employer.as_str().into(),
            staff: vouched.staff.as_str().into(),
            position: vouched.position.as_ref().map(|position| position.as_str().into()),
            login: vouched.login.as_ref().map(|login| login.as_str().into()),
            accepted_on: owned(accepted.on),
            way: accepted.way.as_str().into(),
            policies: accepted.policies.join(" ").into(),
            rules: owned(accepted.rules),
            given: given.map(owned),
            replaced: replaced.as_ref().map(to_json).transpose()?.map(Cow::Owned),
            cleared: cleared.map(cause_word).transpose()?.map(Cow::Owned),
            ended: ended.map(owned),
            evidence: accepted.proof.as_ref().map(to_json).transpose()?.map(Cow::Owned),
        })
    }

    /// Returns the row of a request that served before this program knew of it (R33). Who approved it is not known.
    pub(super) fn spent(key: &'r GrantKey, on: Date, rules: &Digest) -> Self {
        Self {
            person: key.person.as_str().into(),
            application: key.application.as_str().into(),
            unit: key.unit.0,
            request: key.request.as_str().into(),
            trust: "unknown".into(),
            role: "unknown".into(),
            from_day: owned(on),
            until_day: Some(owned(on)),
            approved_by: "unknown".into(),
            approved_on: owned(on),
            identity: "\"known\"".into(),
            revoked_on: None,
            revoked_by: None,
            revoked_reason: None,
            employer: "unknown".into(),
            staff: "other".into(),
            position: None,
            login: None,
            accepted_on: owned(on),
            way: AcceptanceWay::History.as_str().into(),
            policies: "".into(),
            rules: owned(rules),
            given: None,
            replaced: None,
            cleared: Some("expired".into()),
            ended: Some(owned(on)),
            evidence: None,
        }
    }

    fn standing(&self) -> Result<Standing, MemoryError> {
        let revoked_on = day_or_none(self.revoked_on.as_ref(), "standing.revoked_on")?;
        let revoked = match (revoked_on, &self.revoked_by, &self.revoked_reason) {
            (Some(on), Some(by), Some(reason)) => Some(Revocation {
                on,
                by: id!(PersonId, by, "standing.revoked_by"),
                reason: reason.clone().into_owned(),
            }),
            _ => None,
        };
        let grant = Grant {
            key: GrantKey {
                person: id!(PersonId, self.person, "standing.person"),
                application: id!(ApplicationId, self.application, "standing.application"),
                unit: UnitId(self.unit),
                request: id!(RequestId, self.request, "standing.request"),
            },
            trust: id!(TrustId, self.trust, "standing.trust"),
            role: id!(RoleId, self.role, "standing.role"),
            from: day_column(&self.from_day, "standing.from_day")?,
            until: day_or_none(self.until_day.as_ref(), "standing.until_day")?,
            approval: Approval {
                by: id!(PersonId, self.approved_by, "standing.approved_by"),
                on: day_column(&self.approved_on, "standing.approved_on")?,
                identity: json(&self.identity, "standing.identity")?,
            },
            revoked,
            vouched: vouched([
                Some(&*self.employer),
                Some(&*self.staff),
                self.position.as_deref(),
                self.login.as_deref(),
            ])?,
        };
        let accepted = Acceptance {
            on: day_column(&self.accepted_on, "standing.accepted_on")?,
            way: match &*self.way {
                "baseline" => AcceptanceWay::Baseline,
                "judged" => AcceptanceWay::Judged,
                "history" => AcceptanceWay::History,
                other => return Err(damaged("standing.way", other)),
            },
            policies: self.policies.split_whitespace().map(str::to_owned).collect(),
            rules: Digest::parse(&self.rules).map_err(|why| damaged("standing.rules", why))?,
            proof: self.evidence.as_ref().map(|text| json(text, "standing.evidence")).transpose()?,
        };
        let cleared: Option<Cause> = self.cleared.as_ref().map(|text| cause(text)).transpose()?;
        Ok(Standing {
            grant,
            accepted,
            given: day_or_none(self.given.as_ref(), "standing.given")?,
            replaced: self.replaced.as_ref().map(|text| json(text, "standing.replaced")).transpose()?,
            cleared,
            ended: day_or_none(self.ended.as_ref(), "standing.ended")?,
        })
    }
}

#[cfg(test)]
mod tests;
