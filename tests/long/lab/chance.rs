//! Numbers that look random but depend only on the seed, so that a history can be repeated.

use crate::lab::splitmix;

/// A stream of numbers.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        let mut chance = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d);
        chance.next();
        chance
    }

    pub fn next(&mut self) -> u64 {
        splitmix::next(&mut self.0)
    }

    /// Returns a number from 0 up to, but not including, `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        if end <= 0 { 0 } else { (self.next() % end.unsigned_abs()).cast_signed() }
    }

    pub fn percent(&mut self, of_a_hundred: i64) -> bool {
        self.below(100) < of_a_hundred
    }

    pub fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as i64) as usize].clone()
    }
}
