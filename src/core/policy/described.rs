//! Compares how two schemas describe the same kind of request. Two sets of policies can be compared if a request says
//! the same to both. This is so if both schemas describe it alike, or if one has more facts and the policies of the
//! other cannot ask for them. If only one schema has a kind of request, or a word, the other could not be asked about
//! it. Words in sets are taken out of a request for the policies that do not know them. All other differences make the
//! whole kind of request impossible to compare.
//!
//! A schema that is not understood here counts as different.

use std::collections::{BTreeMap, BTreeSet};

use cedar_policy::{ActionConstraint, Policy};
use serde_json::{Map, Value, json};

use super::cedar::schema_in_json;
use super::load::Policies;
use super::word_sets::WordSet;

/// A kind of request, in the words of the schemas.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequestKind {
    /// The action of the request.
    pub action: String,
    /// The type of the principals, who ask.
    pub principal: String,
    /// The type of the resource, which the request is about.
    pub resource: String,
}

/// Tells how the changed schema describes a kind of request, compared with the earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Described {
    /// Both schemas describe it alike.
    Alike,
    /// Only the changed schema has it.
    Appears,
    /// Only the schema before has it.
    Disappears,
    /// The changed schema also tells these facts, which the policies before cannot ask for.
    MoreTold(Vec<String>),
    /// The changed schema does not tell these facts any more, and the changed policies cannot ask for them.
    LessTold(Vec<String>),
    /// The changed schema also has these words, and describes everything else alike.
    MoreWords(OtherWords),
    /// The changed schema does not have these words any more, and describes everything else alike.
    LessWords(OtherWords),
    /// The schemas differ in these facts and types, so that a request does not say the same to both.
    Otherwise(Vec<String>),
}

/// Words of an `enum` that only one of two schemas has. A request with such a word could not be made by the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OtherWords {
    /// The words, as they are written in a policy.
    pub words: Vec<String>,
    /// A condition in the words of a policy, which says that such a word is in a fact that is not a set. It is `None`
    /// if it is in no such fact.
    pub condition: Option<String>,
    /// Sets in which such a word may occur. The policies without the words decide about them as if the words were not
    /// there, or can be put in other words that do.
    pub sets: Vec<WordSet>,
    /// Other sets in which such a word may occur. What the words change there is not known.
    pub left: Vec<String>,
}

impl Policies {
    /// Returns how the schema of these policies describes each kind of request, compared with `before`. It is `None` if
    /// one of the schemas is not understood.
    #[must_use]
    pub fn described(&self, before: &Self) -> Option<BTreeMap<RequestKind, Described>> {
        let (own, others) = (SchemaWords::of(self)?, SchemaWords::of(before)?);
        let (kinds, earlier) = (own.kinds(), others.kinds());
        let describe = |kind: &RequestKind| match (kinds.contains(kind), earlier.contains(kind)) {
            (true, false) => Described::Appears,
            (false, _) => Described::Disappears,
            (true, true) => kind_described(kind, [(self, &own), (before, &others)]),
        };
        Some(kinds.union(&earlier).map(|kind| (kind.clone(), describe(kind))).collect())
    }

    /// Returns whether a policy that may be about this action uses this word.
    fn ask_for(&self, word: &str, action: &str) -> bool {
        let sets = self.sets();
        let all = [&sets.administration, &sets.advice, &sets.capabilities];
        let mut concerned =
            all.into_iter().flat_map(|set| set.policies()).filter(|policy| is_about(policy, action));
        concerned.any(|policy| match policy.to_json() {
            Ok(written) => has_word(&written, word),
            Err(_) => true,
        })
    }
}

/// Returns whether the scope of a policy includes this action. No action is below another.
fn is_about(policy: &Policy, action: &str) -> bool {
    match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::Eq(only) => only.id().unescaped() == action,
        ActionConstraint::In(each) => each.iter().any(|one| one.id().unescaped() == action),
    }
}

