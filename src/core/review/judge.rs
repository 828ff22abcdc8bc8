//! Judges the lists of a tree: which review counts, since when, and what is still missing.
//!
//! A review counts under two conditions. Every row whose access still exists is answered by a person who may review
//! that row. And each of these people is proved to have reviewed, by the same kind of evidence as an approval. The
//! right to review is judged once, by what was accepted before. The statements of a review that counted are remembered.
//! While they are in the list it counts, even if a reviewer has left.
//!
//! For each trust the newest list is read first, and older ones only until one counts. The lists before that are
//! overtaken. They do not count for the due day. What they still ask for is followed until the store shows it.

mod answers;
mod overtaken;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::change::Base;
use crate::diag::{Finding, Place};
use crate::evidence::{FileSignatures, Lack, SignatureFile, namespace, not_come};
use crate::judge::{ForgeInquiry, Rules, STATEMENT_DAYS};
use crate::model::{
    Digest, Evidence, FilePath, GrantKey, PersonId, Quarter, ReviewRow, ReviewStatement, ReviewedBy,
    ReviewedChange, SettingRow, TrustId,
};
use crate::parse::{self, ParsedReview};
use crate::planted::PlantedFault;
use crate::text::Text;
use crate::tree::{ListFiles, review_parts};

use self::answers::AnsweredBefore;
use super::due::{Due, ReviewState, standing_of};
use super::settings::{first_setting, setting_now};
use super::told;
use super::unlisted::{unlisted, unlisted_settings};

pub use self::overtaken::{Overtaken, judge_all};

/// Everything that the lists are judged by.
#[derive(Debug, Clone, Copy)]
pub struct ReviewCase<'a> {
    /// The files of `reviews`.
    pub files: &'a ListFiles,
    /// The rules accepted before.
    pub rules: &'a Rules,
    /// The state that was accepted before this tree.
    pub base: &'a Base,
    /// The statements that were used before, also those of reviews that counted.
    pub used: &'a BTreeSet<Digest>,
    /// The changes of the lists that the forge knows, with their approvals.
    pub changes: &'a BTreeMap<FilePath, Vec<ReviewedChange>>,
    /// Whether the forge has been asked.
    pub forge: ForgeInquiry,
    /// The first day of the oldest access that exists, for each trust where anybody has access.
    pub first: &'a BTreeMap<TrustId, Date>,
    /// Whether a review may begin to count.
    pub new: NewReviews,
    /// The current day in the register's time zone.
    pub today: Date,
}

/// Whether a review may begin to count. One that counted before counts either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewReviews {
    /// The base holds everybody, and the clock is trusted.
    MayCount,
    /// People or the day are in doubt, or the lists are only shown. A later pass judges them.
    Wait,
}

impl<'a> ReviewCase<'a> {
    /// Makes the case of the lists of some files, beside the state that was accepted. No forge has been asked, and a
    /// review may begin to count.
    #[must_use]
    pub fn of_files(
        files: &'a ListFiles,
        rules: &'a Rules,
        base: &'a Base,
        used: &'a BTreeSet<Digest>,
        first: &'a BTreeMap<TrustId, Date>,
        today: Date,
    ) -> Self {
        static NO_CHANGES: BTreeMap<FilePath, Vec<ReviewedChange>> = BTreeMap::new();
        let (changes, forge, new) = (&NO_CHANGES, ForgeInquiry::NotAsked, NewReviews::MayCount);
        Self { files, rules, base, used, changes, forge, first, new, today }
    }
}

/// A review that begins to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// The trust, by the id it has now.
    pub trust: TrustId,
    /// The quarter that names the review.
    pub quarter: Quarter,
    /// The reviewers with their days, each with the digest of their statement.
    pub by: Vec<(ReviewedBy, Digest)>,
}

/// A list that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedList {
    /// The path of the list.
    pub path: FilePath,
    /// The content of the list, with its places.
    pub parsed: ParsedReview,
    /// The day from which it counts. `None` if it does not count.
    pub counts_from: Option<Date>,
}

