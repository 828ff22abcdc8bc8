//! Reads the policies of one file and validates them, with the annotations that each must have.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{Effect, Policy, PolicyId, PolicySet, ValidationMode, Validator};

use super::super::cedar::LEVEL;
use super::super::place::{PolicyText, cedars, once_for_all_actions};
use super::super::promises::effect;
use super::{ADVICE, About};
use crate::change::Field;
use crate::diag::{Finding, Text, text};
use crate::invisible::hidden_in;

/// The annotations a policy must have.
const ANNOTATIONS: [&str; 4] = ["id", "rule", "says", "says_nb"];
/// An annotation a policy may have as well. It names the value of the entry that a finding underlines, such as
/// `until`.
const POINTS_AT: &str = "points_at";
/// An annotation that a `forbid` may have as well. It says that no `permit` covers what is forbidden here. Without the
/// policy the request would also be denied, but nobody would read why. A prover checks it.
const EXPLAINS: &str = "explains";

/// The result of the files read so far.
pub(super) struct Reading<'a> {
    validator: &'a Validator,
    /// What was found in the text of the files, before they were read as policies.
    told: &'a [Finding],
    about: BTreeMap<String, About>,
    findings: Vec<Finding>,
}

impl<'a> Reading<'a> {
    /// Begins with no file.
    pub(super) fn of(validator: &'a Validator, told: &'a [Finding]) -> Self {
        Self { validator, told, about: BTreeMap::new(), findings: Vec::new() }
    }

    /// Returns the texts of the policies by their ids, and what was found.
    pub(super) fn read(self) -> (BTreeMap<String, About>, Vec<Finding>) {
        (self.about, self.findings)
    }

    /// Reads, names and validates the policies of one file. The returned set may be used only if there are no
    /// findings.
    pub(super) fn file(&mut self, text: &PolicyText) -> PolicySet {
        let parsed = match text.words.parse::<PolicySet>() {
            Ok(parsed) => parsed,
            Err(errors) => {
                let reported = text.reported_beside(&errors, self.told);
                self.findings.extend(reported);
                return PolicySet::new();
            }
        };
        if parsed.num_of_templates() > 0 {
            self.findings.push(text.about(text!(
                en: "policies with `?principal` or `?resource` are not used here",
                nb: "tilgangsregler med `?principal` eller `?resource` brukes ikke her"
            )));
        }
        if parsed.is_empty() {
            self.findings.push(text.about(match effect(&text.path) {
                None => text!(
                    en: "there is no policy in this file",
                    nb: "det er ingen tilgangsregel i denne filen"
                ),
                Some(_) => text!(
                    en: "there is no promise in this file",
                    nb: "det er ikke noe løfte i denne filen"
                ),
            }));
        }
        let named: Vec<_> = policies_in_order(text, &parsed)
            .into_iter()
            .map(|(policy, start)| policy.new_id(PolicyId::new(self.annotations(text, policy, start))))
            .collect();
        let set = PolicySet::from_policies(named).unwrap_or_else(|error| {
            // Two policies in one file have the same id. `annotations` has already reported this with the place.
            if self.findings.is_empty() && self.told.is_empty() {
                self.findings.push(text.about(cedars(&error.to_string())));
            }
            PolicySet::new()
        });
        let result = self.validator.validate_with_level(&set, ValidationMode::Strict, LEVEL);
        let errors = result.validation_errors().flat_map(|error| text.reported(error)).collect();
        self.findings.extend(once_for_all_actions(errors));
        // If a policy has an error, its warnings only repeat the error less clearly.
        let wrong: BTreeSet<_> = result.validation_errors().map(|error| error.policy_id().clone()).collect();
        let warnings = result.validation_warnings().filter(|warning| !wrong.contains(warning.policy_id()));
        self.findings.extend(warnings.flat_map(|warning| text.reported(warning)));
        set
    }