/// Returns whether the word is anywhere in this value, as a name or as a value.
fn has_word(written: &Value, word: &str) -> bool {
    match written {
        Value::String(said) => said == word,
        Value::Array(items) => items.iter().any(|item| has_word(item, word)),
        Value::Object(fields) => fields.iter().any(|(name, value)| name == word || has_word(value, word)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns how a kind is described that both schemas have. The first side is that of the changed policies.
fn kind_described(kind: &RequestKind, sides: [(&Policies, &SchemaWords); 2]) -> Described {
    let [(after, own), (before, others)] = sides;
    let (now, then) = (own.facts_of(kind), others.facts_of(kind));
    let (mut more, mut less, mut otherwise) = (Vec::new(), Vec::new(), Vec::new());
    for (name, of) in &now.facts {
        match then.facts.get(name) {
            None => more.push(name),
            Some(earlier) if earlier != of => otherwise.push(name.clone()),
            Some(_) => {}
        }
    }
    less.extend(then.facts.keys().filter(|name| !now.facts.contains_key(*name)));
    let types = now.types.iter().filter(|(name, of)| then.types.get(*name).is_some_and(|other| other != *of));
    let types: Vec<&String> = types.map(|(name, _)| name).collect();
    if more.is_empty() && less.is_empty() && otherwise.is_empty() && !types.is_empty() {
        // The facts have the same types, so either description says where a word may occur.
        if let Some(words) = other_words(&types, [&then, &now]) {
            return Described::MoreWords(words.asked_in(before, &kind.action));
        }
        if let Some(words) = other_words(&types, [&now, &then]) {
            return Described::LessWords(words.asked_in(after, &kind.action));
        }
    }
    otherwise.extend(types.into_iter().cloned());
    let asked = |policies: &Policies, names: &[&String]| {
        names.iter().any(|name| {
            let word = name.rsplit('.').next().unwrap_or(name);
            policies.ask_for(word, &kind.action)
        })
    };
    let owned = |names: &[&String]| names.iter().map(|name| (*name).clone()).collect::<Vec<_>>();
    match (more.is_empty(), less.is_empty(), otherwise.is_empty()) {
        (true, true, true) => Described::Alike,
        (false, true, true) if !asked(before, &more) => Described::MoreTold(owned(&more)),
        (true, false, true) if !asked(after, &less) => Described::LessTold(owned(&less)),
        _ => {
            otherwise.extend(owned(&more).into_iter().chain(owned(&less)));
            Described::Otherwise(otherwise)
        }
    }
}

impl OtherWords {
    /// Leaves out the sets about which the policies without the words may decide otherwise because of them.
    fn asked_in(mut self, policies: &Policies, action: &str) -> Self {
        let sets = policies.sets();
        let all = [&sets.administration, &sets.advice, &sets.capabilities];
        let about = all.into_iter().flat_map(|set| set.policies()).filter(|policy| is_about(policy, action));
        // A policy that cannot be written so may ask for anything.
        let written: Vec<Option<Value>> = about.map(|policy| policy.to_json().ok()).collect();
        let words = std::mem::take(&mut self.sets);
        let is_known = |set: &WordSet| {
            written
                .iter()
                .all(|policy| policy.as_ref().is_some_and(|policy| set.is_asked_for_members(policy, &words)))
        };
        let (known, left): (Vec<&WordSet>, Vec<&WordSet>) = words.iter().partition(|set| is_known(set));
        self.sets = known.into_iter().cloned().collect();
        self.left.extend(left.into_iter().map(|set| set.fact.clone()));
        self
    }
}

/// Returns the words of these types that only the second description has. It is `None` if anything else differs.
fn other_words(types: &[&String], [fewer, all]: [&ToldFacts; 2]) -> Option<OtherWords> {
    let mut more: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut both: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for name in types {
        let (before, after) = (WordList::of(fewer.types.get(*name)?)?, WordList::of(all.types.get(*name)?)?);
        if before.rest != after.rest || !before.words.iter().all(|word| after.words.contains(word)) {
            return None;
        }
        let new = after.words.iter().filter(|word| !before.words.contains(*word));
        more.insert(name.as_str(), new.map(|word| format!("{name}::{word:?}")).collect());
        both.insert(name.as_str(), before.words.iter().map(|word| (*word).to_owned()).collect());
    }
    let mut standing =
        WordPlaces { more: &more, both: &both, single: Vec::new(), sets: Vec::new(), seen: BTreeSet::new() };
    for (path, of) in &all.facts {
        standing.note_fact(path, of, "");
    }
    let WordPlaces { single, sets, seen, .. } = standing;
    // If a type differs and is in no fact, it describes another type.
    let is_whole = more.keys().all(|name| seen.contains(*name));
    let condition = (!single.is_empty()).then(|| single.join(" || "));
    let words = more.into_values().flatten().collect();
    is_whole.then(|| OtherWords { words, condition, sets, left: Vec::new() })
}

/// A type that lists its words, and the rest of its description.
struct WordList<'t> {
    words: Vec<&'t str>,
    rest: Map<String, Value>,
}

impl<'t> WordList<'t> {
    fn of(of: &'t Value) -> Option<Self> {
        let words = of.get("enum")?.as_array()?.iter().filter_map(Value::as_str).collect();
        let mut rest = of.as_object()?.clone();
        rest.remove("enum");
        Some(Self { words, rest })
    }
}

/// The places where words may occur.
struct WordPlaces<'w> {
    /// The words by their types.
    more: &'w BTreeMap<&'w str, Vec<String>>,
    /// The words that both schemas have, by their types.
    both: &'w BTreeMap<&'w str, Vec<String>>,
    /// Conditions which say that a word is in a fact that is not a set.
    single: Vec<String>,
    /// The sets in which a word may occur.
    sets: Vec<WordSet>,
    /// The types that were found.
    seen: BTreeSet<String>,
}

impl WordPlaces<'_> {
    /// Looks at a fact. `there` are the conditions that the value around it is there, each followed by `&&`.
    fn note_fact(&mut self, path: &str, of: &Value, there: &str) {
        let more = self.more;
        let is_optional = of.get("required") == Some(&Value::Bool(false));
        let there = match path.rsplit_once('.').filter(|_| is_optional) {
            Some((around, name)) => format!("{there}{around} has {name} && "),
            None => there.to_owned(),
        };
        if let Some(attributes) = of.get("attributes").and_then(Value::as_object) {
            for (name, of) in attributes {
                self.note_fact(&format!("{path}.{name}"), of, &there);
            }
            return;
        }
        let named = of.get("named").and_then(Value::as_str);
        if let Some((words, name)) = named.and_then(|name| Some((more.get(name)?, name))) {
            self.seen.insert(name.to_owned());
            self.single.extend(words.iter().map(|word| format!("{there}{path} == {word}")));
        }
        if let Some(element) = of.get("element") {
            let found: Vec<&str> = more.keys().copied().filter(|name| has_word(element, name)).collect();
            if !found.is_empty() {
                self.seen.extend(found.into_iter().map(str::to_owned));
                let kind = element.get("named").and_then(Value::as_str);
                let known = kind.and_then(|kind| self.both.get(kind)).cloned().unwrap_or_default();
                self.sets.push(WordSet { fact: path.to_owned(), kind: kind.map(str::to_owned), known });
            }
        }
    }
}

