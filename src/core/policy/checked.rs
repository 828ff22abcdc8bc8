//! Keeps entities that were checked against the schema.
//!
//! The same approver is asked about many accesses, and the same access about many approvers. To make an entity and to check
//! it costs Cedar as much as to decide. An entity is found under everything that it was made from, so it is never another
//! one than would be made anew.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use cedar_policy::{Entities, Entity, Schema};

use crate::system::with_causes;

/// The most entities that are kept (about 1 MB). When there are more, all are forgotten, which only costs time.
const MOST: usize = 256;

/// Why the facts do not fit the schema. The decision is then a denial that gives this reason.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unfit {
    #[error("a type has no name")]
    Name,
    #[error("an entity does not fit the schema: {0}")]
    Entity(String),
    #[error("the request does not fit the schema: {0}")]
    Request(String),
}

/// The schema, with entities that fit it.
#[derive(Debug)]
pub(super) struct CheckedEntities {
    schema: Schema,
    kept: RwLock<HashMap<Box<[u8]>, Entity>>,
}

impl CheckedEntities {
    /// Begins with no entity.
    pub(super) fn of(schema: Schema) -> Self {
        Self { schema, kept: RwLock::default() }
    }

    /// The schema that the entities were checked against.
    pub(super) fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the entity that has this key. If there is none, it is made and checked against the schema. The key must
    /// hold everything that the entity is made from.
    ///
    /// # Errors
    /// The entity cannot be made, or it does not fit the schema.
    pub(super) fn entity(
        &self,
        key: Vec<u8>,
        make: impl FnOnce() -> Result<Entity, Unfit>,
    ) -> Result<Entity, Unfit> {
        // If a thread died while it held the lock, it inserted either a whole entity or none.
        if let Some(known) = self.kept.read().unwrap_or_else(PoisonError::into_inner).get(key.as_slice()) {
            return Ok(known.clone());
        }
        let made = make()?;
        Entities::from_entities([made.clone()], Some(&self.schema))
            .map_err(|error| Unfit::Entity(with_causes(&error)))?;
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(key.into_boxed_slice(), made.clone());
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use cedar_policy::{EntityUid, RestrictedExpression};

    use super::*;

    fn counted(number: i64) -> Entity {
        let uid: EntityUid = "Thing::\"one\"".parse().unwrap();
        let count = RestrictedExpression::new_long(number);
        Entity::new(uid, HashMap::from([("count".to_owned(), count)]), HashSet::new()).unwrap()
    }

    #[test]
    fn an_entity_is_made_once_until_there_are_too_many_and_none_is_kept_that_does_not_fit() {
        let (schema, _) = Schema::from_cedarschema_str("entity Thing { count: Long };").unwrap();
        let checked = CheckedEntities::of(schema);
        let anew = || panic!("this is kept");
        for number in 0..3 {
            assert_eq!(
                checked.entity(vec![number], || Ok(counted(number.into()))).unwrap(),
                counted(number.into())
            );
            assert_eq!(checked.entity(vec![number], anew).unwrap(), counted(number.into()));
        }
        let other = || Ok(Entity::with_uid("Thing::\"one\"".parse().unwrap()));
        for _ in 0..2 {
            assert!(matches!(checked.entity(vec![9], other), Err(Unfit::Entity(_))));
        }
        for number in 0..=u16::try_from(MOST).unwrap() {
            checked.entity(number.to_le_bytes().to_vec(), || Ok(counted(number.into()))).unwrap();
        }
        assert_eq!(checked.entity(vec![1], || Ok(counted(7))).unwrap(), counted(7), "it was forgotten");
        assert!(checked.kept.read().unwrap().len() <= MOST);
    }
}