    /// Checks the annotations of a policy and returns its id.
    fn annotations(&mut self, text: &PolicyText, policy: &Policy, start: usize) -> String {
        // `Policy::annotation` has Cedar's parser read the key, each time it is asked.
        let annotations: BTreeMap<&str, &str> = policy.annotations().collect();
        let of = |key: &str| annotations.get(key).copied().filter(|value| !value.trim().is_empty());
        let id = of("id").map_or_else(|| AsRef::<str>::as_ref(policy.id()).to_owned(), str::to_owned);
        let promised = effect(&text.path);
        let called = match (of("id").filter(|id| is_id(id)), promised) {
            (None, None) => text!(en: "this policy", nb: "denne tilgangsregelen"),
            (Some(id), None) => text!(en: "policy `{id}`", nb: "tilgangsregelen `{id}`"),
            (None, Some(_)) => text!(en: "this promise", nb: "dette løftet"),
            (Some(id), Some(_)) => text!(en: "promise `{id}`", nb: "løftet `{id}`"),
        };
        let rules: Vec<String> =
            of("rule").into_iter().flat_map(|rules| rules.split(',')).map(str::to_owned).collect();
        let mut wrong = |key: &str, message: Text| {
            let source = text.words.get(start..).unwrap_or_default();
            let whole = policy.to_cedar().map_or(0, |source| source.len());
            let own = source.get(..whole).unwrap_or(source);
            let (at, width) = match own.find(&format!("@{key}")) {
                Some(at) => (at, own.get(at..).and_then(|rest| rest.lines().next()).map_or(0, str::len)),
                None => (0, own.lines().next().map_or(0, str::len)),
            };
            self.findings.push(text.finding(message, start + at, start + at + width));
        };
        for key in ANNOTATIONS.iter().filter(|key| of(key).is_none()) {
            wrong(
                key,
                text!(
                    with called;
                    en: "{called} has no `@{key}(\"...\")`",
                    nb: "{called} har ikke `@{key}(\"...\")`"
                ),
            );
        }
        // An id is in findings, in the ledger and in the text of other policies, and its file is searched for exactly
        // this text.
        if of("id").is_some_and(|id| !is_id(id)) {
            wrong(
                "id",
                text!(
                    with called;
                    en: "{called} has an `@id` with other signs than `a` to `z`, `0` to `9` and `-`",
                    nb: "{called} har en `@id` med andre tegn enn `a` til `z`, `0` til `9` og `-`"
                ),
            );
        }
        let forbids = promised.is_none() && policy.effect() == Effect::Forbid;
        let known = |key: &str| {
            ANNOTATIONS.contains(&key)
                || (key == POINTS_AT && promised.is_none())
                || (key == EXPLAINS && forbids)
        };
        for key in annotations.keys().filter(|key| !known(key)) {
            wrong(
                key,
                text!(
                    with called;
                    en: "{called} has `@{key}`, which means nothing here",
                    nb: "{called} har `@{key}`, som ikke betyr noe her"
                ),
            );
        }
        // Cedar turns `\u{1b}` and `\n` into characters. They would reach a person who reads the sentence before
        // signing.
        for (key, value) in &annotations {
            if let Some((_, hidden)) = hidden_in(value).next() {
                wrong(
                    key,
                    text!(
                        with called;
                        en: "{called} has an invisible character or a line break, U+{code:04X}, in `@{key}`",
                        nb: "{called} har et usynlig tegn eller et linjeskift, U+{code:04X}, i `@{key}`";
                        code = u32::from(hidden)
                    ),
                );
            }
        }
        for rule in rules.iter().filter(|rule| !is_rule(rule)) {
            wrong(
                "rule",
                text!(
                    with called;
                    en: "{called} names `{rule}`, which is no rule; `R3` or `R3,R15` is expected",
                    nb: "{called} viser til `{rule}`, som ikke er noen regel; `R3` eller `R3,R15` er ventet"
                ),
            );
        }
        if text.path.as_str() == ADVICE && policy.effect() == Effect::Forbid {
            wrong(
                "id",
                text!(
                    en: "advice refuses nothing, so `{id}` cannot be a `forbid`",
                    nb: "råd avviser ingenting, så `{id}` kan ikke være en `forbid`"
                ),
            );
        }
        if promised.is_some_and(|effect| effect != policy.effect()) {
            wrong(
                "id",
                match policy.effect() {
                    Effect::Forbid => text!(
                        with called;
                        en: "{called} describes what it is about with `permit`, and never with `forbid`",
                        nb: "{called} beskriver det løftet gjelder, med `permit` og aldri med `forbid`"
                    ),
                    Effect::Permit => text!(
                        with called;
                        en: "{called} describes what is never asked with `forbid`, and never with `permit`",
                        nb: "{called} beskriver det som aldri spørres om, med `forbid` og aldri med `permit`"
                    ),
                },
            );
        }
        if self.about.contains_key(&id) {
            wrong("id", called_already(&id));
        }
        let says = Text::new(of("says").unwrap_or_default(), of("says_nb").unwrap_or_default());
        let points_at = of(POINTS_AT).map(str::to_owned);
        if let Some(word) = points_at.as_deref().filter(|word| Field::of_word(word).is_none()) {
            wrong(
                POINTS_AT,
                text!(
                    en: "policy `{id}` points at `{word}`, which is no value of an entry",
                    nb: "tilgangsregelen `{id}` peker på `{word}`, som ikke er en verdi i en oppføring"
                ),
            );
        }
        let explains = annotations.contains_key(EXPLAINS);
        self.about.insert(id.clone(), About { rules, says, points_at, explains });
        id
    }
}

/// Finds promises that have the id of a policy.
pub(super) fn named_as_policies<'i>(
    promised: &[(PolicyText, PolicySet)],
    ids: impl Iterator<Item = &'i String>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for id in ids {
        let written = format!("@id(\"{id}\")");
        for (text, policies) in promised {
            if policies.policies().all(|policy| AsRef::<str>::as_ref(policy.id()) != id) {
                continue;
            }
            let message = called_already(id);
            findings.push(match text.words.find(&written) {
                Some(start) => text.finding(message, start, start + written.len()),
                None => text.about(message),
            });
        }
    }
    findings
}

fn called_already(id: &str) -> Text {
    text!(en: "another policy is called `{id}` already", nb: "en annen tilgangsregel heter allerede `{id}`")
}

fn is_id(id: &str) -> bool {
    id.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-')
}

fn is_rule(rule: &str) -> bool {
    let number = rule.strip_prefix('R').filter(|digits| !digits.starts_with(['0', '+']));
    number.and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|number| (1..=45).contains(&number))
}

/// The policies in the order of the file, each with the byte where it begins.
pub(in super::super) fn policies_in_order<'p>(
    text: &PolicyText,
    parsed: &'p PolicySet,
) -> Vec<(&'p Policy, usize)> {
    let number = |policy: &&Policy| {
        let digits = policy.id().to_string().trim_start_matches("policy").to_owned();
        digits.parse::<usize>().unwrap_or(usize::MAX)
    };
    let mut policies: Vec<_> = parsed.policies().collect();
    policies.sort_by_key(number);
    let mut from = 0;
    policies
        .into_iter()
        .map(|policy| {
            let source = policy.to_cedar().unwrap_or_default();
            let start =
                text.words.get(from..).and_then(|rest| rest.find(&source)).map_or(from, |at| from + at);
            from = start + source.len();
            (policy, start)
        })
        .collect()
}
