//! Says whose keys count. It reads `allowed_signers` and `revoked_keys` of the tree as OpenSSH does, and more
//! strictly.
//!
//! One key belongs to one person, and a person may have several keys. Patterns and certificate authorities are
//! refused. A line names one person and one key, so every reader knows who can sign. Any fault makes the whole file
//! unusable, and the keys accepted before stay in force. So a typing error gives nobody a key and takes nobody's key
//! away.

mod lines;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::fingerprint::Fingerprint;
use super::key::PublicKey;
use super::lack::{Lack, Only, Validity};
use super::options::{Options, Wrong, length, read_options};
use super::sealed::Sealed;
use super::signature::Signature;
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{FilePath, PersonId};
use crate::parse::reading::{meant_id, write_instead};
use crate::tree::{ALLOWED_SIGNERS, REVOKED_KEYS};
use crate::zone::{another_zone, time_zone};

use lines::{SignerLine, each_line, unmerged_in};

/// The keys that count, and the keys that are revoked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signers {
    keys: BTreeMap<Fingerprint, Holder>,
    revoked: BTreeSet<Fingerprint>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Holder {
    person: PersonId,
    /// The first line that has the key.
    line: usize,
    /// The options of each line that has the key.
    terms: Vec<Options>,
}

impl Signers {
    /// Reads both files. A missing file counts as empty. `zone` is the IANA name of the register's time zone.
    ///
    /// # Errors
    /// Returns everything that is wrong in either file, each with its line.
    pub fn parse(allowed: &[u8], revoked: &[u8], zone: &str) -> Result<Self, Vec<Finding>> {
        let unmerged: Vec<Finding> = [(ALLOWED_SIGNERS, allowed), (REVOKED_KEYS, revoked)]
            .into_iter()
            .filter_map(|(path, bytes)| unmerged_in(path, bytes))
            .collect();
        if !unmerged.is_empty() {
            return Err(unmerged);
        }
        let mut signers = Self::default();
        let mut findings = Vec::new();
        match time_zone(zone) {
            Ok(zone) => each_line(ALLOWED_SIGNERS, allowed, &mut findings, |page| signers.line(page, &zone)),
            Err(_) => findings.push(
                Finding::new(
                    Code::SignersInvalid,
                    text!(
                        en: "The time zone `{zone}` is not known, so the days of the keys cannot be read.",
                        nb: "Tidssonen `{zone}` er ukjent, så dagene nøklene gjelder, kan ikke leses."
                    ),
                    another_zone(),
                )
                .at(Place::file(&FilePath::new(ALLOWED_SIGNERS))),
            ),
        }
        each_line(REVOKED_KEYS, revoked, &mut findings, |page| {
            let key = PublicKey::from_line(page.line).map_err(|why| {
                let why = why.words();
                let what = text!(
                    with why;
                    en: "this is no key that could be revoked: {why}",
                    nb: "dette er ingen nøkkel som kan trekkes tilbake: {why}"
                );
                let way_out = text!(
                    en: "Write one public key a line, as it stands in its `.pub` file; other revocation lists (KRL) are not read.",
                    nb: "Skriv én offentlig nøkkel per linje, slik den står i `.pub`-filen; andre lister over tilbaketrukne nøkler (KRL) leses ikke."
                );
                Wrong { start: 0, end: page.line.len(), what, way_out }
            })?;
            signers.revoked.insert(key.fingerprint().clone());
            Ok(())
        });
        if findings.is_empty() { Ok(signers) } else { Err(findings) }
    }

    /// Whether this person has a key, no matter on which days it counts.
    #[must_use]
    pub fn has_key_of(&self, person: &PersonId) -> bool {
        self.keys.values().any(|holder| holder.person == *person)
    }

    /// Returns the same keys, with their holders under the ids they have now.
    #[must_use]
    pub fn knowing(&self, renamed: &BTreeMap<PersonId, PersonId>) -> Self {
        let mut signers = self.clone();
        for holder in signers.keys.values_mut() {
            if let Some(now) = renamed.get(&holder.person) {
                holder.person.clone_from(now);
            }
        }
        signers
    }

