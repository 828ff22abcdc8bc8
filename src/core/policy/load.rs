//! Loads the policies from the bytes of `policies/`, or reports all faults in them.
//!
//! Loading is strict. These are findings: a word the schema does not have, a policy that can never decide, a file that
//! nothing reads, and a policy without its sentence for people. If there is any finding, nothing is loaded.
//!
//! The promises beside the policies are read just as strictly. They decide nothing, but they are part of the digest. So
//! removing a promise changes the rules.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cedar_policy::{Authorizer, Entities, EntityUid, Policy, PolicySet, Schema, Validator};

use super::cedar::{EntityNames, others_in};
use super::checked::CheckedEntities;
use super::facts::CapabilityAct;
use super::given::{EntityKind, Others};
use super::listed::ListedIds;
use super::place::{PolicyText, about, cedars};
use super::promised::PromiseFile;
use super::promises::{PROMISE_FILES, Promise, promises};
use super::slices::Slices;
use crate::diag::{Finding, Text, text};
use crate::model::{Digest, FilePath, Hasher};
use crate::threads::{TWO, both};

mod misplaced;
mod reading;
mod sent;
mod shared;
mod texts;

use misplaced::misplaced;
pub(super) use reading::policies_in_order;
use reading::{Reading, named_as_policies};
use sent::SentFacts;
use texts::{policy_text, read_schema};

const FOLDER: &str = "policies/";
const SCHEMA: &str = "policies/schema.cedarschema";
pub(super) const ADMINISTRATION: &str = "policies/administration.cedar";
pub(super) const ADVICE: &str = "policies/advice.cedar";
pub(super) const CAPABILITIES: &str = "policies/capabilities.cedar";

/// The files with the policies and their schema. There may be promises beside them ([`PROMISE_FILES`]).
/// `policies/tests/` decides nothing and is read separately ([`try_cases`](super::try_cases)). `policies/README.md` is
/// not read. Any other file below `policies/` is a finding.
pub const REQUIRED_FILES: [&str; 4] = [SCHEMA, ADMINISTRATION, ADVICE, CAPABILITIES];

/// The texts of a policy for people.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) rules: Vec<String>,
    pub(super) says: Text,
    pub(super) points_at: Option<String>,
    pub(super) explains: bool,
}

