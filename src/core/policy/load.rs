//! Loads the policies from the bytes of `policies/`, or reports everything that is wrong with them.
//!
//! Loading is strict. These are findings: a word the schema does not have, a policy that can never decide, a file
//! that nothing reads, and a policy without its sentence for people. If there is any finding, nothing is loaded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{
    Authorizer, CedarSchemaError, Effect, Entities, Policy, PolicyId, PolicySet, Schema, SchemaError,
    ValidationMode, Validator,
};

use super::cedar::{LEVEL, Names};
use super::facts::CapabilityAct;
use super::given::Kind;
use super::place::{PolicyText, about, cedars};
use super::slices::Slices;
use crate::change::Field;
use crate::diag::{Finding, Text, text};
use crate::invisible::is_invisible;
use crate::model::{Digest, FilePath, Hasher};

const FOLDER: &str = "policies/";
const SCHEMA: &str = "policies/schema.cedarschema";
const ADMINISTRATION: &str = "policies/administration.cedar";
const ADVICE: &str = "policies/advice.cedar";
const CAPABILITIES: &str = "policies/capabilities.cedar";

/// The files with the policies and their schema. `policies/tests/` and `policies/README.md` are not read. Any other
/// file below `policies/` is a finding.
pub const REQUIRED_FILES: [&str; 4] = [SCHEMA, ADMINISTRATION, ADVICE, CAPABILITIES];

/// The annotations a policy must have.
const ANNOTATIONS: [&str; 4] = ["id", "rule", "says", "says_nb"];
/// An annotation a policy may have as well. It names the value of the entry that a finding underlines, such as
/// `until`.
const POINTS_AT: &str = "points_at";

/// The texts of a policy for people.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) rules: Vec<String>,
    pub(super) says: Text,
    pub(super) points_at: Option<String>,
}

/// The policies, validated and ready to answer questions.
#[derive(Debug, Clone)]
pub struct Policies {
    pub(super) schema: Schema,
    pub(super) schema_text: PolicyText,
    pub(super) names: Names,
    pub(super) authorizer: Arc<Authorizer>,
    pub(super) administration: Slices,
    pub(super) advice: Slices,
    pub(super) capabilities: Slices,
    pub(super) texts: Vec<(PolicyText, PolicySet)>,
    about: BTreeMap<String, About>,
    capability_acts: BTreeSet<CapabilityAct>,
    digest: Digest,
}

