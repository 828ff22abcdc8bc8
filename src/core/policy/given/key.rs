//! Writes what Cedar is given as bytes. Everything has its kind and its length, so that two different questions never
//! have the same bytes.

use super::{Fact, GivenEntity, NamedFact, PolicyRequest};
use crate::model::UnitId;

impl PolicyRequest<'_> {
    /// Writes the request as bytes. Two requests have the same bytes only if they are the same, because each part is
    /// written with its length and its kind.
    pub(in super::super) fn key(&self, bytes: &mut Vec<u8>) {
        let Self { principal, action, resource, context } = self;
        thing(principal, bytes);
        put_text(action, bytes);
        thing(resource, bytes);
        facts(context, bytes);
    }
}

impl GivenEntity<'_> {
    /// Writes the entity as bytes. Two entities have the same bytes only if they are the same.
    pub(in super::super) fn key(&self, bytes: &mut Vec<u8>) {
        thing(self, bytes);
    }
}

fn thing(thing: &GivenEntity<'_>, bytes: &mut Vec<u8>) {
    bytes.push(thing.kind as u8);
    facts(thing.facts, bytes);
}

fn facts(named: &[NamedFact<'_>], bytes: &mut Vec<u8>) {
    put_length(named.len(), bytes);
    for (name, value) in named {
        put_text(name, bytes);
        fact(value, bytes);
    }
}

fn fact(value: &Fact<'_>, bytes: &mut Vec<u8>) {
    match value {
        Fact::Absent => bytes.push(0),
        Fact::Is(yes) => bytes.extend([1, u8::from(*yes)]),
        Fact::Count(number) => {
            bytes.push(2);
            bytes.extend(number.to_le_bytes());
        }
        Fact::Text(words) => {
            bytes.push(3);
            put_text(words, bytes);
        }
        Fact::One(kind, id) => {
            bytes.extend([4, *kind as u8]);
            put_text(id, bytes);
        }
        Fact::Unit(UnitId(number)) => {
            bytes.push(5);
            bytes.extend(number.to_le_bytes());
        }
        Fact::Offices(offices) => {
            bytes.push(6);
            put_length(offices.len(), bytes);
            offices.iter().for_each(|office| put_text(office.as_str(), bytes));
        }
        Fact::Trusts(trusts) => {
            bytes.push(7);
            put_length(trusts.len(), bytes);
            trusts.iter().for_each(|trust| put_text(trust.as_str(), bytes));
        }
        Fact::Record(named) => {
            bytes.push(8);
            facts(named, bytes);
        }
        Fact::Set(members) => {
            bytes.push(9);
            put_length(members.len(), bytes);
            members.iter().for_each(|member| fact(member, bytes));
        }
    }
}

fn put_text(words: &str, bytes: &mut Vec<u8>) {
    put_length(words.len(), bytes);
    bytes.extend_from_slice(words.as_bytes());
}

/// Writes a length. Nearly all lengths fit in one byte. The byte 255 announces eight more bytes.
fn put_length(length: usize, bytes: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < u8::MAX => bytes.push(short),
        _ => {
            bytes.push(u8::MAX);
            bytes.extend((length as u64).to_le_bytes());
        }
    }
}
