//! Finds settings that stand in for those of a tree where its own are not valid: the newest ones of its branch that are.
//! The host does the same with the last accepted ones. So a slip in the register keeps nobody from taking access away,
//! from signing, and from a verdict on the change that mends it.

use portvakt_author::AuthorDesk;
use portvakt_core::decide::rules_of;
use portvakt_core::diag::{Code, Finding, Place, Text, text, with_full_stop};
use portvakt_core::model::Register;
use portvakt_core::tree::{ALLOWED_SIGNERS, ATTRIBUTES, REGISTER, REVOKED_KEYS, Snapshot};
use portvakt_sources::{Repository, newest_before_change};

use super::branch_past::TreePast;
use super::{output, signable, today, tree};
use crate::config::Global;

/// The number of earlier settings that are tried, starting with the newest.
const MOST: usize = 50;

/// A tree with settings that stand in for its own.
pub(super) struct StandIn {
    /// The tree, with the settings and the policies of the commit.
    pub(super) tree: Snapshot,
    /// The commit that has these settings.
    pub(super) commit: String,
}

impl StandIn {
    /// Finds the settings for a tree whose own are not valid. `commit` is the commit of the tree, or the one that its files
    /// were changed from. It is `None` if the history has no valid settings.
    pub(super) fn find(tree: &Snapshot, repository: &Repository, commit: &str) -> Option<Self> {
        let attributes = [ATTRIBUTES.to_owned(), format!("desired-state/{ATTRIBUTES}")];
        let mut paths = vec![REGISTER, ALLOWED_SIGNERS, REVOKED_KEYS, "policies"];
        paths.extend(attributes.iter().map(String::as_str));
        let valid = |rev: &str| repository.commit(rev).ok().filter(|one| rules_of(&one.snapshot).is_ok());
        let is_valid = |rev: &str| valid(rev).is_some();
        // The files may differ from their own commit, whose settings are then the newest.
        let newest = match valid(commit) {
            Some(own) => own,
            None => valid(&newest_before_change(repository, commit, &paths, MOST, is_valid).ok().flatten()?)?,
        };
        Some(Self { tree: tree.with_settings_of(&newest.snapshot), commit: newest.id })
    }

    /// Finds the settings for the tree of a place, from the branch that the place was read from.
    fn of_place(tree: &Snapshot, place: &Global) -> Option<Self> {
        let branch = place.git_branch();
        Self::find(tree, &branch.open().ok()?, branch.rev())
    }
}

/// Opens the tree of a place, by its own settings or else by the newest of its history that are valid. Beside it is the
/// commit of those, and the user is told of it. What stands there must not keep anybody from taking access away (R45).
///
/// # Errors
/// The day is not known in the register's time zone, or the history has no valid settings. The findings are then those
/// about the tree.
pub(super) fn desk(
    global: &Global,
    place: &Global,
    tree: &Snapshot,
) -> Result<(AuthorDesk, Option<String>), Vec<Finding>> {
    let past = TreePast::of(place);
    let open = |tree: Snapshot| {
        let day = today::of_tree(global, &tree).map_err(|finding| vec![finding]);
        day.map(|day| past.ask(|past| AuthorDesk::open_with(tree, past, day)))
    };
    let why = match open(tree.clone())? {
        Ok(desk) => return Ok((desk, None)),
        Err(why) => why,
    };
    let Some(StandIn { tree, commit }) = StandIn::of_place(tree, place) else { return Err(why) };
    output::tell(global, &goes_on(&why, &commit));
    open(tree)?.map(|desk| (desk, Some(commit)))
}

/// Returns the register of a place, or else the newest of its history that is valid. The user is told of that one.
///
/// # Errors
/// The history has no valid settings. The findings are then those about the register of the place.
pub(super) fn register(global: &Global, place: &Global) -> Result<Register, Vec<Finding>> {
    let why = match signable::register(place) {
        Ok(register) => return Ok(register),
        Err(why) => why,
    };
    let read = tree::read_tree(place).map_err(|finding| vec![finding])?;
    let Some(StandIn { tree, commit }) = StandIn::of_place(&read.snapshot, place) else { return Err(why) };
    let rules = rules_of(&tree)?;
    output::tell(global, &goes_on(&why, &commit));
    Ok(Register::clone(&rules.register))
}

/// Returns the advice about a base whose settings are not valid. It stops nobody, because the change may mend them.
/// `findings` are those about the base.
pub(super) fn of_the_base(findings: &[Finding], commit: &str) -> Finding {
    let what = Text::joined(findings.iter().map(with_its_place), "; ");
    let message = text!(
        with what;
        en: "the base's own settings are not valid, so the change is judged by those of {commit}, the newest before them that are: {what}",
        nb: "innstillingene i selve grunnlaget er ikke gyldige, så endringen vurderes etter dem i {commit}, de nyeste før dem som er gyldige: {what}"
    );
    let way_out = text!(
        en: "Until they are mended on the target branch, the host keeps to the last accepted ones. A mended set that differs from those waits for two national administrators, as every change of settings does; where signatures are asked for, each signs it with `portvakt approve --settings`.",
        nb: "Til de er rettet på målgrenen, holder tjenesten seg til dem som sist ble godtatt. Et rettet sett som avviker fra disse, venter på to nasjonale administratorer, som enhver endring av innstillingene; der det kreves signaturer, signerer hver av dem med `portvakt approve --settings`."
    );
    Finding::new(Code::PoliciesInvalid, message, way_out).advice()
}

/// Returns the words for somebody whose command goes on with other settings than those of the files.
pub(super) fn goes_on(findings: &[Finding], commit: &str) -> Text {
    let what = Text::joined(findings.iter().map(|one| with_its_place(one).changed(with_full_stop)), " ");
    text!(
        with what;
        en: "The settings are not valid as they stand: {what} The work goes on by those of {commit}, the newest that are valid, as the host keeps to the last accepted ones.",
        nb: "Innstillingene er ikke gyldige slik de står: {what} Arbeidet fortsetter etter dem i {commit}, de nyeste som er gyldige, slik tjenesten holder seg til dem som sist ble godtatt."
    )
}

fn with_its_place(finding: &Finding) -> Text {
    let what = finding.message.clone();
    match &finding.place {
        Some(Place { file, line, .. }) if *line > 0 => {
            text!(with what; en: "`{file}`, line {line}: {what}", nb: "`{file}`, linje {line}: {what}")
        }
        Some(Place { file, .. }) => text!(with what; en: "`{file}`: {what}", nb: "`{file}`: {what}"),
        None => what,
    }
}
