//! Reads the tree for `review`: the rules, all accesses, and the lists with their state today.

use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::change::Base;
use portvakt_core::decide::{
    AcceptedTree, accepted_tree, former_keys, knowing, replaced_in_newest, rules_of,
};
use portvakt_core::diag::{Code, Finding, Lang, Severity, text};
use portvakt_core::judge::{Authority, Rules};
use portvakt_core::model::{FilePath, PersonId, Quarter, Review, ReviewRow, Right, TrustId};
use portvakt_core::policy::Concerned;
use portvakt_core::review::{self, JudgedReviews, NewReviews, ReviewCase, ReviewedList, UsedFrom};
use portvakt_core::system::{said, way_out};
use portvakt_core::text::Text;
use portvakt_core::tree::{ListFiles, ListFolder, Snapshot, review_parts};

use crate::cli::branch_past::TreePast;
use crate::cli::due::UsedReviews;
use crate::cli::trust::{trust_meant, unknown};
use crate::cli::{today, tree, unwritten, whose};
use crate::config::{Global, SourceKind};

/// The tree that a review reads.
pub(super) struct ReviewDesk {
    pub(super) tree: Snapshot,
    /// The rules as the files have them. A list is made with these, so that its rows name the same people as the
    /// settings.
    pub(super) rules: Arc<Rules>,
    /// The same rules, with each person under the current id.
    known: Arc<Rules>,
    pub(super) base: Base,
    pub(super) today: Date,
    /// The findings about the persons' files.
    findings: Vec<Finding>,
    /// The statements of reviewers that were used before.
    before: UsedReviews,
    /// Where it is known from that they were used.
    used_from: UsedFrom,
}

impl ReviewDesk {
    /// Reads the tree. All of its content counts as accepted, also the statements of reviewers that its lists show.
    pub(super) fn open(global: &Global) -> Result<Self, Vec<Finding>> {
        let tree = tree::read_tree(global).map_err(|finding| vec![finding])?.snapshot;
        let rules = Arc::new(rules_of(&tree)?);
        let today = today::of_register(global, &rules.register).map_err(|finding| vec![finding])?;
        let AcceptedTree { head, base } = accepted_tree(&tree, &rules.register, today);
        let known = knowing(&rules, &base.renamed);
        let lists = tree.reviews();
        let (former, replaced) = TreePast::of(global).ask(|past| {
            let former = former_keys(past, lists, &known, &base.renamed);
            (former, replaced_in_newest(past, lists, &rules))
        });
        // If the past cannot be read, a key that is not there any more counts as one that never was.
        let used = review::merged(lists, &known, &former.unwrap_or_default());
        let replaced = replaced.unwrap_or_default();
        let before = UsedReviews { used, replaced, ..UsedReviews::default() };
        let (used_from, findings) = (UsedFrom::Files, head.findings);
        Ok(Self { tree, rules, known, base, today, findings, before, used_from })
    }

    /// Takes what was used before from a register, if there is one. Its passes have judged the lists.
    pub(super) fn beside_register(self, before: Option<UsedReviews>) -> Self {
        match before {
            Some(before) => Self { before, used_from: UsedFrom::Passes, ..self },
            None => self,
        }
    }

    /// Takes what was used before from the main branch, because this tree is that of an open branch. Nothing that only
    /// the branch has was accepted. If the main branch cannot be read, nothing counts as used.
    pub(super) fn on_a_branch_of(self, main: Option<&Self>) -> Self {
        let of_main = |main: &Self| (main.before.used.clone(), main.before.replaced.clone());
        let (used, replaced) = main.map(of_main).unwrap_or_default();
        let before = UsedReviews { used, replaced, ..UsedReviews::default() };
        Self { before, used_from: UsedFrom::Files, ..self }
    }

    /// Judges the lists. Beside a register, only those count that a pass has accepted.
    pub(super) fn judged(&self) -> JudgedReviews {
        self.judged_of(self.tree.reviews())
    }

