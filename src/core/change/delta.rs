//! The only comparison in this program: it compares two sorted maps, key by key.
//!
//! It is used twice. It compares base with head on grants, to find the changes that need authority. It compares
//! observed with desired rights, to find what the store must be told.

use std::cmp::Ordering;
use std::iter::Peekable;

/// The values of a key that one side has, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sides<L, R> {
    /// The key is only in the sequence before.
    Before(L),
    /// The key is only in the sequence after.
    After(R),
    /// The key is in both sequences.
    Both(L, R),
}

/// Walks two sequences that are sorted by the same unique key.
pub fn pairs<K, L, R>(
    before: impl IntoIterator<Item = (K, L)>,
    after: impl IntoIterator<Item = (K, R)>,
) -> impl Iterator<Item = (K, Sides<L, R>)>
where
    K: Ord,
{
    Pairs { before: before.into_iter().peekable(), after: after.into_iter().peekable() }
}

struct Pairs<A: Iterator, B: Iterator> {
    before: Peekable<A>,
    after: Peekable<B>,
}

impl<K, L, R, A, B> Iterator for Pairs<A, B>
where
    K: Ord,
    A: Iterator<Item = (K, L)>,
    B: Iterator<Item = (K, R)>,
{
    type Item = (K, Sides<L, R>);

    fn next(&mut self) -> Option<Self::Item> {
        let order = match (self.before.peek(), self.after.peek()) {
            (Some((left, _)), Some((right, _))) => left.cmp(right),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => self.before.next().map(|(key, left)| (key, Sides::Before(left))),
            Ordering::Greater => self.after.next().map(|(key, right)| (key, Sides::After(right))),
            Ordering::Equal => {
                let (key, left) = self.before.next()?;
                let (_, right) = self.after.next()?;
                Some((key, Sides::Both(left, right)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_key_comes_once_in_order_with_what_each_side_has(
            before in proptest::collection::btree_map(0u8..20, any::<u8>(), 0..12),
            after in proptest::collection::btree_map(0u8..20, any::<u8>(), 0..12),
        ) {
            let walked: BTreeMap<u8, Sides<u8, u8>> = pairs(before.clone(), after.clone()).collect();
            let order: Vec<u8> = pairs(before.clone(), after.clone()).map(|(key, _)| key).collect();
            prop_assert!(order.is_sorted_by(|a, b| a < b));
            for key in 0..20u8 {
                let expected = match (before.get(&key), after.get(&key)) {
                    (Some(left), Some(right)) => Some(Sides::Both(*left, *right)),
                    (Some(left), None) => Some(Sides::Before(*left)),
                    (None, Some(right)) => Some(Sides::After(*right)),
                    (None, None) => None,
                };
                prop_assert_eq!(walked.get(&key), expected.as_ref());
            }
        }
    }
}
