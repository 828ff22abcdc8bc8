//! `portvakt approve --waiting` finds what waits for the user's signature, over all branches of the remote. It shows and
//! signs each change, and sends the signature to the branch of the change. It signs only what it has shown. If the
//! change is a list of a review, it shows each answer in the signer's name. It also finds what the main branch has
//! without the user's signature. People may sign in any order. If a list ends over half of its accesses, the user must
//! type their number, as in `approve` with the name of a file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use portvakt_core::diag::{Exit, Finding, text};
use portvakt_core::model::{FilePath, PersonId};
use portvakt_core::tree::{ALLOWED_SIGNERS, SETTINGS_SIGNATURES};
use serde_json::{Value, json};

use self::gathering::KeyBranches;
use super::anew::{self, Anew};
use super::{How, Stop, Work, enrolling, own, protected};
use crate::cli::approve;
use crate::cli::ask::{Asker, Unanswered, signals};
use crate::cli::clone::git::{answer_of_git, git};
use crate::cli::clone::overtaken::is_overtaken;
use crate::cli::clone::place::{
    BRANCHES, WritingPlace, changed_on, clone_of, may_be_pushed_to, name_there, no_clone, no_target,
    open_branches, root_in_clone, target_of,
};
use crate::cli::clone::{branch_name, noted, plain};
use crate::cli::signing::{self, SignersKey};
use crate::cli::unsigned::is_signed_by_itself;
use crate::cli::{judged, output};
use crate::config::{Format, Global};

mod consent;
mod gathering;
mod half_signed;
mod on_main;
mod told;

pub(super) use half_signed::waits_for_settings;
pub(super) use on_main::sign_on_main;
use told::{no_such_name, of_branch, who_signs};

/// The signatures that were made on one branch.
struct BranchSignatures {
    branch: String,
    count: usize,
}

/// The result for all branches.
#[derive(Default)]
struct SignedBranches {
    signed: Vec<BranchSignatures>,
    /// Tells whether the user declined to sign something that was shown.
    has_left: bool,
    /// The findings about branches, each with the name of its branch.
    findings: Vec<Finding>,
    /// What the signatures wait for, in JSON: a key that is not enrolled.
    waits: Vec<Value>,
    /// Tells whether the newest branches were fetched.
    is_fetched: bool,
}

impl SignedBranches {
    /// Keeps the findings about one branch, which do not stop the others.
    ///
    /// # Errors
    /// Anything else stops the command.
    fn notes(&mut self, global: &Global, branch: &str, stop: Stop) -> Result<(), Stop> {
        let Stop::Findings(findings) = stop else { return Err(stop) };
        self.findings.extend(findings.into_iter().map(|finding| of_branch(global, branch, finding)));
        Ok(())
    }
}

/// The result for one branch.
enum Came {
    /// The branch has nothing that waits for this person.
    Nothing,
    /// It was shown, and the person did not want to sign.
    Left,
    /// This number of signatures was made and sent.
    Signed(usize),
}

/// Runs `approve --waiting` with the options of `approve`.
pub(in crate::cli) fn run(global: &Global, args: &approve::Args) -> Exit {
    let how = How {
        by: args.by.clone(),
        key: args.key.clone(),
        agent: args.agent,
        unsigned: false,
        here: false,
        yes: args.yes,
        again: false,
    };
    match sign_all_waiting(global, &how, args.ends_most) {
        Ok(done) => print_waiting(global, &done),
        Err(stop) => stop.exit(global),
    }
}

fn print_waiting(global: &Global, done: &SignedBranches) -> Exit {
    if global.format == Format::Human {
        if done.signed.is_empty() && done.findings.is_empty() {
            let nothing = if done.has_left {
                text!(en: "Nothing was signed.\n", nb: "Ingenting ble signert.\n")
            } else if done.is_fetched {
                text!(en: "Nothing waits for you.\n", nb: "Ingenting venter på deg.\n")
            } else {
                text!(
                    en: "Nothing of what was fetched last waits for you.\n",
                    nb: "Ingenting av det som sist ble hentet, venter på deg.\n"
                )
            };
            output::say(global, &nothing);
        }
        return Finding::exit_of(&done.findings);
    }
    let signed: Vec<_> = done
        .signed
        .iter()
        .map(|signed| json!({ "branch": signed.branch, "signatures": signed.count }))
        .collect();
    output::findings(global, &done.findings, json!({ "signed": signed, "waits": done.waits }))
}

