//! Reads the parts of the tree that can be signed. It reads the files directly, so it needs no register that is in use.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use portvakt_core::decide::{RenamedIds, accepted_tree, rules_of, settings_digests};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::evidence::Signers;
use portvakt_core::model::{
    Facts, FilePath, Grant, PersonId, Previously, Register, Review, SettingsDigests, TrustId,
};
use portvakt_core::parse;
use portvakt_core::parse::{Entry, ParsedFile};
use portvakt_core::system::said;
use portvakt_core::tree::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS, rejections_trust, review_parts, with_lf};

pub(super) use self::kind::SignableKind;
use super::{today, tree};
use crate::config::Global;

mod kind;

/// The largest size of `register.yaml` and of the lists of keys, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// One statement, and the person who signs it.
#[derive(Debug, Clone)]
pub(super) struct Signable {
    /// The number of the entry in the file, from 1. It is `None` if the statement is about the whole file.
    pub(super) entry: Option<usize>,
    /// The kind of statement.
    pub(super) kind: SignableKind,
    /// The exact text that is signed, byte for byte.
    pub(super) text: String,
    /// The person that the file names as approver.
    pub(super) by: PersonId,
    /// The day of the approval that the file gives.
    pub(super) on: Date,
}

/// A person's file. Its signatures are in a `.sig` file beside it.
pub(super) struct Signed {
    /// The path on this machine.
    pub(super) file: PathBuf,
    /// The path in the tree.
    pub(super) path: FilePath,
    /// The person whose file it is.
    pub(super) person: PersonId,
    /// The trust of the folder.
    pub(super) trust: TrustId,
    /// What the file says about the person.
    pub(super) facts: Facts,
    /// The earlier id of the person, if the file has `previously`.
    pub(super) previously: Option<Previously>,
    /// The valid entries, with their numbers from 1.
    pub(super) grants: Vec<(usize, Grant)>,
    /// The findings about the other entries, with the entries' numbers.
    pub(super) wrong: Vec<(usize, Vec<Finding>)>,
}

impl Signed {
    /// Returns the statements of all valid entries: the access, and the revocation if the entry has one. A statement
    /// about a change of the person's id comes first.
    pub(super) fn statements(&self, register: &Register) -> Vec<Signable> {
        let mut all = Vec::new();
        if let Some(previously) = &self.previously {
            all.push(Signable {
                entry: None,
                kind: SignableKind::ChangeOfId,
                text: previously.statement(&register.id, &self.person, &self.trust),
                by: previously.approval.by.clone(),
                on: previously.approval.on,
            });
        }
        for (entry, grant) in &self.grants {
            all.push(Signable {
                entry: Some(*entry),
                kind: SignableKind::Access,
                text: grant.statement(&register.id),
                by: grant.approval.by.clone(),
                on: grant.approval.on,
            });
            if let Some(revoked) = &grant.revoked {
                all.push(Signable {
                    entry: Some(*entry),
                    kind: SignableKind::Revocation,
                    text: grant.key.revocation_statement(&register.id, None, &revoked.by, revoked.on),
                    by: revoked.by.clone(),
                    on: revoked.on,
                });
            }
        }
        all
    }

    /// Returns the statements of the entries under the person's earlier id, if the file has one.
    pub(super) fn statements_before(&self, register: &Register) -> Vec<String> {
        let Some(previously) = &self.previously else { return Vec::new() };
        let under = |grant: &Grant| {
            let mut grant = grant.clone();
            grant.key.person.clone_from(&previously.person);
            grant.statement(&register.id)
        };
        self.grants.iter().map(|(_, grant)| under(grant)).collect()
    }

    /// Returns the statement about what identifies the person, as the administrator `by` signs it on the day `on`.
    pub(super) fn about_person(&self, register: &Register, by: &PersonId, on: Date) -> String {
        self.facts.person_statement(&register.id, &self.person, by, on)
    }

    /// Returns the path of the file with the signatures.
    pub(super) fn signatures(&self) -> PathBuf {
        signature_path(self.file.clone())
    }
}

/// Reads the tree's `register.yaml`.
pub(super) fn register(global: &Global) -> Result<Register, Vec<Finding>> {
    let path = FilePath::new(REGISTER);
    let bytes = read_plain_file(&global.settings_root().join(REGISTER), LARGEST).map_err(|why| {
        let (root, why) = (global.settings_root().display(), why.words());
        let message = text!(
            with why;
            en: "in `{root}`: `{REGISTER}` cannot be read: {why}",
            nb: "i `{root}`: `{REGISTER}` kan ikke leses: {why}"
        );
        let way_out = text!(
            en: "Name the folder that holds `desired-state` with `--root DIR`.",
            nb: "Oppgi mappen som inneholder `desired-state`, med `--root MAPPE`."
        );
        vec![Finding::new(Code::TreeMissing, message, way_out)]
    })?;
    parse::register(&path, &with_lf(bytes.into()))
}

