//! Finds what a digest names for a release. It can be a set that a guard holds, the number of an application that
//! another person has already, the state of an older version, or changed rules. It is computed again, so a set that is
//! no longer held is not released.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::change::{Base, Why, between};
use portvakt_core::decide::{SettingsWait, administrators_needed, head_of_tree, only_takes, policies_of};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::judge::{Refusal, Rules, would_be_denied, would_be_permitted};
use portvakt_core::model::{Digest, FilePath, GrantKey};
use portvakt_core::plan::HeldSet;
use portvakt_core::tree::Snapshot;
use portvakt_engine::memory;
use portvakt_engine::reconcile::engine::EngineError;
use portvakt_stores::tables::Tables;

use crate::cli::decision::Opened;
use crate::cli::{compared, output, planned, required, tree};
use crate::config::Global;

/// The thing that a digest names.
pub(super) struct Releasable {
    /// The kind of thing it is.
    pub(super) kind: ReleasableKind,
    /// The people it affects. They may not release it themselves.
    pub(super) people: BTreeSet<String>,
    /// The number of national administrators that are needed (R44).
    pub(super) needed: usize,
    /// A note that is shown together with the release.
    pub(super) beside: Text,
    /// The policies that must be proved before they are in force. It is `None` if the register asks for no proof.
    pub(super) unproved: Option<Unproved>,
}

/// The kind of thing that is released.
pub(super) enum ReleasableKind {
    /// A set that a guard holds.
    Set(HeldSet),
    /// The state that an older version of the program remembered.
    Memory,
    /// The number of an application that another person has already.
    Request,
    /// Changed rules.
    Rules,
}

impl ReleasableKind {
    /// Returns the word that the ledger uses for it.
    pub(super) fn ledger_word(&self) -> &'static str {
        match self {
            Self::Set(set) => set.why.ledger_word(),
            Self::Memory => "memory",
            Self::Request => "request",
            Self::Rules => "rules",
        }
    }

    /// Returns the words for people.
    fn words(&self) -> Text {
        match self {
            Self::Set(set) => set.why.what(),
            Self::Memory => text!(en: "memory", nb: "overtatt tilstand"),
            Self::Request => text!(en: "the number of an application", nb: "nummeret på en søknad"),
            Self::Rules => text!(en: "rules", nb: "regler"),
        }
    }
}

/// Changed policies for which the register in force wants a proof.
pub(super) struct Unproved {
    pub(super) tree: Snapshot,
    pub(super) rules: Rules,
    /// The sets that were proved on this host, each with the digest of its prover.
    pub(super) known: BTreeMap<Digest, Digest>,
    /// Tells whether the change has its approval, in the tree or on this host.
    pub(super) approved: bool,
}

impl Releasable {
    /// Makes a release that two administrators must give, without a note and without a proof.
    fn of(kind: ReleasableKind, people: BTreeSet<String>) -> Self {
        Self { kind, people, needed: 2, beside: Text::default(), unproved: None }
    }

    /// Returns the words for people.
    pub(super) fn description(&self) -> Text {
        self.kind.words()
    }
}

/// Returns the note that a release of the settings does not release anything else that waits.
fn nothing_else_goes() -> Text {
    text!(
        en: "It lets nothing else go: what waits for a release keeps the limits it was first held by, and is released by its own digest.\n",
        nb: "Det slipper ikke noe annet gjennom: det som venter på frigivelse, beholder grensene det først ble holdt tilbake etter, og frigis med sin egen kontrollsum.\n"
    )
}