fn sign_all_waiting(global: &Global, how: &How, ends_most: bool) -> Result<SignedBranches, Stop> {
    let top = clone_of(&global.root).ok_or_else(|| no_clone(&global.root))?;
    let work = Work::open(global, how)?;
    let target = target_of(&top).ok_or_else(|| no_target(&top).finding())?;
    let target = target.as_str();
    let me = work.me.clone().ok_or_else(who_signs)?;
    let key = own::own_key(global, how).ok_or_else(noted::no_key)?;
    // If the key cannot sign, the user is told once, even if nothing waits.
    let key_counts = does_key_count(&work, &key, &me)?;
    // All branches are compared with this one commit, even if more is fetched meanwhile.
    let tip = git(&top, &["rev-parse", "--verify", "--end-of-options", &format!("{target}^{{commit}}")])?;
    let tip = tip.out.trim();
    let waiting = Waiting { work: &work, top: &top, tip, me: &me, key: &key, key_counts, ends_most };
    let _left = anew::own_branches(global, &top, target);
    let mut done = SignedBranches { is_fetched: work.place.is_fetched, ..SignedBranches::default() };
    let mut references = open_branches(&top, target)?;
    let mut keys = KeyBranches::among(&top, tip, &references);
    let releases = waiting.releases();
    if releases {
        if let Some(half) = waiting.half_signed(&references) {
            waiting
                .completes(&half, &mut done)
                .or_else(|stop| done.notes(global, name_there(target), stop))?;
        }
        if waiting.gathers(&keys, target)? {
            references = open_branches(&top, target)?;
            keys = KeyBranches::among(&top, tip, &references);
        }
        keys.put_first(&mut references);
    }
    if let Some(unsigned) = waiting.unsigned_on_main(&references, |_| true) {
        waiting
            .signs_on_main(&unsigned, &mut done)
            .or_else(|stop| done.notes(global, name_there(target), stop))?;
    }
    for reference in references {
        if signals::is_to_end() {
            return Err(Unanswered(text!(en: "Stopped.", nb: "Stanset.")).into());
        }
        if keys.has_signed(&reference) {
            continue;
        }
        let branch = name_there(&reference);
        let came = if may_be_pushed_to(&top, target, branch) {
            waiting.one(&reference)
        } else {
            Err(no_such_name().into())
        };
        match came {
            // This person releases settings, and nothing of the branch waits for them. So they have signed it before.
            Ok(Came::Nothing) if releases => keys.are_signed(&reference),
            Ok(Came::Nothing) => {}
            Ok(Came::Left) => done.has_left = true,
            Ok(Came::Signed(count)) => {
                keys.are_signed(&reference);
                done.signed.push(BranchSignatures { branch: branch.to_owned(), count });
            }
            Err(stop) => done.notes(global, branch, stop)?,
        }
    }
    if !done.signed.is_empty() && !key_counts {
        done.waits.push(enrolling::enrolling(&work.desk, &me));
    }
    Ok(done)
}

/// Returns whether the main branch's list of keys has the key. A key does not count in the change that enrols it.
///
/// # Errors
/// The key cannot sign.
fn does_key_count(work: &Work<'_>, key: &SignersKey, me: &PersonId) -> Result<bool, Stop> {
    let stood = signing::Stated::default();
    let nothing = signing::SignedChange {
        files: &[],
        settings: false,
        ends_most: false,
        stood: &stood,
        leaves_people: true,
        renamed: &work.desk.base.renamed,
    };
    Ok(signing::statements_to_sign(&work.place.global, nothing, key, me)?.key_counts)
}

