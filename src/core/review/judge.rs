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
mod case;
mod known;
mod overtaken;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;

use crate::diag::{Finding, Place};
use crate::evidence::{FileSignatures, Lack, SignatureFile, namespace, not_come};
use crate::judge::{ForgeInquiry, STATEMENT_DAYS};
use crate::model::{
    Digest, Evidence, FilePath, GrantKey, PersonId, Quarter, ReviewRow, ReviewStatement, ReviewedBy,
    SettingRow, TrustId,
};
use crate::parse::{self, ParsedReview};
use crate::planted::PlantedFault;
use crate::text::Text;
use crate::tree::review_parts;

use self::answers::AnsweredBefore;
use self::known::{is_replaced, is_shown_before, is_stale, known_by};
use super::due::{Due, ReviewState, standing_of};
use super::settings::{first_setting, setting_now};
use super::told;
use super::unlisted::{unlisted, unlisted_settings};

pub use self::case::{NewReviews, ReviewCase, UsedFrom};
pub use self::known::shown_digest;
pub use self::overtaken::{Overtaken, judge_all};

/// Reviewers of a list whose statements are remembered from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested {
    /// Whether the review begins to count. Otherwise it is only shown so far that these people have reviewed.
    pub counts: bool,
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
    /// The reviewers whose statements are remembered from now on, with the reviews that begin to count.
    pub attested: Vec<Attested>,
    /// The findings for people.
    pub findings: Vec<Finding>,
}

impl Attested {
    /// The digests by which the statements are remembered.
    pub fn remembered(&self) -> impl Iterator<Item = Digest> {
        let counts = self.counts;
        self.by.iter().map(move |(_, statement)| if counts { *statement } else { shown_digest(statement) })
    }
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
                    // A forge is asked who approved the bytes as they are now, so no approval of before comes back.
                    (Evidence::Signature, None) if is_replaced(case, statement) => {
                        Err(Some(told::since_replaced()))
                    }
                    (Evidence::Forge(_), None) if is_shown_before(case, &statement.digest()) => {
                        Ok(statement.digest())
                    }
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
                    (Evidence::Signature, None) => signed_text(case, &proofs, statement, line)
                        .map_err(|lack| Some(told::lack_words(&lack))),
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
        let answerers = self.parsed.review.answerers();
        if let Some(day) = self.remembered(&answerers) {
            return self.with_all_rows(judged).then_some(day);
        }
        let last = self.begins_to_count(&answerers, judged);
        self.attest(last.is_some(), judged);
        last
    }

    /// Notes whose statements are remembered from now on: those of a review that begins to count. A forge shows an approval
    /// only for the bytes as they were, and the next reviewer changes them. So there each reviewer is remembered as
    /// soon as they are shown.
    fn attest(&self, counts: bool, judged: &mut JudgedReviews) {
        let proven = || self.lines.iter().filter(|line| line.proof.is_ok());
        let by_forge = matches!(self.case.rules.register.evidence, Evidence::Forge(_));
        let is_new = |line: &ReviewerLine<'_>| !line.is_known && !is_shown_before(self.case, &line.digest);
        let may = self.case.new == NewReviews::MayCount;
        if counts || (may && by_forge && proven().any(is_new)) {
            let from_now = proven().filter(|line| counts || is_new(line));
            let by = from_now.map(|line| (line.line.clone(), line.digest)).collect();
            let (trust, quarter) = (self.parsed.trust.clone(), self.parsed.review.quarter);
            judged.attested.push(Attested { counts, trust, quarter, by });
        }
    }

    /// Returns the day from which the review counts that did not count before. What is missing is reported.
    fn begins_to_count(&self, answerers: &BTreeSet<&PersonId>, judged: &mut JudgedReviews) -> Option<Date> {
        let review = &self.parsed.review;
        let before = judged.findings.len();
        self.unshown(judged);
        self.unnamed_answerers(answerers, judged);
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
        self.lines.iter().filter(|line| line.proof.is_ok()).map(|line| line.line.on).max()
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

    /// Returns whether a list whose statements are remembered has a row for each access that existed when it was made. A
    /// pass that accepted the statements counted the rows. If the statements are only in merged files, the rows are counted
    /// here, and what is missing is reported. The settings are not: nothing tells since when they name an account.
    fn with_all_rows(&self, judged: &mut JudgedReviews) -> bool {
        if self.case.used_from == UsedFrom::Passes {
            return true;
        }
        let all = unlisted(self.parsed, self.case.base, self.case.today);
        let count = all.iter().filter(|one| !one.came_after).count();
        let missing = told::ReviewGaps { unlisted: count, ..told::ReviewGaps::default() };
        if missing.any() {
            judged.findings.push(told::incomplete(&Place::file(self.path), &missing, &[]));
        }
        !missing.any()
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