impl Policies {
    /// Reads the policies from the files of a snapshot. Files outside `policies/` are ignored.
    ///
    /// # Errors
    /// Returns everything that is wrong, each with its place: a missing or unreadable file, a file nothing reads,
    /// anything Cedar's strict validation reports (warnings too), and policies without their annotations.
    pub fn load(files: &BTreeMap<FilePath, Arc<[u8]>>) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        for path in files.keys().filter(|path| !is_expected(path)) {
            let mut finding = about(
                path,
                text!(
                    en: "nothing reads this file; a policy in it would decide nothing",
                    nb: "ingenting leser denne filen; en tilgangsregel i den ville ikke avgjøre noe"
                ),
            );
            finding.way_out = text!(
                en: "Move its policies into {ADMINISTRATION}, {ADVICE} or {CAPABILITIES}.",
                nb: "Flytt tilgangsreglene i den til {ADMINISTRATION}, {ADVICE} eller {CAPABILITIES}."
            );
            findings.push(finding);
        }
        let texts: Vec<_> =
            REQUIRED_FILES.iter().filter_map(|path| read(files, path, &mut findings)).collect();
        let Ok([schema_text, administration, advice, capabilities]) = <[PolicyText; 4]>::try_from(texts)
        else {
            return Err(findings);
        };
        let Some(schema) = read_schema(&schema_text, &mut findings) else { return Err(findings) };
        let validator = Validator::new(schema);
        let mut reading = Reading { validator: &validator, about: BTreeMap::new(), findings };
        let sets = [&administration, &advice, &capabilities].map(|text| reading.file(text));
        let Reading { about, mut findings, .. } = reading;
        let schema = validator.schema().clone();
        let actions = schema.action_entities().unwrap_or_else(|error| {
            findings.push(schema_text.about(cedars(error.to_string())));
            Entities::empty()
        });
        let [by_administration, by_advice, by_capabilities] = sets.each_ref().map(|set| {
            Slices::of(set, &schema, &actions).unwrap_or_else(|error| {
                findings.push(schema_text.about(cedars(error.to_string())));
                Slices::default()
            })
        });
        let Some(names) = Names::new() else {
            findings.push(schema_text.about(
                text!(en: "the types of the schema have no names", nb: "typene i skjemaet har ingen navn"),
            ));
            return Err(findings);
        };
        if !findings.is_empty() {
            findings.sort();
            return Err(findings);
        }
        Ok(Self {
            capability_acts: capability_acts(&schema, &names),
            schema,
            schema_text,
            names,
            authorizer: Arc::new(Authorizer::new()),
            administration: by_administration,
            advice: by_advice,
            capabilities: by_capabilities,
            texts: [administration, advice, capabilities].into_iter().zip(sets).collect(),
            about,
            digest: Self::digest_of(files),
        })
    }

    /// The digest that policies with these files have, without loading them. A missing file counts as empty.
    #[must_use]
    pub fn digest_of(files: &BTreeMap<FilePath, Arc<[u8]>>) -> Digest {
        let mut hasher = Hasher::new("portvakt policies 1");
        for path in REQUIRED_FILES {
            let bytes = files.get(&FilePath::new(path)).map_or(&[][..], |bytes| bytes);
            hasher.part(path.as_bytes()).part(bytes);
        }
        hasher.finish()
    }

    /// The digest of schema and policies. Verdicts and the ledger name the policies by it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The sentence of a policy for people (`@says`, `@says_nb`).
    #[must_use]
    pub fn says(&self, id: &str) -> Option<&Text> {
        self.about.get(id).map(|about| &about.says)
    }

    /// The rules of the procedure that a policy enforces (`@rule`). The list is empty for an unknown id.
    #[must_use]
    pub fn rules(&self, id: &str) -> &[String] {
        self.about.get(id).map_or(&[], |about| about.rules.as_slice())
    }

    /// The value of an entry that a finding of this policy underlines (`@points_at`).
    #[must_use]
    pub fn points_at(&self, id: &str) -> Option<&str> {
        self.about.get(id)?.points_at.as_deref()
    }

    /// The ids of all policies, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.about.keys().map(String::as_str)
    }

    /// The acts a role may let its holder do, as the schema lists them.
    pub fn capability_acts(&self) -> impl Iterator<Item = &CapabilityAct> {
        self.capability_acts.iter()
    }
}

fn is_expected(path: &FilePath) -> bool {
    match path.as_str().strip_prefix(FOLDER) {
        None => true,
        Some(name) => {
            REQUIRED_FILES.contains(&path.as_str()) || name == "README.md" || name.starts_with("tests/")
        }
    }
}

fn read(
    files: &BTreeMap<FilePath, Arc<[u8]>>,
    path: &'static str,
    findings: &mut Vec<Finding>,
) -> Option<PolicyText> {
    let path = FilePath::new(path);
    let Some(bytes) = files.get(&path) else {
        findings.push(about(&path, text!(en: "this file is missing", nb: "denne filen mangler")));
        return None;
    };
    let Ok(words) = std::str::from_utf8(bytes) else {
        findings.push(about(
            &path,
            text!(en: "this file is not UTF-8 text", nb: "denne filen er ikke UTF-8-tekst"),
        ));
        return None;
    };
    let text = PolicyText { path, words: words.to_owned() };
    // An invisible character could make a policy look different in a review from what it decides.
    if let Some((at, hidden)) = words
        .char_indices()
        .find(|(_, letter)| !matches!(letter, '\n' | '\r' | '\t') && is_invisible(*letter))
    {
        let message = text!(
            en: "an invisible character, U+{code:04X}, stands here",
            nb: "her står et usynlig tegn, U+{code:04X}";
            code = u32::from(hidden)
        );
        findings.push(text.finding(message, at, at + hidden.len_utf8()));
    }
    Some(text)
}

fn read_schema(text: &PolicyText, findings: &mut Vec<Finding>) -> Option<Schema> {
    match Schema::from_cedarschema_str(&text.words) {
        Ok((schema, warnings)) => {
            findings.extend(warnings.flat_map(|warning| text.reported(&warning)));
            Some(schema)
        }
        Err(error @ CedarSchemaError::Schema(SchemaError::TypeNotDefined(_))) => {
            findings.extend(undefined_types(text, &error));
            None
        }
        Err(error) => {
            findings.extend(text.reported(&error));
            None
        }
    }
}