/// The person who signs, and the state with which each branch is compared.
struct Waiting<'a> {
    work: &'a Work<'a>,
    top: &'a Path,
    /// The commit of the branch that changes are meant for.
    tip: &'a str,
    me: &'a PersonId,
    key: &'a SignersKey,
    /// Tells whether the main branch's list of keys has the key.
    key_counts: bool,
    /// Tells whether `--ends-most` was given: a list may then end over half of its accesses.
    ends_most: bool,
}

impl Waiting<'_> {
    /// Shows and signs the changes of one branch.
    fn one(&self, reference: &str) -> Result<Came, Stop> {
        match answer_of_git(self.top, &["rev-parse", "--verify", "--quiet", reference]) {
            Some(commit) => self.at(reference, &commit),
            None => Ok(Came::Nothing),
        }
    }

    /// Shows and signs the changes of a commit. It is the branch's own commit, or the same change repeated on the
    /// newest main branch.
    fn at(&self, reference: &str, commit: &str) -> Result<Came, Stop> {
        let (work, top, tip) = (self.work, self.top, self.tip);
        let global = work.global;
        let paths = changed_on(&global.root, top, tip, commit)?;
        let mut place = WritingPlace::at(global, top, commit)?;
        if !paths.iter().any(protected::is_protected) {
            // The branch has the settings of the main branch. If others stand in for those, they do so here too.
            place.global.stand_in = work.stand_in.as_ref().map(|place| place.global.root.clone());
        }
        let since = keys_since(global, top, (tip, commit));
        let (main, branch) = (&work.place.global.root, &place.global.root);
        if since.is_some_and(|since| is_gathered(main, branch, &paths, &since)) {
            return Ok(Came::Nothing);
        }
        let files: Vec<PathBuf> = paths
            .iter()
            .filter(|path| is_signed_by_itself(path))
            .map(|path| place.global.root.join(path.as_str()))
            .filter(|path| path.is_file())
            .collect();
        // The main branch has these statements already. They are not part of the change, so they are not shown.
        let stood = signing::stated(&work.place.global, &paths);
        let settings = self.releases() && paths.iter().any(protected::is_protected);
        let ends_most = self.ends_most || Asker::new(global).at_a_terminal();
        let change = signing::SignedChange {
            files: &files,
            settings,
            ends_most,
            stood: &stood,
            leaves_people: true,
            renamed: &work.desk.base.renamed,
        };
        let branch = name_there(reference);
        let is_signed = self.statements(&place, change)?.statements.is_empty();
        // Settings are signed as a whole. Whoever has signed those of a branch signs them again if others are in force now.
        if is_signed && !settings {
            self.tell_whose(reference, &place, change);
            return Ok(Came::Nothing);
        }
        if branch.starts_with(BRANCHES) {
            // Others have done the same meanwhile, so there is nothing to sign on it.
            if is_overtaken((&global.root, top), tip, commit) {
                return Ok(Came::Nothing);
            }
            match anew::on_newest(global, top, tip, commit)? {
                Anew::Joins => {}
                Anew::Apart(files) => return Err(anew::apart(branch, &files).into()),
                Anew::Made(fresh) => {
                    output::tell(global, &fresh.words(branch));
                    return self.at(reference, &fresh.commit);
                }
            }
        }
        if is_signed {
            self.tell_whose(reference, &place, change);
            return Ok(Came::Nothing);
        }
        let judged = judged::judged_change(global, tip, commit)?;
        let differing = protected::changed_files(&judged);
        let change = signing::SignedChange { settings: settings && !differing.is_empty(), ..change };
        let signing::ToSign { statements, answers, ends_most, .. } = self.statements(&place, change)?;
        if statements.is_empty() {
            return Ok(Came::Nothing);
        }
        let root = &place.global.root;
        let beside = paths.iter().filter(|path| is_signed_by_itself(path)).map(|path| format!("{path}.sig"));
        let mut targets = beside.chain(change.settings.then(|| SETTINGS_SIGNATURES.to_owned()));
        targets.try_for_each(|path| plain::is_plain(root, &path))?;
        let mut lines = String::new();
        if change.settings {
            protected::may_be_signed(&judged, &place.global)?;
            let inside = root_in_clone(&global.root, top);
            // Where other settings stand in for those of the main branch, the signature is over all that differs from them.
            let since = judged.commits.settings.as_deref().unwrap_or(tip);
            lines = protected::changed_lines((top, &inside), (since, commit), &differing)?;
        }
        if global.format == Format::Human {
            let shown = branch_name::shown(branch);
            output::say(global, &text!(en: "\n# {shown}\n\n", nb: "\n# {shown}\n\n"));
            if let Some(warning) = branch_name::warning(branch) {
                output::say(global, &text!(with warning; en: "{warning}\n\n", nb: "{warning}\n\n"));
            }
            judged::show_judged(global, &judged);
            output::out(&lines);
            statements.iter().for_each(|statement| output::out(&format!("{statement}\n")));
            answers.iter().for_each(|answers| output::say(global, answers));
        }
        let me = self.me;
        if !self.is_to_be_signed()? {
            return Ok(Came::Left);
        }
        for (list, most) in &ends_most {
            if !self.is_meant(list, *most)? {
                return Ok(Came::Left);
            }
        }
        signing::sign(&place.global, change, self.key, me)?;
        let sent = place.add_to(branch, &format!("Signed by {me}"), me.as_str())?;
        if let Some(why) = sent.and_then(|sent| sent.why) {
            return Err(why.into());
        }
        if global.format == Format::Human {
            output::say(
                global,
                &text!(
                    en: "Signed, and sent to {branch}.\n",
                    nb: "Signert, og sendt til {branch}.\n";
                    branch = branch_name::shown(branch)
                ),
            );
            if !self.key_counts {
                let why = enrolling::not_enrolled_and_by_whom(work);
                output::say(global, &text!(with why; en: "{why}\n", nb: "{why}\n"));
            }
        }
        Ok(Came::Signed(statements.len()))
    }

    fn statements(
        &self,
        place: &WritingPlace,
        change: signing::SignedChange<'_>,
    ) -> Result<signing::ToSign, Vec<Finding>> {
        signing::statements_to_sign(&place.global, change, self.key, self.me)
    }

    /// Returns whether this person may release settings, by the register and the policies of the main branch (R44). So
    /// a change that takes their office away still waits for them.
    fn releases(&self) -> bool {
        self.work.desk.may_release().contains(self.me)
    }
}

