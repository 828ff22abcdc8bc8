//! Tells in sentences how a change of the policies decides differently. It is for people who review, sign or release
//! the change. So the comment on a change, `approve` and `release` say the same as `policy diff`. If the comparison was
//! not made, the words say so. They never say that nothing changes. A missing comparison stops nothing, because the
//! daemon judges without it.
//!
//! A promise that is removed or reworded decides nothing, and no proof is about it. So the sentences name it too.
//!
//! Comparisons are remembered for the user, as proofs are. A release does not use remembered comparisons, and it does
//! not use remembered proofs.

use std::collections::BTreeMap;
use std::time::Duration;

use portvakt_core::decide::{policies_of, rules_of};
use portvakt_core::diag::{Finding, Text, quoted, text};
use portvakt_core::judge::Rules;
use portvakt_core::model::{Digest, Register};
use portvakt_core::policy::{Policies, Promise};
use portvakt_core::proof::{PROTOCOL, PolicyEffect, ProofTask, changed, questions};
use portvakt_core::tree::Snapshot;

use super::progress::Progress;
use super::promised::policy_texts;
use super::proposal::{self, NamedProposal, Proposed};
use super::proved::Shelf;
use super::prover::{Prover, SolverArgs, not_proved};
use super::tree;
use crate::config::Global;

/// The largest number of accesses of each direction that are named to people.
pub(super) const NAMED: usize = 20;
/// The longest time for a comparison that nobody asked for: with a review, a signature or a release.
const LIMIT: Duration = Duration::from_secs(120);

/// The policies before and after a change, and the register that both are asked in.
pub(super) struct Sides<'a> {
    /// The files of the policies, before and after.
    files: [BTreeMap<String, String>; 2],
    policies: [&'a Policies; 2],
    register: &'a Register,
}

impl<'a> Sides<'a> {
    /// Returns the sides of a change from one tree to another. `accepted` are the rules of the first.
    pub(super) fn of([base, tree]: [&Snapshot; 2], accepted: &'a Rules, new: &'a Policies) -> Self {
        let policies = [&*accepted.policies, new];
        Self { files: [policy_texts(base), policy_texts(tree)], policies, register: &accepted.register }
    }

    /// Returns whether any file of the policies differs.
    fn differ(&self) -> bool {
        let [before, after] = &self.files;
        before != after
    }

    /// Compares both sides for every request. It takes no longer than `most`. Without `most`, each question may take
    /// its full time. If only comments or the layout differ, no prover is needed.
    ///
    /// # Errors
    /// The finding tells why there is no result.
    pub(super) fn compare(
        &self,
        earlier: &ComparedBefore<'_>,
        solver: &SolverArgs,
        most: Option<Duration>,
    ) -> Result<PolicyEffect, Finding> {
        let [before, after] = self.policies;
        if before.read_as(after) {
            return Ok(PolicyEffect::default());
        }
        let prover = Prover::find(solver)?;
        let [files_before, files_after] = self.files.clone();
        let task = ProofTask {
            protocol: PROTOCOL,
            solver: prover.solver(),
            seconds: prover.seconds(),
            steps: prover.steps(),
            files: files_after,
            before: Some(files_before),
            roles: self.register.roles.keys().map(ToString::to_string).collect(),
        };
        let shelf = earlier.shelf(&prover, &task);
        let is_told = earlier.is_believed() && prover.may_remember();
        if let Some(changes) = shelf.as_ref().filter(|_| is_told).and_then(Shelf::compared) {
            return Ok(changed(&changes, self.register, self.policies));
        }
        let asked = questions(before).len().saturating_add(questions(after).len());
        let limit = most.unwrap_or_else(|| prover.time_for(asked));
        let reply = prover.ask(&task, limit)?;
        // There is an answer for each kind of request, even if nothing differs.
        if reply.changes.is_empty() {
            return Err(not_proved(text!(
                en: "the prover has compared nothing",
                nb: "bevisføreren har ikke sammenlignet noe"
            )));
        }
        shelf.iter().for_each(|shelf| shelf.remember_compared(&reply.changes));
        Ok(changed(&reply.changes, self.register, self.policies))
    }
}

/// Tells what happens with earlier comparisons, and with this one.
pub(super) enum ComparedBefore<'a> {
    /// An earlier comparison is used again, and a new one is kept.
    Told(&'a Global),
    /// The comparison is always made anew, and it is kept.
    Replaced(&'a Global),
    /// The comparison is always made anew, and it is not kept.
    Unused,
}

impl ComparedBefore<'_> {
    fn is_believed(&self) -> bool {
        matches!(self, Self::Told(_))
    }

    /// Returns the place where the comparison is kept.
    fn shelf(&self, prover: &Prover, task: &ProofTask) -> Option<Shelf> {
        match self {
            Self::Told(global) | Self::Replaced(global) => {
                Shelf::of_comparison(global, task, prover.digest()?)
            }
            Self::Unused => None,
        }
    }
}

