//! What the lists of a tree are judged by.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::change::Base;
use crate::judge::{ForgeInquiry, Rules};
use crate::model::{Digest, FilePath, ReviewedChange, TrustId};
use crate::tree::ListFiles;

/// Everything that the lists are judged by.
#[derive(Debug, Clone, Copy)]
pub struct ReviewCase<'a> {
    /// The files of `reviews`.
    pub files: &'a ListFiles,
    /// The rules accepted before.
    pub rules: &'a Rules,
    /// The state that was accepted before this tree.
    pub base: &'a Base,
    /// The statements that were used before, also those of reviews that counted.
    pub used: &'a BTreeSet<Digest>,
    /// The changes of the lists that the forge knows, with their approvals.
    pub changes: &'a BTreeMap<FilePath, Vec<ReviewedChange>>,
    /// Whether the forge has been asked.
    pub forge: ForgeInquiry,
    /// The first day of the oldest access that exists, for each trust where anybody has access.
    pub first: &'a BTreeMap<TrustId, Date>,
    /// Statements that were used before, until a later one of the same reviewer about the same list replaced them. They
    /// count no more, unless a forge shows that they were approved again.
    pub replaced: &'a BTreeSet<Digest>,
    /// Where it is known from that statements were used.
    pub used_from: UsedFrom,
    /// Whether a review may begin to count.
    pub new: NewReviews,
    /// The current day in the register's time zone.
    pub today: Date,
}

/// Whether a review may begin to count. One that counted before counts either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewReviews {
    /// The base holds everybody, and the clock is trusted.
    MayCount,
    /// People or the day are in doubt, or the lists are only shown. A later pass judges them.
    Wait,
}

/// Where it is known from that statements of reviewers were used before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UsedFrom {
    /// A pass accepted them. It counted the rows of the list then.
    Passes,
    /// They are in merged files. Nothing shows that anybody counted the rows, so they are counted again.
    #[default]
    Files,
}

impl<'a> ReviewCase<'a> {
    /// Makes the case of the lists of some files, beside the state that was accepted. No forge has been asked, no statement
    /// is known to be replaced, and a review may begin to count. The used statements are those of passes.
    #[must_use]
    pub fn of_files(
        files: &'a ListFiles,
        rules: &'a Rules,
        base: &'a Base,
        used: &'a BTreeSet<Digest>,
        first: &'a BTreeMap<TrustId, Date>,
        today: Date,
    ) -> Self {
        static NO_CHANGES: BTreeMap<FilePath, Vec<ReviewedChange>> = BTreeMap::new();
        static NONE_REPLACED: BTreeSet<Digest> = BTreeSet::new();
        let (changes, forge, new) = (&NO_CHANGES, ForgeInquiry::NotAsked, NewReviews::MayCount);
        let (replaced, used_from) = (&NONE_REPLACED, UsedFrom::Passes);
        Self { files, rules, base, used, replaced, used_from, changes, forge, first, new, today }
    }
}