/// The policies, validated and ready to answer questions.
#[derive(Debug, Clone)]
pub struct Policies {
    /// The schema, with entities that fit it.
    pub(super) checked: Arc<CheckedEntities>,
    pub(super) listed_ids: ListedIds,
    pub(super) schema_text: PolicyText,
    pub(super) names: EntityNames,
    pub(super) authorizer: Arc<Authorizer>,
    pub(super) administration: Slices,
    pub(super) advice: Slices,
    pub(super) capabilities: Slices,
    /// The files of the policies. The promises are not among them.
    pub(super) texts: Vec<(PolicyText, PolicySet)>,
    pub(super) promised: Vec<PromiseFile>,
    pub(super) others: Others,
    asks_of_others: bool,
    promises: Vec<Promise>,
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
            REQUIRED_FILES.iter().filter_map(|path| policy_text(files, path, &mut findings)).collect();
        let promised: Vec<_> = PROMISE_FILES
            .iter()
            .filter(|path| files.contains_key(&FilePath::new(path)))
            .filter_map(|path| policy_text(files, path, &mut findings))
            .collect();
        let Ok([schema_text, administration, advice, capabilities]) = <[PolicyText; 4]>::try_from(texts)
        else {
            return Err(findings);
        };
        let Some((schema, form)) = read_schema(&schema_text, &mut findings) else { return Err(findings) };
        let validator = Validator::new(schema);
        let reading = || Reading::of(&validator, &findings);
        // The promises are as long as the policies, and neither knows of the other.
        let (of_promises, (sets, of_policies)) = both(
            TWO,
            || {
                let mut reading = reading();
                let sets: Vec<_> = promised.iter().map(|text| reading.file(text)).collect();
                (sets, reading.read())
            },
            || {
                let mut reading = reading();
                let sets = [&administration, &advice, &capabilities].map(|text| reading.file(text));
                (sets, reading.read())
            },
        );
        let (promised_sets, (mut about_promises, told)) = of_promises;
        let promised: Vec<_> = promised.into_iter().zip(promised_sets).collect();
        let (about, found) = of_policies;
        findings.extend(found.into_iter().chain(told));
        let shared_ids = about_promises.keys().filter(|id| about.contains_key(*id));
        findings.extend(named_as_policies(&promised, shared_ids));
        let of = |id: &str| about_promises.remove(id).map(|about| (about.rules, about.says));
        let promises = promises(&promised, of, &mut findings);
        let schema = validator.schema().clone();
        let actions = schema.action_entities().unwrap_or_else(|error| {
            findings.push(schema_text.about(cedars(&error.to_string())));
            Entities::empty()
        });
        findings.extend(grouped(&schema_text, &schema, &actions));
        let [by_administration, by_advice, by_capabilities] = sets.each_ref().map(|set| {
            Slices::of(set, &schema, &actions).unwrap_or_else(|error| {
                findings.push(schema_text.about(cedars(&error.to_string())));
                Slices::default()
            })
        });
        let Some(names) = EntityNames::new() else {
            findings.push(schema_text.about(
                text!(en: "the types of the schema have no names", nb: "typene i skjemaet har ingen navn"),
            ));
            return Err(findings);
        };
        let others = others_in(form.as_ref());
        let capability_acts = capability_acts(&schema, &names);
        let checked = Arc::new(CheckedEntities::of(schema));
        let sent =
            SentFacts { text: &schema_text, checked: &checked, json: form.as_ref(), names: &names, others };
        let misfits = sent.misfits(&capability_acts);
        if !misfits.is_empty() {
            // Errors of policies under such a schema follow from its slip. A finding about a policy would ask people to
            // repeat the slip there.
            findings
                .retain(|finding| finding.place.as_ref().is_none_or(|place| place.file.as_str() == SCHEMA));
            findings.extend(misfits);
        }
        if !findings.is_empty() {
            findings.sort();
            return Err(findings);
        }
        Ok(Self {
            capability_acts,
            asks_of_others: others == Others::Told
                && sets
                    .iter()
                    .zip([&administration, &advice])
                    .any(|(set, text)| speaks_of(set, text, "others")),
            others,
            checked,
            listed_ids: form.as_ref().map(ListedIds::of).unwrap_or_default(),
            schema_text,
            names,
            authorizer: Arc::new(Authorizer::new()),
            administration: by_administration,
            advice: by_advice,
            capabilities: by_capabilities,
            texts: [administration, advice, capabilities].into_iter().zip(sets).collect(),
            promised: promised.into_iter().map(PromiseFile::of).collect(),
            promises,
            about,
            digest: Self::digest_of(files),
        })
    }

    /// Returns the findings about policies in a file that is asked about none of their requests. They decide nothing. A
    /// set that was accepted with such a policy stays readable, so this is asked only where somebody can still correct
    /// it. The policies are validated once more for it.
    #[must_use]
    pub fn misplaced(&self) -> Vec<Finding> {
        let schema = self.checked.schema();
        self.texts.iter().flat_map(|(text, policies)| misplaced(text, policies, schema)).collect()
    }

    /// The digest that policies with these files have, without loading them. A missing file counts as empty. Promises
    /// count if there are any.
    #[must_use]
    pub fn digest_of(files: &BTreeMap<FilePath, Arc<[u8]>>) -> Digest {
        let mut hasher = Hasher::new("portvakt policies 1");
        for path in REQUIRED_FILES {
            let bytes = files.get(&FilePath::new(path)).map_or(&[][..], |bytes| bytes);
            hasher.part(path.as_bytes()).part(bytes);
        }
        for path in PROMISE_FILES {
            if let Some(bytes) = files.get(&FilePath::new(path)) {
                hasher.part(path.as_bytes()).part(bytes);
            }
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

    /// Returns whether a policy only explains a denial that would happen without it too (`@explains`).
    #[must_use]
    pub fn explains(&self, id: &str) -> bool {
        self.about.get(id).is_some_and(|about| about.explains)
    }

    /// The ids of all policies, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.about.keys().map(String::as_str)
    }

    /// The promises of the tree, in the order of their files. They decide nothing.
    #[must_use]
    pub fn promises(&self) -> &[Promise] {
        &self.promises
    }

    /// Returns whether a policy asks for the applicant's other accesses. If none does, they need not be computed.
    #[must_use]
    pub fn asks_of_others(&self) -> bool {
        self.asks_of_others
    }

    /// The acts a role may let its holder do, as the schema lists them.
    pub fn capability_acts(&self) -> impl Iterator<Item = &CapabilityAct> {
        self.capability_acts.iter()
    }
}