/// Returns the finding for a list of keys that is there and cannot be read.
pub(super) fn unread_list(path: &str, why: &Unread) -> Finding {
    let way_out = text!(
        en: "Put a plain file there that can be read.",
        nb: "Legg en vanlig fil der som kan leses."
    );
    Finding::new(Code::SourceUnreadable, why.of(path), way_out)
}

/// Reads the tree's lists of keys, with their bytes. A missing file counts as empty.
pub(super) fn signers(global: &Global, register: &Register) -> Result<(Signers, [Vec<u8>; 2]), Vec<Finding>> {
    let bytes = |path: &str| match read_plain_file(&global.settings_root().join(path), LARGEST) {
        Err(why) if why.is_missing() => Ok(Vec::new()),
        other => other.map_err(|why| vec![unread_list(path, &why)]),
    };
    let (allowed, revoked) = (bytes(ALLOWED_SIGNERS)?, bytes(REVOKED_KEYS)?);
    let signers = Signers::parse(&allowed, &revoked, &register.time_zone)?;
    Ok((signers, [allowed, revoked]))
}

/// Returns the earlier ids that the files of the tree give, each with the id that the person has now. There are none if
/// the tree cannot be read, because settings in error can still be signed.
pub(super) fn renamed_ids(global: &Global) -> RenamedIds {
    let read = || {
        let register = register(global).ok()?;
        let day = today::of_register(global, &register).ok()?;
        let tree = tree::read_tree(global).ok()?.snapshot;
        Some(accepted_tree(&tree, &register, day).base.renamed)
    };
    read().unwrap_or_default()
}

/// Returns the digests of the tree's settings. Settings that are not valid cannot be signed.
pub(super) fn digests_to_sign(global: &Global) -> Result<SettingsDigests, Vec<Finding>> {
    let tree = tree::read_tree(global).map_err(|finding| vec![finding])?.snapshot;
    let rules = rules_of(&tree)?;
    Ok(settings_digests(tree.settings(), &rules.policies_digest))
}

/// Reads a person's file of the tree. `file` is a path on this machine, or a path below the root.
pub(super) fn person_file(global: &Global, register: &Register, file: &Path) -> Result<Signed, Vec<Finding>> {
    let found = path_of_named(global, file);
    let path = in_tree(global, &found).ok_or_else(|| {
        let file = file.display();
        let what = text!(
            en: "`{file}` is no person's file of this tree",
            nb: "`{file}` er ingen persons fil her"
        );
        let way_out = text!(
            en: "Name a file such as `desired-state/<trust>/<person>.yaml`, and the tree it belongs to with `--root DIR`.",
            nb: "Oppgi en fil som `desired-state/<helseforetak>/<person>.yaml`, og mappen den hører til, med `--root MAPPE`."
        );
        vec![Finding::new(Code::WrongFolder, what, way_out)]
    })?;
    let bytes =
        read_plain_file(&found, u64::try_from(parse::LARGEST).unwrap_or(u64::MAX)).map_err(|why| {
            let way_out = text!(
                en: "Name a person's file that is there.",
                nb: "Oppgi en persons fil som finnes."
            );
            vec![Finding::new(Code::SourceUnreadable, why.of(&file.display().to_string()), way_out)]
        })?;
    let parsed = parse::person(&path, &with_lf(bytes.into()), register)?;
    let ParsedFile { person, trust, facts, previously, .. } = parsed;
    let (grants, wrong) = (Vec::new(), Vec::new());
    let mut signed = Signed { file: found, path, person, trust, facts, previously, grants, wrong };
    for (at, entry) in parsed.entries.into_iter().enumerate() {
        match entry {
            Entry::Valid { grant, .. } => signed.grants.push((at + 1, *grant)),
            Entry::Invalid { findings, .. } => signed.wrong.push((at + 1, findings)),
        }
    }
    Ok(signed)
}

/// A list of a review or of rejected applications. Its signatures are in a `.sig` file beside it.
pub(super) struct SignedList {
    /// The path of the signature file on this machine.
    pub(super) signatures: PathBuf,
    /// The path in the tree.
    pub(super) path: FilePath,
    /// The statement of each reviewer, or of each rejection, in the order of the list.
    pub(super) statements: Vec<Signable>,
    /// The statements of reviewers in the words of an earlier version, if a signature over such a statement still
    /// counts.
    pub(super) earlier: Vec<Signable>,
    /// The content of the list of a review: its rows and their answers. It is `None` for a list of rejected
    /// applications.
    pub(super) review: Option<Review>,
}

/// Returns the finding about a list that cannot be read.
fn no_list(file: &Path, why: &Unread) -> Vec<Finding> {
    let way_out = text!(en: "Name a list that is there.", nb: "Oppgi en liste som finnes.");
    vec![Finding::new(Code::SourceUnreadable, why.of(&file.display().to_string()), way_out)]
}

/// Returns the path of a file that is named by a path on this machine, or by one below the root.
fn path_of_named(global: &Global, file: &Path) -> PathBuf {
    if file.symlink_metadata().is_ok() { file.to_owned() } else { global.root.join(file) }
}

/// The path and the content of a list.
struct ReadList {
    /// The path on this machine.
    file: PathBuf,
    /// The path in the tree.
    path: FilePath,
    bytes: Vec<u8>,
}