/// The reviews of all trusts.
#[derive(Debug, Clone, Default)]
pub struct JudgedReviews {
    /// The lists that were read, newest first for each trust.
    pub lists: Vec<ReviewedList>,
    /// The lists that a newer one has overtaken. Only [`judge_all`] reads them.
    pub overtaken: Vec<Overtaken>,
    /// The state of each trust where anybody has access or that has a list.
    pub due: BTreeMap<TrustId, Due>,
    /// The reviews that begin to count.
    pub attested: Vec<Attested>,
    /// The findings for people.
    pub findings: Vec<Finding>,
}

impl JudgedReviews {
    /// The trusts where new access and extensions wait for the review.
    #[must_use]
    pub fn overdue(&self) -> BTreeSet<TrustId> {
        if PlantedFault::OverdueReviewGives.is_planted() {
            return BTreeSet::new();
        }
        let escalated = self.due.iter().filter(|(_, due)| due.state == ReviewState::Escalated);
        escalated.map(|(trust, _)| trust.clone()).collect()
    }
}

/// A file of a tree, with its bytes.
type File<'a> = (&'a FilePath, &'a Arc<[u8]>);

/// Judges all lists, and computes when the next review of each trust is due.
#[must_use]
pub fn judge(case: &ReviewCase<'_>) -> JudgedReviews {
    let mut judged = JudgedReviews::default();
    judged.findings.extend(case.files.odd.iter().map(told::odd));
    let mut folders: BTreeMap<&str, Vec<File<'_>>> = BTreeMap::new();
    for (path, bytes) in case.files.lists() {
        let folder = review_parts(path).map_or("", |(folder, _)| folder);
        folders.entry(folder).or_default().push((path, bytes));
    }
    let mut last: BTreeMap<TrustId, Date> = BTreeMap::new();
    let mut waiting: BTreeSet<TrustId> = BTreeSet::new();
    for lists in folders.into_values() {
        // The names sort by year and quarter, so the last one is the newest.
        for (path, bytes) in lists.into_iter().rev() {
            let parsed = match parse::review(path, bytes, &case.rules.register) {
                Ok(parsed) => parsed,
                Err(findings) => {
                    judged.findings.extend(findings.into_iter().map(told::counts_for_nothing));
                    continue;
                }
            };
            let trust = parsed.trust.clone();
            let counts_from = ReviewList::of(case, path, bytes, &parsed).weigh(&mut judged);
            judged.lists.push(ReviewedList { path: path.clone(), parsed, counts_from });
            if let Some(day) = counts_from {
                let known = last.entry(trust).or_insert(day);
                *known = day.max(*known);
                break;
            }
            waiting.insert(trust);
        }
    }
    let register = &case.rules.register;
    let mut first = case.first.clone();
    if let Some((trust, day)) = first_setting(register, case.today) {
        let known = first.entry(trust).or_insert(day);
        *known = day.min(*known);
    }
    for trust in first.keys().chain(last.keys()).chain(&waiting) {
        let (last, first) = (last.get(trust).copied(), first.get(trust).copied());
        let due = standing_of(register, last, first, waiting.contains(trust), case.today);
        if judged.due.insert(trust.clone(), due).is_none() {
            judged.findings.extend(told::due(register, trust, &due));
        }
    }
    judged
}

/// A reviewer of a list, and whether it is proved that they have reviewed it.
struct ReviewerLine<'a> {
    line: &'a ReviewedBy,
    digest: Digest,
    /// The statement is remembered, so the review counted before.
    is_known: bool,
    proof: Result<(), Option<Text>>,
}

/// One list with its evidence.
struct ReviewList<'a> {
    case: &'a ReviewCase<'a>,
    path: &'a FilePath,
    text: std::borrow::Cow<'a, str>,
    parsed: &'a ParsedReview,
    lines: Vec<ReviewerLine<'a>>,
}