/// Finds actions that are below another action. A policy or a promise that names the other action would be about both.
/// So a change of the schema alone could change its meaning, while its own words stay the same.
fn grouped(text: &PolicyText, schema: &Schema, actions: &Entities) -> Vec<Finding> {
    let above = |action: &EntityUid| {
        let names = actions.ancestors(action)?.map(|above| above.id().unescaped().to_owned());
        Some((action.id().unescaped().to_owned(), names.min()?))
    };
    let told = |(name, above): (String, String)| {
        let quoted = format!("\"{name}\"");
        let start = text.words.find(&quoted);
        let (start, end) = start.map_or((0, 0), |start| (start, start + quoted.len()));
        let message = text!(
            en: "the action `{name}` stands below `{above}`: a policy that names `{above}` would be about both",
            nb: "handlingen `{name}` står under `{above}`: en tilgangsregel som nevner `{above}`, ville gjelde begge"
        );
        let mut finding = text.finding(message, start, end);
        finding.way_out = text!(
            en: "Declare each action by itself, without `in`, and write the actions themselves in the list of the policy.",
            nb: "Deklarer hver handling for seg, uten `in`, og skriv selve handlingene i listen i tilgangsregelen."
        );
        finding
    };
    schema.actions().filter_map(above).map(told).collect()
}

/// Returns whether a policy of this file uses a word of the schema. A policy that cannot be searched counts as one that
/// does.
fn speaks_of(policies: &PolicySet, text: &PolicyText, word: &str) -> bool {
    // A name in quotes may be written with escapes. Cedar's own form has none, but it takes another reading of the policy.
    let may_speak = |source: &str| source.contains(word) || source.contains('\\');
    let quoted = format!("\"{word}\"");
    let speaks = |policy: &Policy| {
        policy.to_cedar().is_none_or(|source| may_speak(&source))
            && policy.to_json().map_or(true, |json| json.to_string().contains(&quoted))
    };
    may_speak(&text.words) && policies.policies().any(speaks)
}

fn is_expected(path: &FilePath) -> bool {
    match path.as_str().strip_prefix(FOLDER) {
        None => true,
        Some(name) => {
            REQUIRED_FILES.contains(&path.as_str())
                || PROMISE_FILES.contains(&path.as_str())
                || name == "README.md"
                || name.starts_with("tests/")
        }
    }
}

fn capability_acts(schema: &Schema, names: &EntityNames) -> BTreeSet<CapabilityAct> {
    let (Ok(holder), Ok(record)) = (names.of(EntityKind::Holder), names.of(EntityKind::Record)) else {
        return BTreeSet::new();
    };
    let acts = schema.actions_for_principal_and_resource(&holder, &record);
    acts.map(|action| CapabilityAct::new(action.id().unescaped())).collect()
}
