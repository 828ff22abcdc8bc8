//! The head: what the tree says now, for the files that a pass must look at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diag::{Finding, Place};
use crate::evidence::Signature;
use crate::model::{
    ApplicationId, Digest, Facts, FilePath, ForgeApproval, Grant, GrantKey, PersonId, Previously, RequestId,
    Revocation, TrustId, UnitId, VouchedFact,
};

/// A value in a person's file that a finding can underline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// `name`
    Name,
    /// One of the facts that approvals vouch for.
    Vouched(VouchedFact),
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
    /// `until` of an entry, or its `from` if there is no end
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
            "employer" => Self::Vouched(VouchedFact::Employer),
            "staff" => Self::Vouched(VouchedFact::Staff),
            "position" => Self::Vouched(VouchedFact::Position),
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

/// The places of the values in a file.
pub trait Spots: Send + Sync + std::fmt::Debug {
    /// The place of a value: of the entry with this number, or of the person if there is no number.
    fn place(&self, entry: Option<usize>, field: Field) -> Place;
}

/// A valid entry with its number in the file.
#[derive(Debug, Clone)]
pub struct HeadEntry {
    /// The number of the entry, counted from 0.
    pub number: usize,
    /// The grant the entry describes.
    pub grant: Grant,
}

/// An entry in error. An accepted grant that it could mean stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The application, if that part is valid.
    pub application: Option<ApplicationId>,
    /// The unit, if that part is valid.
    pub unit: Option<UnitId>,
    /// The request, if that part is valid.
    pub request: Option<RequestId>,
    /// The `revoked` mark of the entry, if it is valid.
    pub revoked: Option<Revocation>,
}

impl Invalid {
    /// Whether the entry names the application and the request of this grant, and does not name another unit of its
    /// own folder.
    #[must_use]
    pub fn says(&self, key: &GrantKey) -> bool {
        self.application.is_some() && self.request.is_some() && self.could_mean(key)
    }

    /// Whether the entry could mean this accepted grant: every valid part agrees with it.
    #[must_use]
    pub fn could_mean(&self, key: &GrantKey) -> bool {
        self.application.as_ref().is_none_or(|part| *part == key.application)
            && self.unit.is_none_or(|part| part == key.unit)
            && self.request.as_ref().is_none_or(|part| *part == key.request)
    }
}

/// The evidence beside a file that its entries were approved.
#[derive(Debug, Clone, Default)]
pub struct Exhibits {
    /// The signatures in the signature file beside it.
    pub signatures: Vec<Signature>,
    /// The approvals the forge knows of, each with the statements that the approved change added to the file.
    pub reviews: Vec<(ForgeApproval, BTreeSet<Digest>)>,
}

/// The present state of one file of the tree.
#[derive(Debug, Clone)]
pub enum HeadFile {
    /// The file parses. Its entries are judged one by one.
    Says {
        /// The facts about the person.
        facts: Facts,
        /// The former id of the person, if the file gives one.
        previously: Option<Box<Previously>>,
        /// The valid entries.
        entries: Vec<HeadEntry>,
        /// The entries in error.
        invalid: Vec<Invalid>,
        /// The places of the values.
        spots: Arc<dyn Spots>,
        /// The digest of the bytes of the file.
        digest: Digest,
        /// The evidence that the entries were approved.
        exhibits: Arc<Exhibits>,
    },
    /// The file does not parse, or its folder holds something unexpected. The accepted grants stay. A `revoked` mark
    /// in the file still takes effect, as far as it can be read.
    Held {
        /// The entries in it that say `revoked`.
        says: Vec<Invalid>,
    },
    /// The file is missing.
    Gone,
}

/// A path that is not in order and names a person. It may be a file that cannot be read, a file under a wrong name or
/// in a wrong place, a file with an entry in error, or a folder that cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Astray {
    /// The people it names, by its file name in any case or by `person:`.
    pub names: BTreeSet<PersonId>,
    /// The entries in it that say `revoked`, if it is not a person's file in its right place.
    pub says: Vec<Invalid>,
    /// The former ids of its person. When the file of such a former id disappears, that access is kept, no matter how
    /// long this file has been there.
    pub previously: BTreeSet<PersonId>,
    /// The requests it names. It may mean any person one of these requests was accepted for.
    pub requests: BTreeSet<RequestId>,
    /// Whether it is in the place of a folder, or may hide files in another way. Its contents are unknown, and any
    /// person's file may be in it.
    pub is_unread_folder: bool,
    /// The trust whose folder waits because of it. A file that is missing there is kept for a time.
    pub folder: Option<TrustId>,
    /// The bytes, if it is a file with the ending of a person's file. It may be in order by other settings.
    pub bytes: Option<Arc<[u8]>>,
}

/// What the tree says now, for files that differ from what was accepted or have something open.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// The paths that are not in order and name a person.
    pub astray: BTreeMap<FilePath, Astray>,
    /// The files by person and trust.
    pub files: BTreeMap<PersonId, BTreeMap<TrustId, HeadFile>>,
    /// The findings from reading and parsing.
    pub findings: Vec<Finding>,
}

impl Head {
    /// Adds one file.
    pub fn insert(&mut self, person: &PersonId, trust: &TrustId, file: HeadFile) {
        self.files.entry(person.clone()).or_default().insert(trust.clone(), file);
    }

    /// The former ids that files give, each with the person of the file.
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