/// Finds a hold that only a running daemon can see and record. The reason is a file that comes and goes, or a tree
/// that may be older than the accepted one.
fn only_daemon(register: &Tables, digest: Digest) -> Result<Option<HeldSet>, EngineError> {
    let held = memory::removal_holds(register.connection())?;
    let Some(hold) = held.into_iter().find(|hold| hold.digest == digest) else { return Ok(None) };
    let Some(why @ (Why::Blinking | Why::OlderTree)) = hold.why else { return Ok(None) };
    let read = |error: serde_json::Error| {
        EngineError::from(memory::MemoryError::Damaged(format!("what is held: {error}")))
    };
    let people = hold.summary.get("people").cloned().unwrap_or_default();
    let people: BTreeSet<String> = serde_json::from_value(people).map_err(read)?;
    let asked = u32::try_from(people.len()).unwrap_or(u32::MAX);
    Ok(Some(HeldSet { digest, why, trust: None, people, items: BTreeSet::new(), allowed: 0, asked }))
}

/// The accesses that the changed rules would judge otherwise.
struct JudgedOtherwise {
    denied: Vec<Finding>,
    permitted: Vec<Finding>,
}

impl JudgedOtherwise {
    /// Finds these accesses among the accepted ones, and among the entries of the tree that this pass refuses. A
    /// refused entry stays refused until its own words change. Then it may be written again.
    fn of(
        opened: &Opened,
        rules: &Rules,
        base: &Base,
        tree: &Snapshot,
        refused: &BTreeMap<GrantKey, (FilePath, Refusal)>,
    ) -> Self {
        let head = head_of_tree(tree, &opened.rules.register);
        let asked = between(base, &head, &BTreeSet::new(), opened.today);
        let refused = asked.gives.iter().filter(|change| refused.contains_key(&change.after.grant.key));
        Self {
            denied: would_be_denied(&opened.rules, rules, base, opened.today),
            permitted: would_be_permitted(&opened.rules, rules, base, refused, opened.today),
        }
    }

    /// Names these accesses to the person who releases the rules.
    fn tell(&self, global: &Global) {
        let (denies, permits) = (self.denied.len(), self.permitted.len());
        let denied = text!(
            en: "{denies} accesses stand that the changed rules would deny:",
            nb: "{denies} tilganger gjelder som de endrede reglene ville avslått:"
        );
        let permitted = text!(
            en: "{permits} accesses are denied by the rules in force that the changed rules would permit:",
            nb: "{permits} tilganger avslås av reglene som gjelder, som de endrede reglene ville tillatt:"
        );
        for (heading, accesses) in [(denied, &self.denied), (permitted, &self.permitted)] {
            if accesses.is_empty() {
                continue;
            }
            output::tell(global, &heading);
            for finding in accesses.iter().take(compared::NAMED) {
                output::err(&format!("  {}", finding.message.get(global.lang())));
            }
        }
    }
}

/// Returns how the policies of the tree decide differently from those in force, for the person who releases them.
fn who_could_now(opened: &Opened, global: &Global, tree: &Snapshot) -> Vec<Text> {
    let (rules, conn) = (&opened.rules, opened.register.connection());
    match memory::rule_files(conn, &rules.policies_digest, &rules.settings_digest) {
        Ok(in_force) => compared::of_trees(global, [&Snapshot::of(in_force), tree], rules),
        Err(error) => {
            let new = policies_of(tree).ok();
            let gone = new.and_then(|new| compared::promises_gone(&rules.policies, &new));
            let why = EngineError::from(error).finding().message;
            [compared::not_computed(&why)].into_iter().chain(gone).collect()
        }
    }
}

