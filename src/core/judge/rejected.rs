//! Judges the lists of rejected applications (R3). It finds which rejections count, and so which numbers serve nobody.
//!
//! A rejection needs evidence like an approval: the signature of the administrator it names, the forge, or nothing if
//! approvals are only declared. The right to reject is judged once, by what was accepted before. A person may reject if
//! the policies let them approve some access at the trust. A rejection that counted is remembered by its statement.
//! While it is in the list it counts, even if the administrator has left. A rejection without evidence does not count,
//! so nobody can block a number by writing it down. A list that cannot be read rejects every number in it until it is
//! corrected, so a slip lets nobody in. A list that keeps changing while it is read also rejects every number that was
//! seen in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::change::Base;
use crate::diag::{Code, Finding, Place, Text, quoted, text};
use crate::evidence::{FileSignatures, Lack, SignatureFile, namespace, not_come};
use crate::model::{Digest, Evidence, FilePath, PersonId, Rejection, RequestId, TrustId};
use crate::parse::{self, ParsedRejections, RejectedEntry, Span};
use crate::planted::PlantedFault;
use crate::tree::{ListFiles, Odd, Oddity};

use super::owners::owners;
use super::proof::{STATEMENT_DAYS, Used};
use super::{Authority, Rules};

/// The people whose approval of a rejection the forge knows, by the statement of the rejection.
pub type ApprovedRejections = BTreeMap<Digest, BTreeSet<PersonId>>;

/// Everything that the lists are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Rejecting<'a> {
    /// The files of `requests`.
    pub files: &'a ListFiles,
    /// The rules accepted before.
    pub rules: &'a Rules,
    /// What was accepted before.
    pub base: &'a Base,
    /// The statements that were used before, also those of rejections that counted.
    pub used: &'a Used,
    /// The approvals that the forge knows. It is `None` if the forge has not been asked.
    pub approved: Option<&'a ApprovedRejections>,
    /// The register's day, on which a new rejection must be in order. It is `None` for a tree by itself, whose rejections may
    /// have been accepted long ago.
    pub today: Option<Date>,
    /// Whether the day is certain. If it is not, no new rejection begins to count.
    pub is_trusted: bool,
}

/// The numbers that serve nobody.
#[derive(Debug, Clone, Default)]
pub struct Rejected {
    /// The rejections that count, by the folded number ([`RequestId::folded`]).
    numbers: BTreeMap<RequestId, Bar>,
    /// The lists that cannot be read, with the words in them, folded like numbers.
    unread: BTreeMap<FilePath, BTreeSet<String>>,
    /// All rejections that count, by their statements.
    pub accepted: BTreeMap<Digest, Counted>,
    /// The findings about the lists, for people.
    pub findings: Vec<Finding>,
}

/// A rejection that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The trust, by the id it has now.
    pub trust: TrustId,
    /// The rejected application, with its day, person and reason.
    pub rejection: Rejection,
}

/// The reason why a number serves nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bar {
    /// The application was rejected.
    Rejected {
        /// The path of the list.
        list: FilePath,
        /// The rejected application, with its day, person and reason.
        rejection: Rejection,
    },
    /// The number is in a list that cannot be read.
    Unread {
        /// The path of the list that cannot be read.
        list: FilePath,
    },
}

impl Rejected {
    /// The reason why this number serves nobody, if there is one.
    #[must_use]
    pub fn bar(&self, request: &RequestId) -> Option<Bar> {
        if PlantedFault::RejectedServes.is_planted() {
            return None;
        }
        let number = request.folded();
        let unread = || {
            let (list, _) = self.unread.iter().find(|(_, words)| words.contains(number.as_str()))?;
            Some(Bar::Unread { list: list.clone() })
        };
        self.numbers.get(&number).cloned().or_else(unread)
    }
}

/// Judges all lists of the tree, beside the accepted state.
#[must_use]
pub fn rejected(case: &Rejecting<'_>) -> Rejected {
    let mut rejected = Rejected::default();
    rejected.findings.extend(case.files.odd.iter().map(odd));
    for (path, bytes) in case.files.lists() {
        match parse::rejections(path, bytes, &case.rules.register) {
            Ok(parsed) => RejectionList::of(case, path, bytes, &parsed).judge(&mut rejected),
            Err(findings) => {
                rejected.findings.extend(findings.into_iter().map(bars_all));
                rejected.unread.insert(path.clone(), words(bytes));
            }
        }
    }
    for (path, lines) in &case.files.restless {
        rejected.unread.entry(path.clone()).or_default().extend(words(lines));
    }
    rejected
}

