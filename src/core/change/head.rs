//! The head: what the tree says now, for the files a pass has to look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Finding, Place};
use crate::evidence::Signature;
use crate::model::{
    ApplicationId, Digest, Facts, FilePath, Grant, GrantKey, PersonId, Previously, RequestId, Reviewed,
    Revocation, TrustId, UnitId,
};

/// A value in a person's file that a finding can underline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `name`
    Name,
    /// `employer`
    Employer,
    /// `staff`
    Staff,
    /// `position`
    Position,
    /// `login`
    Login,
    /// `email`
    Email,
    /// `previously.person`
    Previously,
    /// `previously.approved.by`
    PreviouslyBy,
    /// `previously.approved.on`
    PreviouslyOn,
    /// `previously.approved.identity`
    PreviouslyIdentity,
    /// `application` of an entry
    Application,
    /// `unit` of an entry
    Unit,
    /// `role` of an entry
    Role,
    /// `from` of an entry
    From,
    /// `until` of an entry, or its `from` where there is no end
    Until,
    /// `request` of an entry
    Request,
    /// `approved.by`
    ApprovedBy,
    /// `approved.on`
    ApprovedOn,
    /// `approved.identity`
    Identity,
    /// `revoked.by`
    RevokedBy,
}

impl Field {
    /// The field a policy's `@points_at` names.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "employer" => Self::Employer,
            "staff" => Self::Staff,
            "position" => Self::Position,
            "application" => Self::Application,
            "unit" => Self::Unit,
            "role" => Self::Role,
            "from" => Self::From,
            "until" => Self::Until,
            "request" => Self::Request,
            "approved.by" => Self::ApprovedBy,
            "approved.on" => Self::ApprovedOn,
            "approved.identity" => Self::Identity,
            "revoked.by" => Self::RevokedBy,
            _ => return None,
        })
    }
}

/// Where the values of a file stand.
pub trait Spots: Send + Sync + std::fmt::Debug {
    /// The place of a value: of the entry with this number, or of the person where there is none.
    fn place(&self, entry: Option<usize>, field: Field) -> Place;
}

/// A valid entry with its number in the file.
#[derive(Debug, Clone)]
pub struct HeadEntry {
    /// The number, from 0.
    pub number: usize,
    /// What it says.
    pub grant: Grant,
}

/// An entry that is wrong in itself. What was accepted and could be meant by it is left as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The application, if that part is right.
    pub application: Option<ApplicationId>,
    /// The unit, if that part is right.
    pub unit: Option<UnitId>,
    /// The request, if that part is right.
    pub request: Option<RequestId>,
    /// A valid `revoked` that stands in the entry.
    pub revoked: Option<Revocation>,
}

impl Invalid {
    /// Whether it names the application and the request of this grant, and no other unit of its own folder.
    #[must_use]
    pub fn says(&self, key: &GrantKey) -> bool {
        self.application.is_some() && self.request.is_some() && self.could_mean(key)
    }

    /// Whether an accepted grant could be the one that is meant: every part that is right agrees.
    #[must_use]
    pub fn could_mean(&self, key: &GrantKey) -> bool {
        self.application.as_ref().is_none_or(|part| *part == key.application)
            && self.unit.is_none_or(|part| part == key.unit)
            && self.request.as_ref().is_none_or(|part| *part == key.request)
    }
}

/// What a file brings along to show that its entries were approved.
#[derive(Debug, Clone, Default)]
pub struct Exhibits {
    /// The signatures beside it.
    pub signatures: Vec<Signature>,
    /// The approvals the forge knows of, each with the statements that the approved change brought into the file.
    pub reviews: Vec<(Reviewed, BTreeSet<Digest>)>,
}

/// What one file of the tree says now.
#[derive(Debug, Clone)]
pub enum HeadFile {
    /// It parses; entries are judged one by one.
    Says {
        /// About the person.
        facts: Facts,
        /// The id the person had before, where the file says one.
        previously: Option<Box<Previously>>,
        /// The valid entries.
        entries: Vec<HeadEntry>,
        /// The others.
        invalid: Vec<Invalid>,
        /// Where the values stand.
        spots: Arc<dyn Spots>,
        /// Digest of the bytes.
        digest: Digest,
        /// What shows that the entries were approved.
        exhibits: Arc<Exhibits>,
    },
    /// It does not parse, or its folder holds something odd: what was accepted stays. What it takes back, as far as it
    /// can be read, acts all the same.
    Held {
        /// The entries in it that say `revoked`.
        says: Vec<Invalid>,
    },
    /// It is not there.
    Gone,
}

/// A path that is not in order and names somebody: a file that cannot be read, one under a wrong name or in a wrong
/// place, one with an entry in error; or a folder that cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Astray {
    /// Whom it names, by its file name in any case or by `person:`.
    pub names: BTreeSet<PersonId>,
    /// The entries in it that say `revoked`, where it is no person's file in its place.
    pub says: Vec<Invalid>,
    /// Whom it says its person was before: from the moment that one's file goes they are kept, however long this one has
    /// lain there.
    pub previously: BTreeSet<PersonId>,
    /// The applications it names: whomever one of them was accepted for may be meant.
    pub requests: BTreeSet<RequestId>,
    /// Whether it stands where a folder should: nothing is known of what is in that, and anybody's file may be.
    pub is_unread_folder: bool,
}

/// What the tree says now, where it differs from what was accepted or where something is still open.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// What is not in order and names somebody.
    pub astray: BTreeMap<FilePath, Astray>,
    /// Files by person and trust.
    pub files: BTreeMap<PersonId, BTreeMap<TrustId, HeadFile>>,
    /// What reading and parsing found.
    pub findings: Vec<Finding>,
}

impl Head {
    /// Adds one file.
    pub fn insert(&mut self, person: &PersonId, trust: &TrustId, file: HeadFile) {
        self.files.entry(person.clone()).or_default().insert(trust.clone(), file);
    }

    /// The ids that people had before by what their files say, each with the person of the file.
    pub fn renamed(&self) -> impl Iterator<Item = (&PersonId, &PersonId)> {
        self.files.iter().flat_map(|(person, files)| {
            files.values().filter_map(move |file| match file {
                HeadFile::Says { previously: Some(previously), .. } => Some((&previously.person, person)),
                _ => None,
            })
        })
    }

    /// The files in order, with their paths.
    pub fn iter(&self) -> impl Iterator<Item = (FilePath, &PersonId, &TrustId, &HeadFile)> {
        self.files.iter().flat_map(|(person, files)| {
            files.iter().map(move |(trust, file)| (FilePath::of_person(trust, person), person, trust, file))
        })
    }
}