/// Returns whether a branch only adds keys that the main branch has already. Then its keys were gathered, and nothing
/// of it is left. A branch that removes or moves a key of the main branch is different.
fn is_gathered(main: &Path, branch: &Path, paths: &[FilePath], since: &str) -> bool {
    let is_of_keys = |path: &FilePath| [ALLOWED_SIGNERS, SETTINGS_SIGNATURES].contains(&path.as_str());
    let read = |root: &Path| std::fs::read_to_string(root.join(ALLOWED_SIGNERS)).unwrap_or_default();
    let (main, branch) = (read(main), read(branch));
    let there: BTreeSet<&str> = main.lines().collect();
    let mut rest = branch.lines();
    // The branch may lack a line that the main branch has lost in the meantime.
    let stays = since.lines().filter(|line| there.contains(*line)).all(|line| rest.any(|kept| kept == line));
    stays && paths.iter().all(is_of_keys) && branch.lines().all(|line| there.contains(line))
}

/// Returns the list of keys at the commit where a branch began. It is `None` if that is unknown.
fn keys_since(global: &Global, top: &Path, (tip, commit): (&str, &str)) -> Option<String> {
    let base = answer_of_git(top, &["merge-base", tip, commit])?;
    let path = root_in_clone(&global.root, top).join(ALLOWED_SIGNERS);
    let path = path.display().to_string();
    let named = git(top, &["ls-tree", "--full-tree", "--name-only", &base, &path]).ok()?;
    if named.out.is_empty() {
        return Some(String::new());
    }
    git(top, &["cat-file", "blob", &format!("{base}:{path}")]).ok().map(|said| said.out)
}