impl ReadList {
    /// Reads a list of the tree that has at most so many bytes. It is `None` if the path is not that of such a list.
    fn of(
        global: &Global,
        named: &Path,
        is_such: impl Fn(&FilePath) -> bool,
        most: usize,
    ) -> Result<Option<Self>, Vec<Finding>> {
        let file = path_of_named(global, named);
        let Some(path) = inside(global, &file).filter(is_such) else { return Ok(None) };
        let bytes = read_plain_file(&file, u64::try_from(most).unwrap_or(u64::MAX))
            .map_err(|why| no_list(named, &why))?;
        Ok(Some(Self { file, path, bytes }))
    }
}

/// Reads a list of `reviews`. It is `None` if the path is not that of such a list.
pub(super) fn review_list(
    global: &Global,
    register: &Register,
    file: &Path,
) -> Result<Option<SignedList>, Vec<Finding>> {
    let is_review = |path: &FilePath| review_parts(path).is_some();
    let Some(list) = ReadList::of(global, file, is_review, parse::LARGEST_REVIEW)? else { return Ok(None) };
    let ReadList { file, path, bytes } = list;
    let review = parse::review(&path, &with_lf(bytes.into()), register)?.review;
    let (mut statements, mut earlier) = (Vec::new(), Vec::new());
    for line in &review.reviewed {
        let statement = review.statements(&register.id, line);
        let signable = |text: &str| Signable {
            entry: None,
            kind: SignableKind::Review,
            text: text.to_owned(),
            by: line.by.clone(),
            on: line.on,
        };
        statements.push(signable(statement.text()));
        earlier.extend(statement.earlier().map(signable));
    }
    Ok(Some(SignedList { signatures: signature_path(file), path, statements, earlier, review: Some(review) }))
}

/// Reads a list of `requests`. It is `None` if the path is not that of such a list.
pub(super) fn signable_rejections(
    global: &Global,
    register: &Register,
    file: &Path,
) -> Result<Option<SignedList>, Vec<Finding>> {
    let is_of_rejections = |path: &FilePath| rejections_trust(path).is_some();
    let Some(list) = ReadList::of(global, file, is_of_rejections, parse::LARGEST)? else { return Ok(None) };
    let ReadList { file, path, bytes } = list;
    let parsed = parse::rejections(&path, &with_lf(bytes.into()), register)?;
    let statement = |(at, entry): (usize, &parse::RejectedEntry)| Signable {
        entry: Some(at + 1),
        kind: SignableKind::Rejection,
        text: entry.rejection.statement(&register.id, &parsed.written),
        by: entry.rejection.by.clone(),
        on: entry.rejection.on,
    };
    let statements = parsed.entries.iter().enumerate().map(statement).collect();
    let (earlier, review) = (Vec::new(), None);
    Ok(Some(SignedList { signatures: signature_path(file), path, statements, earlier, review }))
}

/// Returns the path of the signatures beside a file.
fn signature_path(file: PathBuf) -> PathBuf {
    let mut name = file.into_os_string();
    name.push(".sig");
    PathBuf::from(name)
}

/// Returns the path of a file inside the tree, if it is a person's file.
fn in_tree(global: &Global, file: &Path) -> Option<FilePath> {
    inside(global, file).filter(|path| path.person_parts().is_some())
}

/// Returns the path of a file inside the tree.
fn inside(global: &Global, file: &Path) -> Option<FilePath> {
    let root = global.root.canonicalize().ok()?;
    let folder =
        file.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = folder?.canonicalize().ok()?;
    let inside = folder.strip_prefix(root).ok()?.join(file.file_name()?);
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    Some(FilePath::new(&parts?.join("/")))
}

/// The reason why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The error of the system.
    System(std::io::Error),
    /// The path is a link, a folder or something else that is not a plain file.
    NotPlain,
    /// The file is larger than this limit, in bytes.
    Large(u64),
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

impl Unread {
    /// Returns whether the file is missing.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::System(error) if error.kind() == std::io::ErrorKind::NotFound)
    }

    /// Returns whether the file is larger than the limit.
    pub(super) fn is_too_large(&self) -> bool {
        matches!(self, Self::Large(_))
    }

    pub(super) fn words(&self) -> Text {
        match self {
            Self::System(error) => said(error),
            Self::NotPlain => portvakt_net::no_plain_file(),
            Self::Large(most) => {
                text!(en: "it has more than {most} bytes", nb: "den er på mer enn {most} byte")
            }
        }
    }

    /// Returns the reason, with the path of the file.
    pub(super) fn of(&self, path: &str) -> Text {
        let why = self.words();
        text!(with why; en: "`{path}` cannot be read: {why}", nb: "`{path}` kan ikke leses: {why}")
    }
}

/// Reads a plain file that is not larger than the limit.
pub(super) fn read_plain_file(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    if !path.symlink_metadata()?.is_file() {
        return Err(Unread::NotPlain);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(Unread::Large(most));
    }
    Ok(bytes)
}
