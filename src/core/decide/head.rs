//! Makes a head from the bytes of a snapshot. Each file that has to be looked at is parsed or held.

mod beside;
mod fault;
mod in_file;
mod odd;

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::Arc;

use crate::change::{Astray, Exhibits, Head, HeadEntry, HeadFile, Invalid};
use crate::diag::{Finding, text};
use crate::evidence::SignatureFile;
use crate::model::{Digest, FilePath, ForgeApproval, PersonId, Register, ReviewedChange, TrustId};
use crate::parse::{Claims, Entry, ParsedFile, TakenBack, claims, person};
use crate::planted::PlantedFault;
use crate::tree::{Odd, Oddity, Snapshot};

pub use beside::HeldSince;
use beside::OddFolders;
pub use fault::fault_finding;
use in_file::InFile;
pub use odd::{held_folder, is_told_with_settings};
use odd::{held_trust, odd_finding, stands_for_a_folder};

/// A file to look at: its path and its bytes. There are no bytes if the file is gone.
#[derive(Debug, Clone)]
pub struct FileToRead {
    /// The path of the file in the tree.
    pub path: FilePath,
    /// The bytes and their digest. It is `None` if the file is gone.
    pub bytes: Option<(Arc<[u8]>, Digest)>,
    /// The bytes of the signature file beside it.
    pub signatures: Option<Arc<[u8]>>,
    /// The reviewed changes of the file.
    pub reviews: Vec<ReviewedChange>,
}

impl FileToRead {
    /// Makes a look at a file that no longer exists.
    #[must_use]
    pub fn gone(path: FilePath) -> Self {
        Self { path, bytes: None, signatures: None, reviews: Vec::new() }
    }

    /// Returns whether the tree shows what this look says. A file that cannot be seen is not absent, because something
    /// odd in the tree may hide it.
    #[must_use]
    pub fn is_shown(&self, tree: &Snapshot) -> bool {
        self.bytes.is_some() || tree.shows_absent(&self.path)
    }
}

/// Parses the files to look at, which are of this tree, on as many threads as the tree says. Files in a folder with
/// something odd are held.
#[must_use]
pub fn head(looks: &[FileToRead], tree: &Snapshot, register: &Register) -> Head {
    head_of_looks(looks, tree, register, None)
}

/// Does the same in a pass, which remembers since when files have been held. After seven days a file counts in spite of
/// what is odd in its folder.
#[must_use]
pub fn head_in_pass(looks: &[FileToRead], tree: &Snapshot, register: &Register, held: HeldSince<'_>) -> Head {
    head_of_looks(looks, tree, register, Some(held))
}

fn head_of_looks(
    looks: &[FileToRead],
    tree: &Snapshot,
    register: &Register,
    held: Option<HeldSince<'_>>,
) -> Head {
    let mut head = read_looks(looks, (tree.odd(), held), register, tree.threads());
    head.astray.extend(tree.strays().iter().filter_map(|odd| odd_astray(odd, register)));
    head
}

/// Parses files that are not in the tree, such as earlier versions. Nothing odd is beside them, and they are so few
/// that one thread parses them.
pub fn head_apart(looks: &[FileToRead], register: &Register) -> Head {
    on_threads(looks, &[], register, NonZero::<usize>::MIN)
}

/// Parses the files to look at, on at most this many threads. Files in a folder with something odd are held.
pub fn on_threads(looks: &[FileToRead], odd: &[Odd], register: &Register, threads: NonZero<usize>) -> Head {
    read_looks(looks, (odd, None), register, threads)
}