    /// Judges some of the lists.
    fn judged_of(&self, files: &ListFiles) -> JudgedReviews {
        let judged = self.judged_as(files, NewReviews::MayCount);
        match self.used_from {
            UsedFrom::Files => judged,
            // The findings tell all that a list lacks.
            UsedFrom::Passes => {
                JudgedReviews { findings: judged.findings, ..self.judged_as(files, NewReviews::Wait) }
            }
        }
    }

    fn judged_as(&self, files: &ListFiles, new: NewReviews) -> JudgedReviews {
        let UsedReviews { used, replaced, .. } = &self.before;
        let first = review::oldest(&self.base, self.today);
        let case = ReviewCase::of_files(files, &self.known, &self.base, used, &first, self.today);
        review::judge_all(&ReviewCase { replaced, used_from: self.used_from, new, ..case })
    }

    /// Returns whether a list that no pass has accepted lacks nothing, so that the next pass will accept it.
    pub(super) fn waits_for_a_pass(&self, path: &FilePath) -> bool {
        let judged = self.judged_as(self.tree.reviews(), NewReviews::MayCount);
        let mut lists = judged.lists.iter().filter(|list| list.path == *path);
        self.used_from == UsedFrom::Passes && lists.any(|list| list.counts_from.is_some())
    }