/// Judges the lists of a tree by itself. Their content may have been accepted long ago. So a rejection need not be
/// valid on any day, and no forge is asked.
#[must_use]
pub fn rejected_alone(files: &ListFiles, rules: &Rules, base: &Base) -> Rejected {
    rejected(&Rejecting {
        files,
        rules,
        base,
        used: &Used::new(),
        approved: None,
        today: None,
        is_trusted: true,
    })
}

/// The words of a list that may be numbers of applications.
fn words(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes);
    let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let words = text.split(|c: char| !joins(c)).map(|word| word.trim_matches(['.', '-']));
    words.filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect()
}

/// One list with its evidence.
struct RejectionList<'a> {
    case: &'a Rejecting<'a>,
    path: &'a FilePath,
    text: std::borrow::Cow<'a, str>,
    parsed: &'a ParsedRejections,
    statements: Vec<String>,
    signatures: SignatureFile,
}

impl<'a> RejectionList<'a> {
    fn of(
        case: &'a Rejecting<'a>,
        path: &'a FilePath,
        bytes: &'a Arc<[u8]>,
        parsed: &'a ParsedRejections,
    ) -> Self {
        let id = &case.rules.register.id;
        let statements =
            parsed.entries.iter().map(|entry| entry.rejection.statement(id, &parsed.written)).collect();
        let signatures = SignatureFile::read_of_a_list(case.files.signatures(path));
        Self { case, path, text: String::from_utf8_lossy(bytes), parsed, statements, signatures }
    }

    fn judge(&self, rejected: &mut Rejected) {
        let proofs = FileSignatures::of(&self.signatures.signatures, self.statements.as_slice());
        let mut entitled: BTreeMap<Date, BTreeSet<PersonId>> = BTreeMap::new();
        for (entry, statement) in self.parsed.entries.iter().zip(&self.statements) {
            let rejection = &entry.rejection;
            let digest = Digest::of(statement.as_bytes());
            let counts = if self.case.used.contains(&digest) {
                true
            } else if !self.case.is_trusted {
                false
            } else {
                match self.shown(&proofs, entry, statement, digest) {
                    Err((span, why)) => {
                        rejected.findings.push(self.without_effect(span, rejection, &why));
                        false
                    }
                    Ok(()) => self.entitled(entry, &mut entitled, rejected),
                }
            };
            if counts {
                let (trust, counted) = (self.parsed.trust.clone(), rejection.clone());
                rejected.accepted.insert(digest, Counted { trust, rejection: counted });
                let bar = Bar::Rejected { list: self.path.clone(), rejection: rejection.clone() };
                rejected.numbers.insert(rejection.request.folded(), bar);
            }
        }
    }

    /// Returns whether something shows that the administrator has rejected it. If not, the place and the reason are returned.
    fn shown(
        &self,
        proofs: &FileSignatures<'_>,
        entry: &RejectedEntry,
        statement: &str,
        digest: Digest,
    ) -> Result<(), (Span, Text)> {
        let (on, by) = (entry.rejection.on, &entry.rejection.by);
        let register = &self.case.rules.register;
        if let Some(today) = self.case.today {
            if today < on {
                return Err((entry.on, not_come(on)));
            }
            if on.checked_add(STATEMENT_DAYS.days()).unwrap_or(Date::MAX) < today {
                return Err((entry.on, Lack::TooOld { on, most_days: STATEMENT_DAYS }.words()));
            }
        }
        match (&register.evidence, self.case.approved) {
            (Evidence::Declared, _) | (Evidence::Forge(_), None) => Ok(()),
            (Evidence::Forge(_), Some(_)) if self.case.today.is_none() => Ok(()),
            (Evidence::Forge(_), Some(approved)) => {
                if approved.get(&digest).is_some_and(|people| people.contains(by)) {
                    return Ok(());
                }
                Err((
                    entry.by,
                    text!(
                        en: "the forge knows of no approval by `{by}` of what stands here",
                        nb: "kodeplattformen kjenner ingen godkjenning fra `{by}` av det som står her"
                    ),
                ))
            }
            (Evidence::Signature, _) => {
                let days: Vec<Date> = std::iter::once(on).chain(self.case.today).collect();
                let signers = &self.case.rules.signers;
                proofs
                    .seek(signers, statement, &namespace(&register.id), by, &days)
                    .map(drop)
                    .map_err(|lack| (entry.by, lack.words()))
            }
        }
    }

