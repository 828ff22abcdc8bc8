//! Compares the schema with what the program sends. A schema may require a word that the program does not know. Then
//! every such request would be denied. A prover only knows the schema, and would still say that the promises hold.
//!
//! The requests are built like real ones, from made-up facts: once without the facts that may be absent, and once with
//! them.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use serde_json::{Map, Value};

use super::super::cedar::EntityNames;
use super::super::checked::{CheckedEntities, Unfit};
use super::super::facts::{
    Access, Act, Applicant, Approver, CapabilityAct, Certainty, Concerned, Counts, CourseRecord, Other,
    PolicyQuestion, RequestFacts, Stay,
};
use super::super::given::{self, EntityKind, Fact, Others, PolicyRequest, UnknownPlace};
use super::super::place::{PolicyText, cedars};
use crate::diag::{Finding, Text, quoted, text};
use crate::model::{
    ApplicationId, BudgetLimits, Coordinators, EmployerId, Evidence, OfficeId, Position, Register, Right,
    RoleId, Staff, Trust, TrustId, TrustKind, Unit, UnitId,
};

/// The schema, and the values that are needed to ask with it.
pub(super) struct SentFacts<'a> {
    pub(super) text: &'a PolicyText,
    pub(super) checked: &'a CheckedEntities,
    /// The schema in Cedar's own form.
    pub(super) json: Option<&'a Value>,
    pub(super) names: &'a EntityNames,
    pub(super) others: Others,
}

/// Ids that the schema accepts.
struct Ids {
    application: ApplicationId,
    role: RoleId,
    office: OfficeId,
    trust: TrustId,
    unit: UnitId,
    employer: EmployerId,
}

/// Facts that a sample of an access is made with. Together they have each word that the program itself knows.
struct Variant {
    staff: Staff,
    identity: Certainty,
    kind: TrustKind,
    /// Whether the facts that may be absent are there.
    whole: bool,
}

/// The part of a request that does not fit the schema. The same slip may be seen in the requests of several actions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct SchemaMisfit {
    /// The entity that it is seen in. It is `None` for the context, and for a request about which nothing more is
    /// known.
    entity: Option<&'static str>,
    /// The attribute that causes it, if it is known.
    attribute: Option<String>,
    /// The bytes of the schema where it is declared, or where it should be.
    declared: (usize, usize),
    /// The words of Cedar, if no attribute is known.
    why: Option<String>,
}

const VARIANTS: [Variant; 3] = [
    Variant { staff: Staff::Health, identity: Certainty::Known, kind: TrustKind::Trust, whole: false },
    Variant { staff: Staff::Ict, identity: Certainty::Contacted, kind: TrustKind::National, whole: true },
    Variant { staff: Staff::Other, identity: Certainty::Uncertain, kind: TrustKind::Test, whole: true },
];