fn read_looks(
    looks: &[FileToRead],
    (odd, held): (&[Odd], Option<HeldSince<'_>>),
    register: &Register,
    threads: NonZero<usize>,
) -> Head {
    let folders = OddFolders::of(odd, held);
    let parts: Vec<Vec<ParsedHeadFile>> = if looks.len() <= A_SHARE || threads == NonZero::<usize>::MIN {
        vec![looks.iter().map(|look| read_head_file(look, &folders, register)).collect()]
    } else {
        side_by_side(looks, &folders, register, threads)
    };
    // A file in a directory inside a trust's folder is told with the directory, and a `.gitattributes` with the settings
    // that are refused because of it.
    let told = odd.iter().filter(|odd| odd.what != Oddity::Within && !is_told_with_settings(odd));
    let findings = told.map(|odd| odd_finding(odd, register)).collect();
    let mut head = Head { findings, ..Head::default() };
    head.astray.extend(odd.iter().filter_map(|odd| odd_astray(odd, register)));
    for part in parts.into_iter().flatten() {
        head.findings.extend(part.findings);
        head.astray.extend(part.astray);
        if let Some((person, trust)) = part.whose {
            head.insert(&person, &trust, part.file);
        }
    }
    head
}

/// Returns what an odd path may mean for somebody whose file is missing: the people it names, the files it may hide, and
/// the folder that waits because of it.
fn odd_astray(odd: &Odd, register: &Register) -> Option<(FilePath, Astray)> {
    if odd.what == Oddity::Within && PlantedFault::TooDeepIsGone.is_planted() {
        return None;
    }
    let names: BTreeSet<PersonId> = odd.person_by_name().into_iter().chain(odd.person.clone()).collect();
    let is_unread_folder = stands_for_a_folder(odd, register);
    let folder = held_trust(odd, register);
    if names.is_empty() && !is_unread_folder && folder.is_none() {
        return None;
    }
    let path = FilePath::new(&odd.path);
    let of_people = odd.bytes.as_deref().filter(|_| !names.is_empty());
    let claims = of_people.map(|bytes| claims(&path, bytes, register)).unwrap_or_default();
    Some((path, Astray { is_unread_folder, folder, ..astray(names, claims) }))
}

/// Files are split among threads only if there are more than this.
const A_SHARE: usize = 256;

fn side_by_side(
    looks: &[FileToRead],
    folders: &OddFolders<'_>,
    register: &Register,
    threads: NonZero<usize>,
) -> Vec<Vec<ParsedHeadFile>> {
    let share = looks.len().div_ceil(threads.get()).max(A_SHARE);
    std::thread::scope(|scope| {
        let running: Vec<_> = looks
            .chunks(share)
            .map(|chunk| {
                scope
                    .spawn(move || chunk.iter().map(|look| read_head_file(look, folders, register)).collect())
            })
            .collect();
        running
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

struct ParsedHeadFile {
    whose: Option<(PersonId, TrustId)>,
    file: HeadFile,
    findings: Vec<Finding>,
    astray: Option<(FilePath, Astray)>,
}

/// Returns the person and trust of a path, if its parts are valid ids.
#[must_use]
pub fn whose(path: &FilePath) -> Option<(PersonId, TrustId)> {
    let (folder, stem) = path.person_parts()?;
    Some((PersonId::new(stem).ok()?, TrustId::new(folder).ok()?))
}

fn read_head_file(look: &FileToRead, folders: &OddFolders<'_>, register: &Register) -> ParsedHeadFile {
    let whose = whose(&look.path);
    let Some((bytes, digest)) = &look.bytes else {
        // Something odd in its folder keeps it for a time, as a file that may have been moved there.
        return ParsedHeadFile { whose, file: HeadFile::Gone, findings: Vec::new(), astray: None };
    };
    match (person(&look.path, bytes, register), folders.wait_of(&look.path)) {
        (Err(mut findings), _) => {
            for finding in &mut findings {
                finding.way_out = std::mem::take(&mut finding.way_out).and(text!(
                    en: "Until then what was accepted for this file before stays in force.",
                    nb: "Inntil da gjelder det som er godtatt for denne filen før."
                ));
            }
            unusable(look, whose, bytes, findings, register)
        }
        (Ok(_), Some(wait)) => unusable(look, whose, bytes, vec![wait.finding(&look.path)], register),
        (Ok(parsed), None) => read_parsed_file(look, parsed, bytes, *digest, register),
    }
}

/// Reads a file that is held. Its accepted entries stay, and the entries it revokes are carried out. The people it
/// names are kept, so that a moved file is not taken for a missing one.
fn unusable(
    look: &FileToRead,
    whose: Option<(PersonId, TrustId)>,
    bytes: &Arc<[u8]>,
    findings: Vec<Finding>,
    register: &Register,
) -> ParsedHeadFile {
    let claims = claims(&look.path, bytes, register);
    let by_name = look.path.person_parts().and_then(|(_, stem)| PersonId::new(&stem.to_lowercase()).ok());
    let names: BTreeSet<PersonId> = by_name.into_iter().chain(claims.person.clone()).collect();
    // A file in its own place speaks for its own person. Any other file speaks for the people it names.
    let own = whose.as_ref().is_some_and(|(person, trust)| {
        register.trusts.contains_key(trust) && names.iter().all(|name| name == person)
    });
    let mut astray = astray(names, claims);
    astray.bytes = Some(Arc::clone(bytes));
    let here = match &whose {
        Some((_, trust)) if own => {
            let all = std::mem::take(&mut astray.says);
            astray.says =
                all.iter().filter(|entry| may_be_of_another(entry, trust, register)).cloned().collect();
            all
        }
        _ => Vec::new(),
    };
    ParsedHeadFile {
        whose,
        file: HeadFile::Held { says: here },
        findings,
        astray: Some((look.path.clone(), astray)),
    }
}

fn astray(names: BTreeSet<PersonId>, claims: Claims) -> Astray {
    let Claims { previously, requests, taken_back: says, .. } = claims;
    let names = names.into_iter().chain(previously.iter().cloned()).collect();
    Astray { names, says: taken_back(says), previously, requests, ..Astray::default() }
}

fn taken_back(entries: Vec<TakenBack>) -> Vec<Invalid> {
    let invalid = |TakenBack { application, unit, request, revoked }| Invalid {
        application,
        unit,
        request,
        revoked: Some(revoked),
    };
    entries.into_iter().map(invalid).collect()
}

/// Returns whether an entry that says `revoked` may be one that was in the file of another trust before. It names the
/// application and the request, and no unit of this trust.
fn may_be_of_another(entry: &Invalid, trust: &TrustId, register: &Register) -> bool {
    let unit = entry.unit.and_then(|unit| register.units.get(&unit));
    entry.application.is_some() && entry.request.is_some() && unit.is_none_or(|unit| unit.trust != *trust)
}

/// Returns the revoked entries whose unit is not in this file's trust, and whose application and request no valid
/// entry of the file has. Such an entry was in the file of another trust before.
fn from_elsewhere(entries: &[HeadEntry], invalid: &[Invalid]) -> Vec<Invalid> {
    let named = |wrong: &Invalid| {
        entries.iter().map(|entry| &entry.grant.key).any(|key| {
            wrong.application.as_ref() == Some(&key.application)
                && wrong.request.as_ref() == Some(&key.request)
        })
    };
    let whole = |wrong: &Invalid| {
        wrong.revoked.is_some()
            && wrong.unit.is_none()
            && wrong.application.is_some()
            && wrong.request.is_some()
    };
    invalid.iter().filter(|wrong| whole(wrong) && !named(wrong)).cloned().collect()
}

/// Returns the statements that a reviewed change brought into the file. A person who approved a later change has not
/// approved the statements from before it.
fn brought(
    look: &FileToRead,
    change: &ReviewedChange,
    register: &Register,
) -> (ForgeApproval, BTreeSet<Digest>) {
    let statements = |bytes: &Option<Arc<[u8]>>| -> BTreeSet<Digest> {
        let parsed = bytes.as_ref().and_then(|bytes| person(&look.path, bytes, register).ok());
        let Some(parsed) = parsed else { return BTreeSet::new() };
        let renamed = parsed.previously.as_ref().map(|previously| {
            Digest::of(previously.statement(&register.id, &parsed.person, &parsed.trust).as_bytes())
        });
        let identifies = parsed.facts.identifying_digest(&register.id, &parsed.person);
        let said = parsed.entries.iter().flat_map(|entry| signable_digests(entry, register));
        said.chain(renamed).chain([identifies]).collect()
    };
    let before = statements(&change.old);
    (change.review.clone(), statements(&change.new).difference(&before).copied().collect())
}

/// Returns the digests of everything in an entry that somebody can sign.
fn signable_digests(entry: &Entry, register: &Register) -> Vec<Digest> {
    let Entry::Valid { grant, .. } = entry else { return Vec::new() };
    let revoked = grant
        .revoked
        .as_ref()
        .map(|revocation| grant.key.revocation_statement(&register.id, None, &revocation.by, revocation.on));
    let texts = revoked.into_iter().chain([grant.statement(&register.id)]);
    texts.map(|text| Digest::of(text.as_bytes())).collect()
}

fn read_parsed_file(
    look: &FileToRead,
    parsed: ParsedFile,
    bytes: &Arc<[u8]>,
    digest: Digest,
    register: &Register,
) -> ParsedHeadFile {
    let mut findings = Vec::new();
    let (mut entries, mut invalid, mut places) = (Vec::new(), Vec::new(), Vec::new());
    for (number, entry) in parsed.entries.into_iter().enumerate() {
        match entry {
            Entry::Valid { grant, places: at } => {
                entries.push(HeadEntry { number, grant: *grant });
                places.push(Some(at));
            }
            Entry::Invalid { application, unit, request, revoked, findings: wrong, .. } => {
                invalid.push(Invalid { application, unit, request, revoked });
                findings.extend(wrong);
                places.push(None);
            }
        }
    }
    let read = look.signatures.as_ref().map(|bytes| SignatureFile::read(bytes)).unwrap_or_default();
    findings.extend(read.faults.iter().map(|fault| fault_finding(&look.path.signatures(), fault)));
    let reviews = look.reviews.iter().map(|change| brought(look, change, register)).collect();
    let exhibits = Exhibits { signatures: read.signatures, reviews };
    let spots = Arc::new(InFile {
        path: look.path.clone(),
        bytes: Arc::clone(bytes),
        file: parsed.places,
        entries: places,
    });
    let astray = (!invalid.is_empty()).then(|| {
        let names = [parsed.person.clone()].into();
        let previously = parsed.previously.iter().map(|before| before.person.clone()).collect();
        let says = from_elsewhere(&entries, &invalid);
        let bytes = Some(Arc::clone(bytes));
        (look.path.clone(), Astray { names, says, previously, bytes, ..Astray::default() })
    });
    ParsedHeadFile {
        astray,
        whose: Some((parsed.person, parsed.trust)),
        file: HeadFile::Says {
            facts: parsed.facts,
            previously: parsed.previously.map(Box::new),
            entries,
            invalid,
            spots,
            digest,
            exhibits: Arc::new(exhibits),
        },
        findings,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use crate::tree::REGISTER;

    #[test]
    fn the_number_of_threads_changes_nothing_of_the_head() {
        let settings = include_bytes!("../../../desired-state/register.yaml");
        let register = parse::register(&FilePath::new(REGISTER), settings).unwrap();
        let looks: Vec<FileToRead> = (0..=2 * A_SHARE)
            .map(|number| {
                let bytes: Arc<[u8]> = Arc::from(b"x: [\n".as_slice());
                let digest = Digest::of(&bytes);
                let path = FilePath::new(&format!("desired-state/unn/prove.testesen{number}.yaml"));
                FileToRead { bytes: Some((bytes, digest)), ..FileToRead::gone(path) }
            })
            .collect();
        let on = |threads: usize| {
            let threads = NonZero::new(threads).unwrap();
            format!("{:?}", on_threads(&looks, &[], &register, threads))
        };
        let one = on(1);
        assert!(one.contains(&format!("prove.testesen{}", 2 * A_SHARE)));
        assert_eq!(on(2), one);
        assert_eq!(on(1000), one);
    }
}