/// The facts that a schema has for a kind of request.
struct ToldFacts {
    /// The facts of the three that a request is about, with their types.
    facts: BTreeMap<String, Value>,
    /// The descriptions of the types that these facts name: their words, and their parents.
    types: BTreeMap<String, Value>,
}

/// A schema in Cedar's own form.
struct SchemaWords {
    common: Map<String, Value>,
    entities: Map<String, Value>,
    actions: Map<String, Value>,
}

impl SchemaWords {
    /// Reads the schema of policies. A schema with names below others is not understood.
    fn of(policies: &Policies) -> Option<Self> {
        let Value::Object(mut whole) = schema_in_json(&policies.schema_text.words)? else { return None };
        let Some(Value::Object(mut own)) = whole.remove("") else { return None };
        let mut part = |name: &str| match own.remove(name) {
            Some(Value::Object(part)) => part,
            _ => Map::new(),
        };
        let words =
            Self { common: part("commonTypes"), entities: part("entityTypes"), actions: part("actions") };
        whole.is_empty().then_some(words)
    }

    /// All kinds of requests.
    fn kinds(&self) -> BTreeSet<RequestKind> {
        let mut kinds = BTreeSet::new();
        for (action, of) in &self.actions {
            let named = |list: &str| -> Vec<String> {
                let listed = of.get("appliesTo").and_then(|to| to.get(list)).and_then(Value::as_array);
                listed.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
            };
            for principal in named("principalTypes") {
                for resource in named("resourceTypes") {
                    let principal = principal.clone();
                    kinds.insert(RequestKind { action: action.clone(), principal, resource });
                }
            }
        }
        kinds
    }