impl SentFacts<'_> {
    /// Finds attributes that the schema requires and the program does not send, or sends in another form. An action
    /// that the schema does not have is never permitted, and is not checked.
    pub(super) fn misfits(&self, acts: &BTreeSet<CapabilityAct>) -> Vec<Finding> {
        let Some(ids) = Ids::of(self.json) else {
            return vec![self.text.about(text!(
                en: "the schema lists no id that a register could have for an application, a role, an office or a place",
                nb: "skjemaet har ingen id som et register kunne hatt, for en applikasjon, en rolle, et verv eller et sted"
            ))];
        };
        let declared: BTreeSet<&str> =
            self.checked.schema().actions().map(|action| action.id().unescaped()).collect();
        let approver = Approver {
            offices: BTreeSet::from([ids.office.clone()]),
            coordinator_of: BTreeSet::from([ids.trust.clone()]),
        };
        let register = ids.register(TrustKind::Trust);
        let mut found: Vec<Result<Option<(String, SchemaMisfit)>, UnknownPlace>> = Vec::new();
        for action in [Act::Grant, Act::Change, Act::Revoke] {
            for variant in VARIANTS.iter().filter(|_| declared.contains(action.as_str())) {
                let question = self.question(&ids, &approver, action, variant);
                let register = ids.register(variant.kind);
                found.push(given::about_access(&register, &question, self.others, |given| self.put(given)));
            }
        }
        if declared.contains("attest") {
            // An older schema has no word for a person's own row. Such a question is then denied.
            let knows_self = self.context_of("attest").is_some_and(|context| context.contains_key("self"));
            let own = knows_self.then_some(Concerned::Oneself);
            for concerned in [Concerned::Another].into_iter().chain(own) {
                let row = (&ids.trust, concerned);
                found.push(given::about_list_by(&register, &approver, row, |given| self.put(given)));
            }
        }
        if declared.contains("inspect") {
            let counts = Counts { users: 1, coordinators: 1, coordinators_before: 1 };
            found.push(given::about_list(&register, &ids.trust, counts, |given| self.put(given)));
        }
        for action in ["release", "suspend"].into_iter().filter(|action| declared.contains(action)) {
            let another = Concerned::Another;
            found.push(Ok(given::about_register(action, &approver, another, |given| self.put(given))));
        }
        let right = Right { application: ids.application.clone(), unit: ids.unit, role: ids.role.clone() };
        let record = CourseRecord { unit: ids.unit, real_patient_data: true, ongoing: true };
        for act in acts {
            found.push(given::about_record(&register, &right, act.as_str(), record, |given| self.put(given)));
        }
        let mut slips: BTreeMap<SchemaMisfit, BTreeSet<String>> = BTreeMap::new();
        let mut told: BTreeSet<Finding> = BTreeSet::new();
        for found in found {
            match found {
                Ok(Some((action, misfit))) => {
                    slips.entry(misfit).or_default().insert(action);
                }
                Ok(None) => {}
                Err(unknown) => {
                    told.insert(self.text.about(cedars(&unknown.to_string())));
                }
            }
        }
        told.extend(slips.iter().map(|(misfit, actions)| self.misfit_finding(misfit, actions)));
        told.into_iter().collect()
    }

    fn question(&self, ids: &Ids, approver: &Approver, action: Act, variant: &Variant) -> PolicyQuestion {
        let other = Other {
            application: ids.application.clone(),
            role: ids.role.clone(),
            unit: ids.unit,
            trust: ids.trust.clone(),
        };
        let whole = variant.whole;
        // A schema from before there were reviews has no word for one that is overdue. `fits` tells where it is needed.
        let knows_reviews = self.text.words.contains("reviewOverdue");
        PolicyQuestion {
            action,
            approver: if whole { approver.clone() } else { Approver::default() },
            access: Access {
                application: ids.application.clone(),
                unit: ids.unit,
                role: ids.role.clone(),
                applicant: Applicant {
                    staff: variant.staff,
                    employer: ids.employer.clone(),
                    position: if whole { Position::new("position").ok() } else { None },
                    offices: whole.then(|| ids.office.clone()).into_iter().collect(),
                    others: whole.then_some(other).into_iter().collect(),
                },
            },
            circumstances: RequestFacts {
                own: false,
                request_spent: false,
                identity: variant.identity,
                approval_renewed: true,
                holders_after_change: 1,
                most_holders: 1,
                own_coordinator: true,
                stay: if whole { Stay::Months(1) } else { Stay::Open },
                max_lis_months: 1,
                review_overdue: whole && knows_reviews,
            },
        }
    }

    fn put(&self, given: &PolicyRequest<'_>) -> Option<(String, SchemaMisfit)> {
        let unfit = self.names.build(given, self.checked).err()?;
        Some((given.action.to_owned(), self.misfit(given, &unfit)))
    }

    /// Finds the part of a request that does not fit, with the attribute that causes it, if it is known.
    fn misfit(&self, given: &PolicyRequest<'_>, unfit: &Unfit) -> SchemaMisfit {
        let (entity, attribute, declared) = match unfit {
            Unfit::Entity(why) => {
                let of = if why.contains("\"asking\"") { given.principal.kind } else { given.resource.kind };
                let name = name_of(of);
                let attribute = why.split_once("attribute `").and_then(|(_, rest)| rest.split_once('`'));
                let attribute = attribute.map(|(attribute, _)| attribute.to_owned());
                (Some(name), attribute, format!("entity {name}"))
            }
            Unfit::Request(_) | Unfit::Name => {
                (None, self.in_context(given), format!("\"{}\"", given.action))
            }
        };
        let declared = self.place(&declared, attribute.as_deref());
        let why = attribute.is_none().then(|| unfit.to_string());
        SchemaMisfit { entity, attribute, declared, why }
    }

    /// The finding about a slip of the schema, with the actions whose requests show it.
    fn misfit_finding(&self, misfit: &SchemaMisfit, actions: &BTreeSet<String>) -> Finding {
        let SchemaMisfit { entity, attribute, declared: (start, end), why } = misfit;
        let actions = quoted(actions);
        let whose = match entity {
            Some(name) => Text::same(format!("`{name}`")),
            None => text!(en: "the context of {actions}", nb: "konteksten for {actions}"),
        };
        let message = match attribute {
            Some(attribute) => text!(
                with whose;
                en: "the attribute `{attribute}` of {whose} is in the schema otherwise than the program sends it, so requests would be denied",
                nb: "attributtet `{attribute}` i {whose} står i skjemaet på en annen måte enn programmet sender det, så forespørsler ville blitt avslått"
            ),
            None => {
                let why = cedars(why.as_deref().unwrap_or_default());
                text!(
                    with why;
                    en: "what the program sends with {actions} does not fit the schema, so requests would be denied: {why}",
                    nb: "det programmet sender med {actions}, passer ikke til skjemaet, så forespørsler ville blitt avslått: {why}"
                )
            }
        };
        let mut finding = self.text.finding(message, *start, *end);
        finding.way_out = text!(
            en: "Declare in the schema exactly what the program sends, as in the schema that came with this version; a word of your own cannot be asked for.",
            nb: "Deklarer i skjemaet nøyaktig det programmet sender, som i skjemaet som fulgte med denne versjonen; et eget ord kan det ikke spørres etter."
        );
        finding
    }

    /// Returns the place where an attribute is declared, or of the type that should have it.
    fn place(&self, declared: &str, attribute: Option<&str>) -> (usize, usize) {
        let words = &self.text.words;
        let Some(start) = words.find(declared) else { return (0, 0) };
        let rest = words.get(start..).unwrap_or_default();
        let found = attribute.and_then(|attribute| {
            let written = [format!("{attribute}:"), format!("{attribute}?:")];
            let at = written.iter().filter_map(|written| rest.find(written)).min()?;
            Some((start + at, start + at + attribute.len()))
        });
        found.unwrap_or((start, start + declared.len()))
    }

    /// The attributes of the context of an action, as the schema has them.
    fn context_of(&self, action: &str) -> Option<Map<String, Value>> {
        let all = self.json?.get("")?;
        let context = all.get("actions")?.get(action)?.get("appliesTo")?.get("context")?;
        let attributes = match context.get("attributes") {
            Some(attributes) => attributes,
            None => all.get("commonTypes")?.get(context.get("name")?.as_str()?)?.get("attributes")?,
        };
        attributes.as_object().cloned()
    }

    /// The attribute of the context of an action that the program does not send, or sends otherwise.
    fn in_context(&self, given: &PolicyRequest<'_>) -> Option<String> {
        let declared = self.context_of(given.action)?;
        let sent: BTreeMap<&str, &Fact<'_>> = given
            .context
            .iter()
            .filter(|(_, fact)| !matches!(fact, Fact::Absent))
            .map(|(name, fact)| (*name, fact))
            .collect();
        let missing = declared.iter().find(|(name, of)| is_needed(of) && !sent.contains_key(name.as_str()));
        if let Some((name, _)) = missing {
            return Some(name.clone());
        }
        if let Some(name) = sent.keys().find(|name| !declared.contains_key(**name)) {
            return Some((*name).to_owned());
        }
        let mut both = declared.iter().filter_map(|(name, of)| Some((name, of, sent.get(name.as_str())?)));
        both.find(|(_, of, fact)| differs(of, fact)).map(|(name, _, _)| name.clone())
    }
}

