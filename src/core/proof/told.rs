//! Turns answers into findings, with their cases. A question without a result is a finding that stops, because it must
//! never count as proved.

use std::collections::BTreeMap;

use super::act::whole_act;
use super::answer::{ProofAnswer, ProofVerdict, Unsure};
use super::asked::{Matter, ProofQuestion};
use super::case::{ExpectedAnswer, case};
use super::example::Example;
use super::story::{May, story};
use crate::diag::{Code, Finding, Place, Text, quoted, text};
use crate::model::{FilePath, Register};
use crate::policy::{PROMISE_FILES, Policies, PromiseKind};

/// The largest number of questions that one finding names.
const NAMED: usize = 5;

/// Returns the findings for the answers. For each promise that fails it also returns a case that shows it, by the
/// promise's id.
#[must_use]
pub fn promise_findings(
    answers: &[ProofAnswer],
    policies: &Policies,
    register: &Register,
) -> (Vec<Finding>, BTreeMap<String, String>) {
    let teller = Teller { policies, register, left_out: policies.assumptions_left_out() };
    let (mut findings, mut cases) = (Vec::new(), BTreeMap::new());
    let mut unsure: BTreeMap<&Unsure, Vec<&ProofQuestion>> = BTreeMap::new();
    for ProofAnswer { asked, verdict } in answers {
        match verdict {
            ProofVerdict::Unsure(why) => unsure.entry(why).or_default().push(asked),
            ProofVerdict::Holds => findings.extend(teller.needless(asked)),
            ProofVerdict::Fails(example) => {
                let example = example.as_deref();
                findings.extend(teller.failed(asked, example));
                if let Some(case) = example.and_then(|example| teller.case(asked, example)) {
                    cases.insert(asked.id.clone(), case);
                }
            }
        }
    }
    findings.extend(unsure.into_iter().map(|(why, asked)| not_proved(why, &asked)));
    findings.extend(teller.not_kept());
    findings.sort();
    (findings, cases)
}

/// Puts each case into the next step of its finding, for a report that has only findings.
#[must_use]
pub fn with_cases(
    mut findings: Vec<Finding>,
    cases: &BTreeMap<String, String>,
    policies: &Policies,
) -> Vec<Finding> {
    for finding in findings.iter_mut().filter(|finding| finding.code == Code::PromiseBroken) {
        let shown =
            cases.iter().find(|(id, _)| finding.place.is_some() && policies.place_of(id) == finding.place);
        if let Some((_, case)) = shown {
            let (way_out, case) = (&finding.way_out, case.trim_end());
            finding.way_out = text!(
                with way_out;
                en: "{way_out} The case:\n\n{case}",
                nb: "{way_out} Tilfellet:\n\n{case}"
            );
        }
    }
    findings
}

/// Returns a finding at the place of each promise that has no answer. It is for a report with one case for each promise, in
/// which a promise without a finding is one that holds.
#[must_use]
pub fn unproved_promises(answers: &[ProofAnswer], policies: &Policies) -> Vec<Finding> {
    let unproved = answers.iter().filter_map(|ProofAnswer { asked, verdict }| {
        let ProofVerdict::Unsure(why) = verdict else { return None };
        let is_promise = policies.promises().iter().any(|promise| promise.id == asked.id);
        let place = policies.place_of(&asked.id).filter(|_| is_promise)?;
        Some(not_proved(why, &[asked]).at(place))
    });
    let mut found: Vec<Finding> = unproved.collect();
    found.sort();
    found.dedup();
    found
}

/// Tells that some questions have no answer.
fn not_proved(why: &Unsure, asked: &[&ProofQuestion]) -> Finding {
    let mut ids: Vec<&str> = asked.iter().map(|asked| asked.id.as_str()).collect();
    ids.dedup();
    let what = Text::first_of(ids.iter().map(|id| format!("`{id}`")), NAMED);
    let (why, way_out) = (why.words(), why.way_out());
    let message = text!(
        with what, why;
        en: "not proved: {what}: {why}",
        nb: "ikke bevist: {what}: {why}"
    );
    Finding::new(Code::NotProved, message, way_out)
}

/// Says that the numbers of a request are the reason why it cannot be worked out. It is empty if they are not.
fn too_large(example: &Example) -> Text {
    let numbers = example.context().at_the_limit();
    if numbers.is_empty() {
        return Text::default();
    }
    let numbers =
        numbers.iter().map(|(name, number)| format!("`{name}`: {number}")).collect::<Vec<_>>().join(", ");
    text!(
        en: "Its numbers are at the limit ({numbers}), and what the policy counts with them is beyond it.",
        nb: "Tallene der er ved grensen ({numbers}), og det tilgangsregelen regner ut av dem, er utenfor den."
    )
}