    fn line(&mut self, page: SignerLine<'_>, zone: &TimeZone) -> Result<(), Wrong> {
        let wrong = |start: usize, end: usize, what: Text, way_out: Text| Wrong { start, end, what, way_out };
        let form = || {
            text!(
                en: "A line is the person's id, options if any, and the public key: `kari.testesen ssh-ed25519 AAAA…`.",
                nb: "En linje er personens id, eventuelle valg og den offentlige nøkkelen: `kari.testesen ssh-ed25519 AAAA…`."
            )
        };
        let line = page.line;
        let name_end = line.find([' ', '\t']).unwrap_or(line.len());
        let name = line.get(..name_end).unwrap_or_default();
        if name.contains(',') {
            let what = text!(
                en: "`{name}` is more than one person, and a key belongs to one",
                nb: "`{name}` er mer enn én person, og en nøkkel tilhører én"
            );
            let way_out = text!(
                en: "Write one person's id; everybody has a key of their own.",
                nb: "Skriv én persons id; alle har sin egen nøkkel."
            );
            return Err(wrong(0, name_end, what, way_out));
        }
        if name.contains(['*', '?', '!']) {
            let what = text!(
                en: "`{name}` is a pattern, and a key belongs to one person",
                nb: "`{name}` er et mønster, og en nøkkel tilhører én person"
            );
            let way_out = text!(en: "Write one person's id.", nb: "Skriv én persons id.");
            return Err(wrong(0, name_end, what, way_out));
        }
        let person = PersonId::new(name).map_err(|why| {
            let (name, why) = (name.escape_debug(), why.words());
            let what = text!(
                with why;
                en: "`{name}` is no person's id: {why}",
                nb: "`{name}` er ingen persons id: {why}"
            );
            let way_out = match meant_person(line) {
                Some(meant) => write_instead(meant).and(form()),
                None => form(),
            };
            wrong(0, name_end, what, way_out)
        })?;
        let after = |from: usize| {
            let rest = line.get(from..).unwrap_or_default();
            from + rest.len() - rest.trim_start_matches([' ', '\t']).len()
        };
        let mut key_start = after(name_end);
        let mut options = Options { validity: Validity { from: None, until: None }, namespaces: None };
        let rest = line.get(key_start..).unwrap_or_default();
        if !rest.is_empty() && !["ssh-", "ecdsa-", "sk-"].iter().any(|kind| rest.starts_with(kind)) {
            let end = length(rest);
            let moved =
                |found: Wrong| Wrong { start: found.start + key_start, end: found.end + key_start, ..found };
            options = read_options(rest.get(..end).unwrap_or_default(), zone).map_err(moved)?;
            key_start = after(key_start + end);
        }
        let key = PublicKey::from_line(line.get(key_start..).unwrap_or_default()).map_err(|why| {
            let why = why.words();
            let what = text!(
                with why;
                en: "the key of `{person}` cannot be used: {why}",
                nb: "nøkkelen til `{person}` kan ikke brukes: {why}"
            );
            wrong(key_start, line.len(), what, form())
        })?;
        let fingerprint = key.fingerprint().clone();
        let holder = self.keys.entry(fingerprint).or_insert_with(|| Holder {
            person: person.clone(),
            line: page.number,
            terms: Vec::new(),
        });
        if holder.person != person {
            let (owner, line) = (&holder.person, holder.line);
            let what = text!(
                en: "this is the key of `{owner}` in line {line}, and a key belongs to one person",
                nb: "dette er nøkkelen til `{owner}` på linje {line}, og en nøkkel tilhører én person"
            );
            let way_out = text!(
                en: "Find out whose key it is, and let the other make one of their own.",
                nb: "Finn ut hvem som eier nøkkelen, og la den andre lage sin egen."
            );
            return Err(wrong(0, name_end, what, way_out));
        }
        holder.terms.push(options);
        Ok(())
    }

    /// Every key with its holder, in the order of the fingerprints.
    pub fn keys(&self) -> impl Iterator<Item = (&Fingerprint, &PersonId)> {
        self.keys.iter().map(|(key, holder)| (key, &holder.person))
    }

    /// The people who lose a key, if the only difference from the keys before is that some are removed or revoked. No
    /// key may be new, belong to another person or count on other days. It is `None` if there is any other difference
    /// (R44).
    #[must_use]
    pub fn only_takes_from(&self, before: &Self) -> Option<BTreeSet<PersonId>> {
        let kept = |(key, holder): (&Fingerprint, &Holder)| {
            before.keys.get(key).is_some_and(|was| was.person == holder.person && was.terms == holder.terms)
        };
        if !self.keys.iter().all(kept) || !self.revoked.is_superset(&before.revoked) {
            return None;
        }
        let gone = |key: &Fingerprint| {
            !self.keys.contains_key(key) || (self.revoked.contains(key) && !before.revoked.contains(key))
        };
        Some(before.keys.iter().filter(|(key, _)| gone(key)).map(|(_, was)| was.person.clone()).collect())
    }