/// Returns how a proposed change of the policies decides differently. It is empty if no policy changes. It is also
/// empty if the policies are not valid, because then a finding tells that.
pub(super) fn of_change(global: &Global, proposed: &Proposed) -> Vec<Text> {
    let (Some(base), Some(accepted)) = (&proposed.base, &proposed.checked.rules) else { return Vec::new() };
    of_both(global, [base, &proposed.tree], accepted, &ComparedBefore::Told(global))
}

/// Returns how the policies of a tree decide differently from those of another one, whose rules are `accepted`. It is
/// for the release of the tree, so it is always computed again. It is empty in the same cases as [`of_change`].
pub(super) fn of_trees(global: &Global, trees: [&Snapshot; 2], accepted: &Rules) -> Vec<Text> {
    of_both(global, trees, accepted, &ComparedBefore::Unused)
}

fn of_both(
    global: &Global,
    [base, tree]: [&Snapshot; 2],
    accepted: &Rules,
    earlier: &ComparedBefore<'_>,
) -> Vec<Text> {
    let Ok(new) = policies_of(tree) else { return Vec::new() };
    let sides = Sides::of([base, tree], accepted, &new);
    if !sides.differ() {
        return Vec::new();
    }
    let progress =
        Progress::doing(global, text!(en: "comparing the policies", nb: "sammenligner tilgangsreglene"));
    let compared = sides.compare(earlier, &SolverArgs::usual(), Some(LIMIT));
    drop(progress);
    let mut told = match compared {
        Ok(changed) => comparison_sentences(&changed),
        Err(finding) => vec![not_computed(&finding.message)],
    };
    told.extend(promises_gone(&accepted.policies, &new));
    told
}

/// Names the promises in force that the changed policies do not have in the same words. No proof is about them.
pub(super) fn promises_gone(accepted: &Policies, proposed: &Policies) -> Option<Text> {
    let stays = |promise: &Promise| {
        let mut others = proposed.promises().iter();
        others
            .any(|other| other.id == promise.id && other.kind == promise.kind && other.words == promise.words)
    };
    let promises = accepted.promises().iter().filter(|promise| !stays(promise));
    let gone = quoted(promises.map(|promise| &promise.id));
    if gone.is_empty() {
        return None;
    }
    Some(text!(
        en: "Promises in force that the changed policies do not make, or make otherwise: {gone}.",
        nb: "Løfter som gjelder, og som de endrede tilgangsreglene ikke har, eller har med andre ord: {gone}."
    ))
}

/// Returns the sentences of a comparison. An unknown result has a sentence too.
fn comparison_sentences(changed: &PolicyEffect) -> Vec<Text> {
    let mut told = changed.known();
    if let Some(first) = changed.unsure.first() {
        let (why, more) = (&first.message, changed.unsure.len().saturating_sub(1));
        told.push(text!(
            with why;
            en: "What the changed policies permit was not computed for every request, so they may permit more or less than is told here. `portvakt policy diff --base REV --solver-seconds 120` gives the solver more time ({why}; {more} more like it).",
            nb: "Hva de endrede tilgangsreglene tillater, er ikke beregnet for hver forespørsel, så de kan tillate mer eller mindre enn det som står her. `portvakt policy diff --base REV --solver-seconds 120` gir løseren mer tid ({why}; {more} til av samme slag)."
        ));
    }
    told
}

/// Returns the sentence in place of a comparison that could not be made.
pub(super) fn not_computed(why: &Text) -> Text {
    text!(
        with why;
        en: "What the changed policies permit was not computed; that does not mean that nothing changes. `portvakt policy diff --base REV` computes it where the solver cvc5 (`apt-get install cvc5`) and `portvakt-prove` are installed ({why}).",
        nb: "Hva de endrede tilgangsreglene tillater, er ikke beregnet; det betyr ikke at ingenting endres. `portvakt policy diff --base REV` beregner det der løseren cvc5 (`apt-get install cvc5`) og `portvakt-prove` er installert ({why})."
    )
}