    /// Returns whether the administrator may reject at this trust, because they may approve some access there.
    fn entitled(
        &self,
        entry: &RejectedEntry,
        known: &mut BTreeMap<Date, BTreeSet<PersonId>>,
        rejected: &mut Rejected,
    ) -> bool {
        let Some(today) = self.case.today else { return true };
        let rejection = &entry.rejection;
        let may = known.entry(rejection.on).or_insert_with(|| {
            who_may_reject(self.case.rules, self.case.base, &self.parsed.trust, &[rejection.on, today])
        });
        if may.contains(self.case.base.meant(&rejection.by)) {
            return true;
        }
        let (by, trust, names) = (&rejection.by, &self.parsed.trust, quoted(may.iter()));
        let why = text!(
            en: "`{by}` may not decide at {trust}; these may: {names}",
            nb: "`{by}` kan ikke avgjøre ved {trust}; disse kan: {names}"
        );
        rejected.findings.push(self.without_effect(entry.by, rejection, &why));
        false
    }

    fn without_effect(&self, span: Span, rejection: &Rejection, why: &Text) -> Finding {
        let request = &rejection.request;
        let message = text!(
            with why;
            en: "the rejection of `{request}` counts for nothing: {why}",
            nb: "avvisningen av `{request}` teller ikke: {why}"
        );
        let way_out = text!(
            en: "Let an administrator of the trust reject it and sign (`portvakt approve {path}`), or take the entry out.",
            nb: "La en administrator ved helseforetaket avvise den og signere (`portvakt approve {path}`), eller ta ut oppføringen.";
            path = self.path
        );
        Finding::new(Code::RejectionWithoutEffect, message, way_out).at(span.place(self.path, &self.text))
    }
}

/// Returns the people who may reject applications at a trust. The policies let them approve some access there, with the
/// authority that they have on all of these days (R3).
#[must_use]
pub fn who_may_reject(rules: &Rules, base: &Base, trust: &TrustId, days: &[Date]) -> BTreeSet<PersonId> {
    let authority = Authority::on(&rules.register, base, days);
    owners(rules, &authority).folders.remove(trust).unwrap_or_default()
}

/// The finding about an odd path in `requests`.
fn odd(odd: &Odd) -> Finding {
    let path = &odd.path;
    let what = match odd.what {
        Oddity::Nested | Oddity::Misplaced => {
            text!(en: "not what belongs there", nb: "ikke det som hører hjemme der")
        }
        _ => odd.what.words(),
    };
    let (message, way_out) = if matches!(odd.what, Oddity::Restless { .. }) {
        let message = text!(
            with what;
            en: "`{path}` is {what}; no number in it gives anybody new access until it has come to rest",
            nb: "`{path}` er {what}; ingen av numrene i den gir noen ny tilgang før den er ferdig endret"
        );
        (message, odd.what.way_out())
    } else {
        let message = text!(
            with what;
            en: "`{path}` is {what}; it rejects nothing",
            nb: "`{path}` er {what}; det avviser ingenting"
        );
        let way_out = text!(
            en: "Take it away, or put the file itself in its place: `requests/<trust>.yaml`.",
            nb: "Fjern det, eller legg selve filen på plassen: `requests/<helseforetak>.yaml`."
        );
        (message, way_out)
    };
    Finding::new(Code::RejectionsUnread, message, way_out).at(Place::file(&FilePath::new(&odd.path)))
}

/// Adds to a finding about a list that the list blocks all its numbers.
fn bars_all(mut finding: Finding) -> Finding {
    finding.way_out = std::mem::take(&mut finding.way_out).and(text!(
        en: "Until then no number in this list serves anybody new.",
        nb: "Inntil da gir ingen av numrene i denne listen noen ny tilgang."
    ));
    finding
}