/// Finds what a digest names. It must be held now, or it must be a change that the tree would bring.
pub(super) fn what(opened: &Opened, global: &Global, digest: Digest) -> Result<Releasable, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    let mut bound = memory::Bound::default();
    bound.follow(opened.register.connection()).map_err(|error| one(EngineError::from(error).finding()))?;
    if bound.unseen() == Some(digest) {
        return Ok(Releasable::of(ReleasableKind::Memory, BTreeSet::new()));
    }
    let decided = planned::decide(global).map_err(one)?.decided;
    if let Some(set) = decided.unsettled.sets.iter().find(|set| set.digest == digest) {
        return Ok(Releasable::of(ReleasableKind::Set(set.clone()), set.people.clone()));
    }
    if let Some(set) = only_daemon(&opened.register, digest).map_err(|error| one(error.finding()))? {
        let people = set.people.clone();
        return Ok(Releasable::of(ReleasableKind::Set(set), people));
    }
    if let Some(binding) = decided.unsettled.bound.get(&digest) {
        let people = binding.people.iter().chain(&binding.asked_by).map(ToString::to_string).collect();
        return Ok(Releasable::of(ReleasableKind::Request, people));
    }
    let tree = tree::read_tree(global).map_err(one)?.snapshot;
    let proposed = portvakt_core::decide::rules_of(&tree).ok().filter(|rules| rules.digest == digest);
    if let Some(rules) = proposed.filter(|rules| rules.digest != opened.rules.digest) {
        let base = memory::base(opened.register.connection(), &opened.rules.register, None)
            .map_err(|error| one(EngineError::from(error).finding()))?;
        if let SettingsWait::Refused(refused) = &decided.unsettled.settings {
            return Err(refused.clone());
        }
        let otherwise = JudgedOtherwise::of(opened, &rules, &base, &tree, &decided.unsettled.refused);
        otherwise.tell(global);
        for told in who_could_now(opened, global, &tree) {
            output::tell(global, &told);
        }
        let concerned = only_takes(&opened.rules, &rules);
        let needed = administrators_needed(&opened.rules, concerned.as_ref(), &opened.authority);
        let people = concerned.into_iter().flatten().map(|person| person.to_string()).collect();
        let wait = !decided.unsettled.sets.is_empty();
        let beside = if wait { nothing_else_goes() } else { Text::default() };
        let waits_for_proof = decided.unsettled.settings == SettingsWait::Unproved;
        let approved = decided.released_rules.is_some() || waits_for_proof;
        let known = bound.proved();
        let unproved =
            required::asks(&opened.rules, &rules).then(|| Unproved { tree, rules, known, approved });
        return Ok(Releasable { kind: ReleasableKind::Rules, people, needed, beside, unproved });
    }
    let held: Vec<String> = decided.unsettled.sets.iter().map(|set| set.digest.to_string()).collect();
    let message = text!(en: "nothing is held under {digest}", nb: "ingenting holdes tilbake under {digest}");
    let way_out = if held.is_empty() {
        text!(
            en: "Nothing waits for a release now; `portvakt plan` shows what is held.",
            nb: "Ingenting venter på frigivelse nå; `portvakt plan` viser hva som holdes tilbake."
        )
    } else {
        let held = held.join(", ");
        text!(
            en: "What was held may have changed since. Held now: {held}; look at it with `portvakt plan`.",
            nb: "Det som ble holdt tilbake, kan være endret siden. Nå: {held}; se på det med `portvakt plan`."
        )
    };
    let finding = Finding::new(Code::RemovalsHeld, message, way_out);
    // If nothing is held, the digest is simply wrong.
    Err(one(if held.is_empty() { finding.error() } else { finding }))
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;

    use super::*;

    #[test]
    fn a_release_has_the_word_of_the_ledger_and_words_for_people() {
        let set = |why: Why| {
            let (people, items) = (BTreeSet::new(), BTreeSet::new());
            let digest = Digest::of(b"held");
            ReleasableKind::Set(HeldSet { digest, why, trust: None, people, items, allowed: 0, asked: 0 })
        };
        for (kind, word, en, nb) in [
            (set(Why::Budget), "removals", "removals", "fjerninger"),
            (set(Why::Additions), "additions", "additions", "nye tilganger"),
            (ReleasableKind::Memory, "memory", "memory", "overtatt tilstand"),
            (ReleasableKind::Request, "request", "the number of an application", "nummeret på en søknad"),
            (ReleasableKind::Rules, "rules", "rules", "regler"),
        ] {
            let words = kind.words();
            assert_eq!((kind.ledger_word(), words.en(), words.get(Lang::Nb)), (word, en, nb));
        }
    }
}