/// Returns the words about the policies for a person who is about to sign the settings of this tree. They tell how the
/// policies decide differently from those of the main branch of `origin`, and which accesses they judge otherwise.
pub(super) fn before_the_settings_are_signed(global: &Global) -> Vec<Text> {
    let Some(proposed) = proposed_here(global) else { return vec![nothing_to_compare_with()] };
    let (Some(base), Some(_)) = (&proposed.base, &proposed.checked.rules) else {
        return vec![nothing_to_compare_with()];
    };
    if policy_texts(base) == policy_texts(&proposed.tree) {
        return vec![text!(
            en: "The policies here are those of the commit that they are compared with. What a change that is merged already decides otherwise is told by `portvakt policy diff --base REV`, with the commit before it.",
            nb: "Tilgangsreglene her er de samme som i innsendingen de sammenlignes med. Hva en endring som alt er flettet inn, avgjør annerledes, forteller `portvakt policy diff --base REV`, med innsendingen før den."
        )];
    }
    let mut told = of_change(global, &proposed);
    let Some(weighed) = proposed.checked.weighed.as_ref() else { return told };
    told.extend(denied(&weighed.rules.would_be_denied));
    told.extend(permitted(&weighed.rules.would_be_permitted));
    told
}

/// Returns the accepted accesses that the changed rules would deny, each as a sentence of its own. If there are many,
/// the last sentence counts the others.
pub(super) fn denied(judged: &[Finding]) -> Vec<Text> {
    first_and_count(sentences(judged), |more| {
        text!(
            en: "Besides, so many accesses stand that the changed rules would deny: {more}.",
            nb: "I tillegg gjelder så mange tilganger som de endrede reglene ville avslått: {more}."
        )
    })
}

/// Returns the same for the accesses that are denied and that the changed rules would permit.
pub(super) fn permitted(judged: &[Finding]) -> Vec<Text> {
    first_and_count(sentences(judged), |more| {
        text!(
            en: "Besides, so many accesses are denied today that the changed rules would permit: {more}.",
            nb: "I tillegg avslås så mange tilganger i dag som de endrede reglene ville tillatt: {more}."
        )
    })
}

/// Returns the first of these sentences. If there are others, one more sentence counts them.
fn first_and_count(mut sentences: Vec<Text>, others: impl Fn(usize) -> Text) -> Vec<Text> {
    let more = sentences.len().saturating_sub(NAMED);
    sentences.truncate(NAMED);
    sentences.extend((more > 0).then(|| others(more)));
    sentences
}

/// Returns the accesses that are judged otherwise, each as a sentence of its own.
fn sentences(judged: &[Finding]) -> Vec<Text> {
    judged.iter().map(|finding| finding.message.clone()).collect()
}

/// Returns the words for a person who is about to sign a release, if it releases the settings of this tree. Only the
/// register's machine knows what else is held.
pub(super) fn before_a_release_is_signed(global: &Global, digest: Digest) -> Vec<Text> {
    let rules = tree::read_tree(global).ok().and_then(|tree| rules_of(&tree.snapshot).ok());
    if rules.is_some_and(|rules| rules.digest == digest) {
        return before_the_settings_are_signed(global);
    }
    vec![text!(
        en: "The settings here are not what is held under this digest. `portvakt release {digest}` on the register's machine shows what it is and, of changed policies, who could now do what.",
        nb: "Innstillingene her er ikke det som holdes tilbake under denne kontrollsummen. `portvakt release {digest}` på registerets maskin viser hva det er, og for endrede tilgangsregler hvem som nå kan gjøre hva."
    )]
}

/// Returns the work tree as a change of the main branch of `origin`. If it has no newer commit than that branch, it is
/// a change of its own commit. It is `None` if this is not a clone that knows the main branch.
fn proposed_here(global: &Global) -> Option<Proposed> {
    let progress = Progress::reading(global);
    let unnamed = NamedProposal { base: None, head: None, target: None, merge_request: None };
    let proposed = proposal::judged_by_itself(global, &unnamed, &progress).ok()?;
    if proposed.base.is_some() {
        return Some(proposed);
    }
    // There is no newer commit to judge. So changes in the folder are compared with its current commit.
    global.git_branch().open().ok()?.default_target()?;
    let here = || Some("HEAD".to_owned());
    let of_folder = NamedProposal { base: here(), target: here(), ..unnamed };
    proposal::judged(global, &of_folder, &progress).ok()
}

fn nothing_to_compare_with() -> Text {
    text!(
        en: "It is not known here which policies these would replace, so what they permit was not computed; that does not mean that nothing changes. `portvakt policy diff --base REV` or `--base DIR` tells it.",
        nb: "Det er ikke kjent her hvilke tilgangsregler disse ville erstatte, så hva de tillater, er ikke beregnet; det betyr ikke at ingenting endres. `portvakt policy diff --base REV` eller `--base MAPPE` forteller det."
    )
}