    /// Returns the facts of a kind of request.
    fn facts_of(&self, kind: &RequestKind) -> ToldFacts {
        let mut reached = BTreeSet::from([kind.principal.clone(), kind.resource.clone()]);
        let shape = |name: &str| self.entities.get(name).and_then(|of| of.get("shape"));
        let context = self.actions.get(&kind.action).and_then(|of| of.get("appliesTo")?.get("context"));
        let mut facts = BTreeMap::new();
        for (whose, shape) in
            [("principal", shape(&kind.principal)), ("resource", shape(&kind.resource)), ("context", context)]
        {
            let whole = shape.map_or(Value::Null, |shape| self.resolved(shape, &mut reached));
            let attributes = whole.get("attributes").and_then(Value::as_object);
            for (name, of) in attributes.into_iter().flatten() {
                facts.insert(format!("{whose}.{name}"), of.clone());
            }
        }
        let mut types: BTreeMap<String, Value> = BTreeMap::new();
        while let Some(name) = reached.pop_first() {
            let Some(Value::Object(of)) = self.entities.get(&name) else { continue };
            let mut rest = of.clone();
            rest.remove("shape");
            let mut rest = self.resolved(&Value::Object(rest), &mut reached);
            // The order of listed words means nothing.
            if let Some(words) = rest.get_mut("enum").and_then(Value::as_array_mut) {
                words.sort_by_cached_key(ToString::to_string);
            }
            let above = rest.get("memberOfTypes").and_then(Value::as_array).into_iter().flatten();
            reached.extend(above.filter_map(Value::as_str).map(str::to_owned));
            types.insert(name, rest);
            reached.retain(|name| !types.contains_key(name));
        }
        ToldFacts { facts, types }
    }

    /// A type with the common types put in. The entity types that it names are added to `reached`.
    fn resolved(&self, of: &Value, reached: &mut BTreeSet<String>) -> Value {
        let Some(fields) = of.as_object() else { return of.clone() };
        let name = match fields.get("type").and_then(Value::as_str) {
            Some("EntityOrCommon" | "Entity") => fields.get("name").and_then(Value::as_str),
            Some(name) if self.common.contains_key(name) => Some(name),
            _ => None,
        };
        let Some(name) = name else {
            let resolved = fields.iter().map(|(name, of)| (name.clone(), self.resolved(of, reached)));
            return Value::Object(resolved.collect());
        };
        let mut put = match self.common.get(name) {
            Some(common) => self.resolved(common, reached),
            None => json!({ "named": name }),
        };
        if self.entities.contains_key(name) {
            reached.insert(name.to_owned());
        }
        if let (Some(put), Some(required)) = (put.as_object_mut(), fields.get("required")) {
            put.insert("required".to_owned(), required.clone());
        }
        put
    }
}