struct Teller<'a> {
    policies: &'a Policies,
    register: &'a Register,
    /// The number of the program's own assumptions that the files do not have.
    left_out: usize,
}

impl Teller<'_> {
    /// Returns the finding for a question with the wrong answer.
    fn failed(&self, asked: &ProofQuestion, example: Option<&Example>) -> Option<Finding> {
        let id = &asked.id;
        let finding = match asked.matter {
            Matter::Never => self.broken(id, example, May::Do),
            Matter::Always => self.broken(id, example, May::Not),
            Matter::Void => Finding::new(
                Code::PromiseVoid,
                text!(
                    en: "the promise `{id}` is about nothing: no request that can be made is as it describes",
                    nb: "løftet `{id}` gjelder ingenting: ingen forespørsel som kan gjøres, er slik det beskriver"
                ),
                Code::PromiseVoid.next(),
            ),
            Matter::Errs => {
                let story = example.map(|example| self.such_as(example, May::Not).and(too_large(example)));
                Finding::new(
                    Code::PolicyErrs,
                    text!(
                        en: "`{id}` cannot be worked out for every request, and what cannot be worked out is denied.",
                        nb: "`{id}` kan ikke regnes ut for hver forespørsel, og det som ikke kan regnes ut, avslås."
                    )
                    .and(story.unwrap_or_default()),
                    Code::PolicyErrs.next(),
                )
            }
            Matter::Dead => Finding::new(
                Code::PolicyDead,
                text!(
                    en: "the policy `{id}` permits nothing: whatever it permits is forbidden by another, or never happens",
                    nb: "tilgangsregelen `{id}` tillater ingenting: det den tillater, er forbudt av en annen eller skjer aldri"
                ),
                text!(
                    en: "Take it away, or correct it.",
                    nb: "Fjern den, eller rett den."
                ),
            ),
            Matter::Promised => return Some(self.unpromised(id, example)),
            Matter::Idle if self.policies.explains(id) => return None,
            Matter::Idle => Finding::new(
                Code::PolicyDead,
                text!(
                    en: "the policy `{id}` forbids what nothing permits: without it every request would be decided the same",
                    nb: "tilgangsregelen `{id}` forbyr det ingenting tillater: uten den ville hver forespørsel bli avgjort likt"
                ),
                text!(
                    en: "If it stands there for its sentence, write `@explains` above it; otherwise take it away.",
                    nb: "Står den der for setningen sin, skriv `@explains` over den; ellers fjern den."
                ),
            ),
        };
        Some(self.placed(finding, id))
    }

    /// Returns the finding about a `forbid` that says it only explains, and does more.
    fn needless(&self, asked: &ProofQuestion) -> Option<Finding> {
        let id = &asked.id;
        let lies = asked.matter == Matter::Idle && self.policies.explains(id);
        lies.then(|| {
            let message = text!(
                en: "the policy `{id}` says `@explains`, and forbids what would be permitted without it",
                nb: "tilgangsregelen `{id}` sier `@explains`, og forbyr det som ville vært tillatt uten den"
            );
            let way_out = text!(
                en: "If another policy permits by now what it should not, correct that one; otherwise take `@explains` away.",
                nb: "Tillater en annen tilgangsregel nå det den ikke skal, retter du den; ellers fjern `@explains`."
            );
            self.placed(Finding::new(Code::PolicyDead, message, way_out), id)
        })
    }

    /// Returns the finding about a broken promise, with the story that shows it.
    fn broken(&self, id: &str, example: Option<&Example>, may: May) -> Finding {
        let promise = self.policies.promises().iter().find(|promise| promise.id == id);
        let says = promise.map(|promise| promise.says.clone()).unwrap_or_default();
        let story = example.map(|example| self.such_as(example, may)).unwrap_or_default();
        let message = text!(
            with says;
            en: "the promise `{id}` is broken. {says}",
            nb: "løftet `{id}` er brutt. {says}"
        );
        let rules = promise.map(|promise| promise.rules.clone()).unwrap_or_default();
        let by = example.map(|example| example.decided_by.clone()).unwrap_or_default();
        Finding::new(Code::PromiseBroken, message.and(story), self.next_step(Code::PromiseBroken))
            .decided_by(rules, by)
    }

    /// Returns the finding about an action with a denied or permitted request that no promise is about. The finding is
    /// placed at the policy that decides it, if there is one.
    fn unpromised(&self, action: &str, example: Option<&Example>) -> Finding {
        let [never, always, _] = PROMISE_FILES;
        let act = whole_act(action, None);
        let by = example.map(|example| example.decided_by.clone()).unwrap_or_default();
        // A request that nothing permits is denied.
        let is_permitted = by.iter().any(|id| !self.policies.forbids(id));
        let (file, may, message) = if is_permitted {
            let message = text!(
                with act;
                en: "some requests to {act} are permitted, and no promise in `{always}` is about them: a later change could deny them and break no promise.",
                nb: "noen forespørsler om å {act} tillates uten at noe løfte i `{always}` gjelder dem: en senere endring kunne avslå dem uten å bryte noe løfte."
            );
            (always, May::Do, message)
        } else {
            let message = text!(
                with act;
                en: "some requests to {act} are denied, and no promise in `{never}` is about them: a later change could permit them and break no promise.",
                nb: "noen forespørsler om å {act} avslås uten at noe løfte i `{never}` gjelder dem: en senere endring kunne tillate dem uten å bryte noe løfte."
            );
            (never, May::Not, message)
        };
        let story = example.map(|example| self.such_as(example, may)).unwrap_or_default();
        let rules = by.iter().flat_map(|id| self.policies.rules(id)).cloned().collect();
        let decides = by.iter().find_map(|id| self.policies.place_of(id));
        let place = decides.unwrap_or_else(|| Place::file(&FilePath::new(file)));
        let code = Code::PromiseMissing;
        Finding::new(code, message.and(story), self.next_step(code)).decided_by(rules, by).at(place)
    }

    /// The next step for a request that should be answered otherwise. Without an assumption of the program, it may be
    /// one that is never made.
    fn next_step(&self, code: Code) -> Text {
        if self.left_out == 0 {
            return code.next();
        }
        let (count, rest) = (self.left_out, code.next());
        text!(
            with rest;
            en: "`policies/assumed.cedar` lacks assumptions of the program ({count}), so this request may be one that is never made: put them back first. {rest}",
            nb: "`policies/assumed.cedar` mangler forutsetninger som programmet holder ({count}), så denne forespørselen kan være en som aldri gjøres: legg dem tilbake først. {rest}"
        )
    }

    /// The story of an example, with the policies that decide it.
    fn such_as(&self, example: &Example, may: May) -> Text {
        let story = story(example, may, self.register);
        let by = quoted(&example.decided_by);
        let by = match (may, by.is_empty()) {
            (_, true) | (May::Wants, false) => Text::default(),
            (May::Do | May::Now, false) => text!(en: "It is permitted by {by}.", nb: "Det tillates av {by}."),
            (May::Not | May::NoLonger, false) => {
                text!(en: "It is forbidden by {by}.", nb: "Det forbys av {by}.")
            }
        };
        text!(with story; en: "For example: {story}", nb: "For eksempel: {story}").and(by)
    }

    /// Returns the case for a broken promise.
    fn case(&self, asked: &ProofQuestion, example: &Example) -> Option<String> {
        let wanted = match asked.matter {
            Matter::Never => ExpectedAnswer::Deny,
            Matter::Always => ExpectedAnswer::Allow,
            Matter::Void | Matter::Errs | Matter::Dead | Matter::Idle | Matter::Promised => return None,
        };
        let name = format!("what {} is about", asked.id);
        case(example, wanted, &name, self.policies, self.register)
    }

    /// Returns the findings about assumptions that the program does not guarantee. No proof uses them, and a reader
    /// must not think that one does.
    fn not_kept(&self) -> Vec<Finding> {
        let strange = self
            .policies
            .promises()
            .iter()
            .filter(|promise| matches!(promise.kind, PromiseKind::Assumed { guaranteed: false }));
        strange
            .map(|promise| {
                let id = &promise.id;
                let message = text!(
                    en: "the assumption `{id}` is not one that the program keeps, and no proof rests on it",
                    nb: "forutsetningen `{id}` er ikke en programmet holder, og ingen bevis bygger på den"
                );
                self.placed(Finding::new(Code::PromiseVoid, message, Code::PromiseVoid.next()), id).advice()
            })
            .collect()
    }

    /// Sets the place and the policy that the finding is about.
    fn placed(&self, finding: Finding, id: &str) -> Finding {
        let mut finding = match self.policies.place_of(id) {
            Some(place) => finding.at(place),
            None => finding,
        };
        if finding.policies.is_empty() && self.policies.promises().iter().all(|promise| promise.id != id) {
            finding.rules = self.policies.rules(id).to_vec();
            finding.policies.push(id.to_owned());
        }
        finding
    }
}