impl<'a> ReviewList<'a> {
    fn of(
        case: &'a ReviewCase<'a>,
        path: &'a FilePath,
        bytes: &'a Arc<[u8]>,
        parsed: &'a ParsedReview,
    ) -> Self {
        let (register, review) = (&case.rules.register, &parsed.review);
        let signatures = SignatureFile::read(case.files.signatures(path)).signatures;
        let statements: Vec<ReviewStatement> =
            review.reviewed.iter().map(|line| review.statements(&register.id, line)).collect();
        let texts: Vec<String> = statements.iter().map(|one| one.text().to_owned()).collect();
        let proofs = FileSignatures::of(&signatures, texts);
        let lines = review
            .reviewed
            .iter()
            .zip(&statements)
            .map(|(line, statement)| {
                let known = known_by(case, statement);
                let shown = match (&register.evidence, known) {
                    (_, Some(known)) => Ok(known),
                    _ if line.on > case.today => Err(Some(not_come(line.on))),
                    _ if is_stale(line.on, case.today) => {
                        let old = Lack::TooOld { on: line.on, most_days: STATEMENT_DAYS };
                        Err(Some(old.words()))
                    }
                    (Evidence::Declared, None) => Ok(statement.digest()),
                    (Evidence::Forge(_), None) if case.forge == ForgeInquiry::NotAsked => Err(None),
                    (Evidence::Forge(_), None) => {
                        let approved = case.changes.get(path).is_some_and(|changes| {
                            changes.iter().any(|change| {
                                change.review.by == line.by
                                    && change.new.as_deref() == Some(&**bytes)
                                    && change.circumstances.later.is_empty()
                            })
                        });
                        if approved { Ok(statement.digest()) } else { Err(Some(told::not_reviewed())) }
                    }
                    (Evidence::Signature, None) => {
                        signed_text(case, &proofs, statement, line).map_err(|lack| Some(lack.words()))
                    }
                };
                let (digest, proof) = match shown {
                    Ok(digest) => (digest, Ok(())),
                    Err(why) => (statement.digest(), Err(why)),
                };
                ReviewerLine { line, digest, is_known: known.is_some(), proof }
            })
            .collect();
        Self { case, path, text: String::from_utf8_lossy(bytes), parsed, lines }
    }

    /// Returns the day from which the review counts, if it does.
    fn weigh(&self, judged: &mut JudgedReviews) -> Option<Date> {
        let review = &self.parsed.review;
        let answerers = review.answerers();
        if let Some(day) = self.remembered(&answerers) {
            return Some(day);
        }
        let before = judged.findings.len();
        self.unshown(judged);
        self.unnamed_answerers(&answerers, judged);
        let open = self.open_rows(judged);
        let refused = judged.findings.len() > before;
        let unasked = self.lines.iter().any(|line| matches!(line.proof, Err(None)));
        if self.case.new == NewReviews::Wait || refused || unasked || review.reviewed.is_empty() {
            return None;
        }
        if open.any() {
            judged.findings.push(told::incomplete(&Place::file(self.path), &open, &self.own_rows_open()));
            return None;
        }
        if answerers.is_empty() {
            return None;
        }
        let proven = self.lines.iter().filter(|line| line.proof.is_ok());
        let by: Vec<(ReviewedBy, Digest)> = proven.map(|line| (line.line.clone(), line.digest)).collect();
        let last = by.iter().map(|(line, _)| line.on).max()?;
        judged.attested.push(Attested { trust: self.parsed.trust.clone(), quarter: review.quarter, by });
        Some(last)
    }

    /// The day from which the review counted before: every answer is covered by a statement that is remembered, every
    /// access that exists has an answer, and nobody has answered their own row.
    fn remembered(&self, answerers: &BTreeSet<&PersonId>) -> Option<Date> {
        let open = |row: &ReviewRow| match &row.answered {
            Some(answered) => self.case.base.is_same(&answered.by, &row.key.person),
            None => self.stands(row),
        };
        let open_setting = |row: &SettingRow| match &row.answered {
            Some(answered) => self.is_own(&answered.by, row.setting.person()),
            None => self.setting_stands(row),
        };
        let review = &self.parsed.review;
        if review.rows.iter().any(open) || review.settings.iter().any(open_setting) {
            return None;
        }
        let mut last = None;
        for by in answerers {
            let known = self.lines.iter().find(|line| line.is_known && line.line.by == **by)?;
            last = last.max(Some(known.line.on));
        }
        last
    }