impl Ids {
    fn of(json: Option<&Value>) -> Option<Self> {
        Some(Self {
            application: known_id(json, "Application")?,
            role: known_id(json, "Role")?,
            office: known_id(json, "Office")?,
            trust: known_id(json, "Trust")?,
            unit: UnitId(known_id(json, "Unit")?),
            employer: known_id(json, "Employer")?,
        })
    }

    /// A register with one unit at one trust.
    fn register(&self, kind: TrustKind) -> Register {
        let trust = Trust {
            name: String::new(),
            kind,
            org_no: None,
            host: false,
            most_coordinators: 1,
            previously: None,
        };
        let unit = Unit {
            name: String::new(),
            trust: self.trust.clone(),
            from: None,
            until: None,
            test_only: false,
            national: false,
        };
        Register {
            id: String::new(),
            name: String::new(),
            time_zone: String::new(),
            applications: BTreeMap::new(),
            trusts: BTreeMap::from([(self.trust.clone(), trust)]),
            units: BTreeMap::from([(self.unit, unit)]),
            ict_bodies: BTreeMap::new(),
            roles: BTreeMap::new(),
            coordinators: Coordinators { role: self.role.clone(), application: self.application.clone() },
            offices: BTreeMap::new(),
            appointments: Vec::new(),
            removal_limits: BudgetLimits::REMOVALS,
            addition_limits: BudgetLimits::ADDITIONS,
            max_lis_months: 1,
            review_months: 1,
            reviews_from: None,
            evidence: Evidence::Declared,
            proofs: None,
            contact_in_git: false,
            ignored_accounts: BTreeSet::new(),
            adopted_accounts: BTreeMap::new(),
            code_owners: BTreeMap::new(),
        }
    }
}