    /// The person the key belongs to, whether it counts today or not.
    #[must_use]
    pub fn holder(&self, key: &Fingerprint) -> Option<&PersonId> {
        self.keys.get(key).map(|holder| &holder.person)
    }

    /// The keys of a person, whether they count today or not.
    pub fn keys_of<'a>(&'a self, person: &'a PersonId) -> impl Iterator<Item = &'a Fingerprint> {
        self.keys.iter().filter(move |(_, holder)| holder.person == *person).map(|(key, _)| key)
    }

    /// The last days on which keys of a person count, as far as their lines name one.
    pub fn ends_of<'a>(&'a self, person: &'a PersonId) -> impl Iterator<Item = Date> {
        let own = self.keys.values().filter(move |holder| holder.person == *person);
        own.flat_map(|holder| &holder.terms).filter_map(|terms| terms.validity.until)
    }

    /// The revoked keys, which never count again.
    #[must_use]
    pub fn revoked(&self) -> &BTreeSet<Fingerprint> {
        &self.revoked
    }

    /// Checks that the key counts as that person's, for that namespace, on each of those days.
    ///
    /// # Errors
    /// Returns the reason if the key does not count.
    pub fn counts(
        &self,
        key: &Fingerprint,
        namespace: &str,
        by: &PersonId,
        days: &[Date],
    ) -> Result<(), Lack> {
        let key = || key.clone();
        let holder = self.keys.get(&key());
        if self.revoked.contains(&key()) {
            return Err(Lack::RevokedKey { key: key(), owner: holder.map(|holder| holder.person.clone()) });
        }
        let Some(holder) = holder else { return Err(Lack::UnknownKey { key: key() }) };
        if holder.person != *by {
            return Err(Lack::AnotherSigner { key: key(), owner: holder.person.clone(), named: by.clone() });
        }
        let here = |options: &&Options| {
            options.namespaces.as_ref().is_none_or(|list| list.iter().any(|one| one == namespace))
        };
        let terms: Vec<&Options> = holder.terms.iter().filter(here).collect();
        let Some(last) = terms.last() else {
            let mut only: Vec<String> =
                holder.terms.iter().filter_map(|options| options.namespaces.clone()).flatten().collect();
            only.sort();
            only.dedup();
            return Err(Lack::WrongNamespace {
                key: key(),
                only: Only::Key(only),
                wanted: namespace.to_owned(),
            });
        };
        let uncovered = |day: &&Date| !terms.iter().any(|options| options.validity.covers(**day));
        match days.iter().find(uncovered) {
            None => Ok(()),
            Some(day) => Err(Lack::OutsideValidity {
                key: key(),
                owner: holder.person.clone(),
                day: *day,
                validity: last.validity,
            }),
        }
    }

    /// Checks that a signature proves that a person signed a statement. It must cover the statement and be made for
    /// the namespace, and its key must count as that person's on each of the days.
    ///
    /// # Errors
    /// Returns the reason if it is not proof.
    pub fn weigh(
        &self,
        signature: &Signature,
        namespace: &str,
        statement: &[u8],
        by: &PersonId,
        days: &[Date],
    ) -> Result<Sealed, Lack> {
        if signature.covers(statement) {
            self.weigh_covering(signature, namespace, by, days)
        } else {
            Err(Lack::SignedSomethingElse { key: signature.key.clone() })
        }
    }

    /// Does the same as `weigh` for a signature that is known to cover the statement.
    pub(super) fn weigh_covering(
        &self,
        signature: &Signature,
        namespace: &str,
        by: &PersonId,
        days: &[Date],
    ) -> Result<Sealed, Lack> {
        if signature.namespace != namespace {
            return Err(Lack::WrongNamespace {
                key: signature.key.clone(),
                only: Only::Signature(signature.namespace.clone()),
                wanted: namespace.to_owned(),
            });
        }
        self.counts(&signature.key, namespace, by, days)?;
        Ok(Sealed { key: signature.key.clone() })
    }
}

/// The id that is meant by the words before the options and the key, such as `Bjørn Lederesen`.
fn meant_person(line: &str) -> Option<String> {
    const NEXT: [&str; 5] = ["ssh-", "ecdsa-", "sk-", "valid-", "namespaces="];
    let begins = |at: &usize| {
        let rest = line.get(at + 1..).unwrap_or_default();
        NEXT.iter().any(|next| rest.starts_with(next))
    };
    let end = line.match_indices([' ', '\t']).map(|(at, _)| at).find(begins)?;
    meant_id(line.get(..end)?, PersonId::new, '.')
}
