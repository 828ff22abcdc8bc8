//! Builds Cedar's own values from the facts in `PolicyRequest`, each checked against the schema.
//!
//! Cedar gets two entities for each request: principal and resource. The policies are validated so that they look no
//! further ([`LEVEL`]). So no entity a policy looks for can be missing; a missing entity would make Cedar skip a
//! `forbid`.

use std::collections::{HashMap, HashSet};

use cedar_policy::{
    Context, Entities, Entity, EntityId, EntityTypeName, EntityUid, Request, RestrictedExpression,
    SchemaFragment,
};
use serde_json::Value;

use super::checked::{CheckedEntities, Unfit};
use super::given::{EntityKind, Fact, GivenEntity, NamedFact, Others, PolicyRequest};
use crate::system::with_causes;

/// How many entities deep the policies may look: they may read the attributes of principal and resource only.
pub(super) const LEVEL: u32 = 1;

/// The usual number of bytes in what an entity is found under.
const USUAL: usize = 384;

/// Cedar's names of the schema's types. They are made once, because making a name costs more than most facts.
#[derive(Debug, Clone)]
pub(super) struct EntityNames {
    action: EntityTypeName,
    kinds: Vec<EntityTypeName>,
}

impl EntityNames {
    /// Makes the names. `None` means a spelling error in this module.
    pub(super) fn new() -> Option<Self> {
        let kinds = EntityKind::ALL.iter().map(|(_, name)| name.parse().ok()).collect::<Option<_>>()?;
        Some(Self { action: "Action".parse().ok()?, kinds })
    }

    /// Cedar's name of a type.
    pub(super) fn of(&self, kind: EntityKind) -> Result<EntityTypeName, Unfit> {
        self.kinds.get(kind as usize).cloned().ok_or(Unfit::Name)
    }

    fn uid(&self, kind: EntityKind, id: &str) -> Result<EntityUid, Unfit> {
        Ok(EntityUid::from_type_name_and_id(self.of(kind)?, EntityId::new(id)))
    }

    /// Builds the request and its two entities.
    pub(super) fn build(
        &self,
        given: &PolicyRequest<'_>,
        checked: &CheckedEntities,
    ) -> Result<(Request, Entities), Unfit> {
        let principal = self.uid(given.principal.kind, "asking")?;
        let resource = self.uid(given.resource.kind, "asked")?;
        let action = EntityUid::from_type_name_and_id(self.action.clone(), EntityId::new(given.action));
        let context = Context::from_pairs(self.pairs(given.context)?)
            .map_err(|error| Unfit::Request(error.to_string()))?;
        let entity = |uid: &EntityUid, thing: &GivenEntity<'_>| {
            let mut key = Vec::with_capacity(USUAL);
            thing.key(&mut key);
            key.extend_from_slice(uid.id().unescaped().as_bytes());
            checked.entity(key, || self.entity(uid.clone(), thing))
        };
        let entities = [entity(&principal, &given.principal)?, entity(&resource, &given.resource)?];
        // Both fit the schema. It would add its actions here, and none of them stands below another: a schema in which
        // one does is refused.
        let entities =
            Entities::from_entities(entities, None).map_err(|error| Unfit::Entity(with_causes(&error)))?;
        let request = Request::new(principal, action, resource, context, Some(checked.schema()))
            .map_err(|error| Unfit::Request(with_causes(&error)))?;
        Ok((request, entities))
    }

    fn entity(&self, uid: EntityUid, thing: &GivenEntity<'_>) -> Result<Entity, Unfit> {
        let attributes: HashMap<_, _> = self.pairs(thing.facts)?.into_iter().collect();
        Entity::new(uid, attributes, HashSet::new()).map_err(|error| Unfit::Entity(error.to_string()))
    }

    fn pairs(&self, named: &[NamedFact<'_>]) -> Result<Vec<(String, RestrictedExpression)>, Unfit> {
        let mut pairs = Vec::with_capacity(named.len());
        for (name, fact) in named {
            if let Some(value) = self.value(fact)? {
                pairs.push(((*name).to_owned(), value));
            }
        }
        Ok(pairs)
    }

    fn value(&self, fact: &Fact<'_>) -> Result<Option<RestrictedExpression>, Unfit> {
        let entity = |kind, id: &str| self.uid(kind, id).map(RestrictedExpression::new_entity_uid);
        Ok(Some(match fact {
            Fact::Absent => return Ok(None),
            Fact::Is(yes) => RestrictedExpression::new_bool(*yes),
            Fact::Count(number) => RestrictedExpression::new_long(i64::from(*number)),
            Fact::Text(words) => RestrictedExpression::new_string((*words).to_owned()),
            Fact::One(kind, id) => entity(*kind, id)?,
            Fact::Unit(unit) => entity(EntityKind::Unit, &unit.to_string())?,
            Fact::Offices(offices) => RestrictedExpression::new_set(
                offices
                    .iter()
                    .map(|office| entity(EntityKind::Office, office.as_str()))
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            Fact::Trusts(trusts) => RestrictedExpression::new_set(
                trusts
                    .iter()
                    .map(|trust| entity(EntityKind::Trust, trust.as_str()))
                    .collect::<Result<Vec<_>, _>>()?,
            ),
            Fact::Record(named) => RestrictedExpression::new_record(self.pairs(named)?)
                .map_err(|error| Unfit::Entity(error.to_string()))?,
            Fact::Set(members) => {
                let mut values = Vec::with_capacity(members.len());
                for member in *members {
                    values.extend(self.value(member)?);
                }
                RestrictedExpression::new_set(values)
            }
        }))
    }
}

/// A schema in Cedar's own form, without comments and layout.
pub(super) fn schema_in_json(words: &str) -> Option<Value> {
    let (fragment, _) = SchemaFragment::from_cedarschema_str(words).ok()?;
    fragment.to_json_value().ok()
}

/// Returns whether the schema has the fact about the applicant's other accesses.
pub(super) fn others_in(schema: Option<&Value>) -> Others {
    let shape = schema.and_then(|json| json.get("")?.get("entityTypes")?.get("Access")?.get("shape"));
    let told = shape.and_then(|shape| shape.get("attributes")?.get("others"));
    if told.is_some() { Others::Told } else { Others::Unknown }
}