/// The first id that the schema lists for a type, or any id if it lists none.
fn known_id<T: FromStr>(json: Option<&Value>, kind: &str) -> Option<T> {
    let listed = json.and_then(|json| json.get("")?.get("entityTypes")?.get(kind)?.get("enum")?.as_array());
    match listed {
        Some(ids) => ids.iter().filter_map(Value::as_str).find_map(|id| id.parse().ok()),
        None => "1".parse().ok(),
    }
}

fn name_of(kind: EntityKind) -> &'static str {
    EntityKind::ALL.get(kind as usize).map_or("", |(_, name)| *name)
}

/// Returns whether an attribute must be there.
fn is_needed(attribute: &Value) -> bool {
    attribute.get("required") != Some(&Value::Bool(false))
}

/// Returns whether an attribute is declared with another type than that of a fact.
fn differs(attribute: &Value, fact: &Fact<'_>) -> bool {
    let written = attribute.get("name").or_else(|| attribute.get("type")).and_then(Value::as_str);
    let written = written.map(|name| name.trim_start_matches("__cedar::"));
    let written = if written == Some("Boolean") { Some("Bool") } else { written };
    written != type_of(fact)
}

/// The name of a fact's type in a schema, for those that a context has.
fn type_of(fact: &Fact<'_>) -> Option<&'static str> {
    match fact {
        Fact::Is(_) => Some("Bool"),
        Fact::Count(_) => Some("Long"),
        Fact::Text(_) => Some("String"),
        Fact::One(kind, _) => Some(name_of(*kind)),
        Fact::Unit(_) => Some("Unit"),
        Fact::Absent | Fact::Offices(_) | Fact::Trusts(_) | Fact::Record(_) | Fact::Set(_) => None,
    }
}