    /// Refuses a trust with a file in error. A person in that file would be missing from the list, and nobody would
    /// notice.
    pub(super) fn reads_whole(&self, trust: &TrustId) -> Result<(), Vec<Finding>> {
        let folder = format!("desired-state/{trust}");
        let is_in_it = |path: &FilePath| {
            path.as_str().strip_prefix(&folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let wrong = self.findings.iter().filter(|finding| {
            finding.severity == Severity::Error
                && finding.place.as_ref().is_some_and(|place| is_in_it(&place.file))
        });
        let wrong: Vec<Finding> = wrong.cloned().collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }

    /// Returns the trust that an option means, by its id, its name or a part of it.
    pub(super) fn trust(&self, typed: &str) -> Result<TrustId, Vec<Finding>> {
        trust_meant(&self.rules.register, typed).map_err(|finding| vec![finding])
    }

    /// Refuses a trust that the register does not have.
    fn knows(&self, trust: &TrustId) -> Result<(), Vec<Finding>> {
        if self.rules.register.trusts.contains_key(trust) {
            return Ok(());
        }
        Err(vec![unknown(&self.rules.register, trust)])
    }

    /// Returns a list of a trust: that of the quarter, or the newest. The error has the findings about a file that
    /// cannot be read.
    pub(super) fn list(
        &self,
        trust: &TrustId,
        quarter: Option<Quarter>,
    ) -> Result<(FilePath, ReviewedList), Vec<Finding>> {
        self.knows(trust)?;
        let wanted = |path: &FilePath| {
            review_parts(path).is_some_and(|(folder, stem)| {
                folder == trust.as_str() && quarter.is_none_or(|quarter| quarter.to_string() == stem)
            })
        };
        let Some((path, bytes)) = self.tree.reviews().lists().filter(|(path, _)| wanted(path)).last() else {
            let which = quarter.map_or_else(Text::default, |quarter| Text::same(format!(" {quarter}")));
            let message = text!(
                with which;
                en: "there is no list{which} of `{trust}`",
                nb: "det finnes ingen liste{which} for `{trust}`"
            );
            // A list is always made for the current quarter.
            let way_out = if quarter.is_none_or(|quarter| quarter == Quarter::of(self.today)) {
                text!(
                    en: "Make one with `portvakt review start --trust {trust}`.",
                    nb: "Lag en med `portvakt review start --trust {trust}`."
                )
            } else {
                text!(
                    en: "A list is made for the current quarter only. `portvakt review show` tells which one each trust has.",
                    nb: "En liste lages bare for inneværende kvartal. `portvakt review show` sier hvilken hvert helseforetak har."
                )
            };
            return Err(vec![Finding::new(Code::UnknownName, message, way_out)]);
        };
        // An older list is judged alone, because the judgement of all lists skips it if a newer one counts.
        let mut alone = ListFiles::of(ListFolder::Reviews);
        let signatures = path.signatures();
        for path in [path, &signatures] {
            alone
                .files
                .extend(self.tree.reviews().files.get(path).map(|bytes| (path.clone(), bytes.clone())));
        }
        let judged = self.judged_of(&alone).lists.into_iter().find(|list| list.path == *path);
        let parsed = portvakt_core::parse::review(path, bytes, &self.rules.register)?;
        let list = judged.unwrap_or(ReviewedList { path: path.clone(), parsed, counts_from: None });
        Ok((path.clone(), list))
    }

    /// Returns what a row allows, in the sentences of the policies.
    pub(super) fn sentences(&self, row: &ReviewRow) -> Vec<Text> {
        let right =
            Right { application: row.key.application.clone(), unit: row.key.unit, role: row.role.clone() };
        review::sentences(&self.rules, &right)
    }

    /// Returns the people who may review the list of a trust today.
    pub(super) fn who_may_review(&self, trust: &TrustId) -> Vec<PersonId> {
        let (register, policies) = (&self.known.register, &self.known.policies);
        let authority = Authority::on(register, &self.base, &[self.today]);
        let entitled = authority.iter().filter(|(_, approver)| {
            policies.may_attest(register, approver, trust, Concerned::Another).allowed
        });
        entitled.map(|(person, _)| person.clone()).collect()
    }

    /// Returns the sentence that says who may review a list.
    pub(super) fn these_may(&self, entitled: &[PersonId]) -> Text {
        let names: Vec<String> = entitled.iter().map(|one| self.who(one)).collect();
        let names = names.join(", ");
        text!(en: "These may: {names}.", nb: "Disse kan: {names}.")
    }

    /// Returns the name of a person from their files. If no file has it, it is the name in their office. If no office
    /// has it either, it is the id.
    pub(super) fn name<'a>(&'a self, person: &'a PersonId) -> &'a str {
        let now = self.base.meant(person);
        let of_files = self.base.name_of(now);
        if of_files != now.as_str() {
            return of_files;
        }
        let mut appointments = self.rules.register.appointments.iter();
        let office = appointments.find(|appointment| self.base.meant(&appointment.person) == now);
        office.map_or(of_files, |appointment| appointment.name.as_str())
    }

    /// Returns the name of a person with their id.
    pub(super) fn who(&self, person: &PersonId) -> String {
        match self.name(person) {
            name if name == self.base.meant(person).as_str() => person.to_string(),
            name => format!("{name} ({person})"),
        }
    }

    /// Returns the text of a list's file.
    pub(super) fn written(&self, list: &Review, lang: Lang) -> String {
        review::written(list, lang, |person| self.who(person), |row| self.sentences(row))
    }
}

/// Refuses to write if the tree is read from commits.
pub(super) fn writes(global: &Global) -> Result<(), Vec<Finding>> {
    if global.source != SourceKind::Git {
        return Ok(());
    }
    let message = text!(
        en: "a review is written into a checkout, and the tree is read from commits here",
        nb: "en kontroll skrives i filene i en mappe, og her leses de rett fra git"
    );
    let way_out = text!(en: "Leave out `--source git`.", nb: "Utelat `--source git`.");
    Err(vec![Finding::new(Code::BadValue, message, way_out)])
}

/// Writes a file as a whole, so that another program sees either the old file or the new one. Returns whether the
/// content differs from the old one.
pub(super) fn replace_list(file: &Path, text: &str) -> Result<bool, Vec<Finding>> {
    if std::fs::read(file).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(false);
    }
    whose::may_put(file).map_err(|finding| vec![finding])?;
    let written = file
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| crate::cli::replaced::replace_file(file, text.as_bytes()));
    written.map(|()| true).map_err(|why| {
        let message = unwritten::cannot_write(file, &said(&why));
        vec![Finding::new(Code::SourceUnreadable, message, way_out(&why))]
    })
}