    /// Returns whether the access of a row still exists, by the current id of its person.
    fn stands(&self, row: &ReviewRow) -> bool {
        let ReviewCase { base, today, .. } = *self.case;
        let key = GrantKey { person: base.meant(&row.key.person).clone(), ..row.key.clone() };
        base.standing(&key).is_some_and(|standing| standing.lives(today))
    }

    /// Returns whether the setting of a row still exists.
    fn setting_stands(&self, row: &SettingRow) -> bool {
        let ReviewCase { rules, base, today, .. } = *self.case;
        setting_now(row, &rules.register, base, today).is_some()
    }

    /// Reports reviewers without proof that they have reviewed.
    fn unshown(&self, judged: &mut JudgedReviews) {
        for (line, span) in self.lines.iter().zip(&self.parsed.reviewed) {
            let place = span.place(self.path, &self.text);
            if line.line.on < self.parsed.review.made {
                judged.findings.push(told::before_the_list(place, line.line, self.parsed.review.made));
            } else if let Err(Some(why)) = &line.proof {
                judged.findings.push(told::unsigned(place, line.line, why));
            }
        }
    }

    /// Counts the missing answers, and reports answers by people who may not give them.
    fn open_rows(&self, judged: &mut JudgedReviews) -> told::ReviewGaps {
        let ReviewCase { rules, base, today, .. } = *self.case;
        let (mut missing, mut asked) = (told::ReviewGaps::default(), AnsweredBefore::new());
        for (row, span) in self.parsed.review.rows.iter().zip(&self.parsed.rows) {
            let stands = self.stands(row);
            let Some(answered) = &row.answered else {
                missing.unanswered += usize::from(stands);
                continue;
            };
            if stands {
                self.kept_into_the_past(answered, *span, judged);
            }
            let about = Some(&row.key.person);
            missing.unshown += self.unshown_answer((&answered.by, about, *span), &mut asked, judged);
        }
        for (row, span) in self.parsed.review.settings.iter().zip(&self.parsed.settings) {
            let Some(answered) = &row.answered else {
                missing.unanswered += usize::from(self.setting_stands(row));
                continue;
            };
            if self.setting_stands(row) {
                self.kept_into_the_past(answered, *span, judged);
            }
            let about = row.setting.person();
            missing.unshown += self.unshown_answer((&answered.by, about, *span), &mut asked, judged);
        }
        if self.case.new == NewReviews::MayCount {
            let accesses = unlisted(self.parsed, base, today).into_iter().map(|one| one.came_after);
            let settings = unlisted_settings(self.parsed, &rules.register, base, today);
            for came_after in accesses.chain(settings.into_iter().map(|one| one.came_after)) {
                let count = if came_after { &mut missing.came_after } else { &mut missing.unlisted };
                *count += 1;
            }
        }
        missing
    }
}

/// The digest of the text by which a reviewer's statement is remembered, if it is.
fn known_by(case: &ReviewCase<'_>, statement: &ReviewStatement) -> Option<Digest> {
    statement.digests().find(|digest| case.used.contains(digest))
}

/// The digest of the text that this reviewer has signed, by the evidence.
fn signed_text(
    case: &ReviewCase<'_>,
    proofs: &FileSignatures<'_>,
    statement: &ReviewStatement,
    line: &ReviewedBy,
) -> Result<Digest, Lack> {
    let (rules, days) = (case.rules, [line.on, case.today]);
    let namespace = namespace(&rules.register.id);
    proofs
        .seek(&rules.signers, statement.text(), &namespace, &line.by, &days)
        .map(|_| Digest::of(statement.text().as_bytes()))
}

/// Returns whether a statement is too old to be used for the first time.
fn is_stale(on: Date, today: Date) -> bool {
    on.checked_add(STATEMENT_DAYS.days()).unwrap_or(Date::MAX) < today
}