/// Finds types that are declared nowhere. Cedar reports them all in one message, in an order and at a place that
/// differ from run to run. Here each type gets its own finding, at the first place it is used.
fn undefined_types(text: &PolicyText, error: &CedarSchemaError) -> Vec<Finding> {
    let message = error.to_string();
    let listed = message.split_once(": ").map_or("", |(_, names)| names);
    let names: BTreeSet<&str> = listed.split(", ").filter(|name| !name.is_empty()).collect();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let told = |name: &str| {
        let whole = |start: &usize| {
            let before = text.words.get(..*start).is_some_and(|before| before.ends_with(is_word));
            let after = text.words.get(start + name.len()..).is_some_and(|after| after.starts_with(is_word));
            !before && !after
        };
        let start = text.words.match_indices(name).map(|(start, _)| start).find(whole).unwrap_or_default();
        let message = text!(en: "the type `{name}` is declared nowhere", nb: "typen `{name}` er ikke deklarert noe sted");
        text.finding(message, start, start + name.len())
    };
    names.into_iter().map(told).collect()
}

fn capability_acts(schema: &Schema, names: &Names) -> BTreeSet<CapabilityAct> {
    let (Ok(holder), Ok(record)) = (names.of(Kind::Holder), names.of(Kind::Record)) else {
        return BTreeSet::new();
    };
    let acts = schema.actions_for_principal_and_resource(&holder, &record);
    acts.map(|action| CapabilityAct::new(action.id().unescaped())).collect()
}

/// The result of the files read so far.
struct Reading<'a> {
    validator: &'a Validator,
    about: BTreeMap<String, About>,
    findings: Vec<Finding>,
}

impl Reading<'_> {
    /// Reads, names and validates the policies of one file. The returned set may be used only if there are no
    /// findings.
    fn file(&mut self, text: &PolicyText) -> PolicySet {
        let parsed = match text.words.parse::<PolicySet>() {
            Ok(parsed) => parsed,
            Err(errors) => {
                self.findings.extend(text.reported(&errors));
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
            self.findings.push(text.about(text!(
                en: "there is no policy in this file",
                nb: "det er ingen tilgangsregel i denne filen"
            )));
        }
        let named: Vec<_> = in_order(text, &parsed)
            .into_iter()
            .map(|(policy, start)| policy.new_id(PolicyId::new(self.annotations(text, policy, start))))
            .collect();
        let set = PolicySet::from_policies(named).unwrap_or_else(|error| {
            // Two policies in one file have the same id. `annotations` has already reported this with the place.
            if self.findings.is_empty() {
                self.findings.push(text.about(cedars(error.to_string())));
            }
            PolicySet::new()
        });
        let result = self.validator.validate_with_level(&set, ValidationMode::Strict, LEVEL);
        self.findings.extend(result.validation_errors().flat_map(|error| text.reported(error)));
        // If a policy has an error, its warnings only repeat the error less clearly.
        let wrong: BTreeSet<_> = result.validation_errors().map(|error| error.policy_id().clone()).collect();
        let warnings = result.validation_warnings().filter(|warning| !wrong.contains(warning.policy_id()));
        self.findings.extend(warnings.flat_map(|warning| text.reported(warning)));
        set
    }

    /// Checks the annotations of a policy and returns its id.
    fn annotations(&mut self, text: &PolicyText, policy: &Policy, start: usize) -> String {
        let of = |key: &str| policy.annotation(key).filter(|value| !value.trim().is_empty());
        let id = of("id").map_or_else(|| policy.id().to_string(), str::to_owned);
        let called = match of("id") {
            None => text!(en: "this policy", nb: "denne tilgangsregelen"),
            Some(id) => text!(en: "policy `{id}`", nb: "tilgangsregelen `{id}`"),
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
        for (key, _) in
            policy.annotations().filter(|(key, _)| !ANNOTATIONS.contains(key) && *key != POINTS_AT)
        {
            wrong(
                key,
                text!(
                    with called;
                    en: "{called} has `@{key}`, which means nothing here",
                    nb: "{called} har `@{key}`, som ikke betyr noe her"
                ),
            );
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
        if self.about.contains_key(&id) {
            wrong(
                "id",
                text!(
                    en: "another policy is called `{id}` already",
                    nb: "en annen tilgangsregel heter allerede `{id}`"
                ),
            );
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
        self.about.insert(id.clone(), About { rules, says, points_at });
        id
    }
}

fn is_rule(rule: &str) -> bool {
    let number = rule.strip_prefix('R').filter(|digits| !digits.starts_with(['0', '+']));
    number.and_then(|digits| digits.parse::<u8>().ok()).is_some_and(|number| (1..=45).contains(&number))
}

/// The policies in the order of the file, each with the byte where it begins.
fn in_order<'p>(text: &PolicyText, parsed: &'p PolicySet) -> Vec<(&'p Policy, usize)> {
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
