//! What of the tree can be signed, read as it stands in the files: nothing here needs a register in use.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use portvakt_core::decide::{rules_of, settings_digests, whose};
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::evidence::Signers;
use portvakt_core::model::{FilePath, Grant, PersonId, Previously, Register, SettingsDigests};
use portvakt_core::parse;
use portvakt_core::parse::Entry;
use portvakt_core::tree::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS};
use portvakt_engine::pass::day;

use super::plan;
use crate::config::Global;

/// The most bytes of `register.yaml` and the lists of keys.
const LARGEST: u64 = 1024 * 1024;

/// One statement, and who signs it.
#[derive(Debug, Clone)]
pub(super) struct Signable {
    /// Which entry of the file, from 1; `None` where it is about the whole file.
    pub(super) entry: Option<usize>,
    /// `access`, `revocation` or `change-of-id`.
    pub(super) kind: &'static str,
    /// What is signed, byte for byte.
    pub(super) text: String,
    /// Who is named.
    pub(super) by: PersonId,
    /// The day they name.
    pub(super) on: Date,
}

/// The statement of a change of a person's id.
pub(super) const CHANGE_OF_ID: &str = "change-of-id";

/// A person's file, beside which its signatures stand.
pub(super) struct Signed {
    /// Where it is on this machine.
    pub(super) file: PathBuf,
    /// Where it stands in the tree.
    pub(super) path: FilePath,
    /// The id the person had before, where the file says one.
    pub(super) previously: Option<Previously>,
    /// The entries that are valid, with their numbers from 1.
    pub(super) grants: Vec<(usize, Grant)>,
    /// What is wrong with the others, by their numbers.
    pub(super) wrong: Vec<(usize, Vec<Finding>)>,
}

impl Signed {
    /// The statements of every valid entry: the access, and the taking back where it is written; first that of a change of
    /// the person's id.
    pub(super) fn statements(&self, register: &Register) -> Vec<Signable> {
        let mut all = Vec::new();
        let whose = whose(&self.path);
        if let (Some(previously), Some((person, trust))) = (&self.previously, &whose) {
            all.push(Signable {
                entry: None,
                kind: CHANGE_OF_ID,
                text: previously.statement(&register.id, person, trust),
                by: previously.approval.by.clone(),
                on: previously.approval.on,
            });
        }
        for (entry, grant) in &self.grants {
            all.push(Signable {
                entry: Some(*entry),
                kind: "access",
                text: grant.statement(&register.id),
                by: grant.approval.by.clone(),
                on: grant.approval.on,
            });
            if let Some(revoked) = &grant.revoked {
                all.push(Signable {
                    entry: Some(*entry),
                    kind: "revocation",
                    text: grant.key.revocation_statement(&register.id, None, &revoked.by, revoked.on),
                    by: revoked.by.clone(),
                    on: revoked.on,
                });
            }
        }
        all
    }

    /// The statements of the entries under the id that the person had before, where the file says one.
    pub(super) fn statements_before(&self, register: &Register) -> Vec<String> {
        let Some(previously) = &self.previously else { return Vec::new() };
        let under = |grant: &Grant| {
            let mut grant = grant.clone();
            grant.key.person.clone_from(&previously.person);
            grant.statement(&register.id)
        };
        self.grants.iter().map(|(_, grant)| under(grant)).collect()
    }

    /// Where its signatures stand.
    pub(super) fn signatures(&self) -> PathBuf {
        let mut name = self.file.clone().into_os_string();
        name.push(".sig");
        PathBuf::from(name)
    }
}

/// Reads the tree's `register.yaml`.
pub(super) fn register(global: &Global) -> Result<Register, Vec<Finding>> {
    let path = FilePath::new(REGISTER);
    let bytes = read(&global.root.join(REGISTER), LARGEST).map_err(|why| {
        let (root, why) = (global.root.display(), why.words());
        let message = text!(
            with why;
            en: "in `{root}`: `{REGISTER}` cannot be read: {why}",
            nb: "i `{root}`: `{REGISTER}` kan ikke leses: {why}"
        );
        let way_out = text!(
            en: "Name the folder that holds `desired-state` with `--root DIR`.",
            nb: "Oppgi mappen som inneholder `desired-state`, med `--root DIR`."
        );
        vec![Finding::new(Code::TreeMissing, message, way_out)]
    })?;
    parse::register(&path, &bytes)
}

/// The day in the register's time zone.
pub(super) fn today(global: &Global, register: &Register) -> Result<Date, Finding> {
    day(register, global.clock().now()).map_err(|error| {
        let message = text!(en: "{error}", nb: "dagens dato kan ikke regnes ut: {error}");
        let way_out = text!(
            en: "Install the system's time zone data (`tzdata`).",
            nb: "Installer systemets tidssonedata (`tzdata`)."
        );
        Finding::new(Code::SourceUnreadable, message, way_out)
    })
}

/// Reads the tree's lists of keys, with their bytes; missing files are empty ones.
pub(super) fn signers(global: &Global, register: &Register) -> Result<(Signers, [Vec<u8>; 2]), Vec<Finding>> {
    let bytes = |path: &str| match read(&global.root.join(path), LARGEST) {
        Err(why) if why.is_missing() => Ok(Vec::new()),
        other => other.map_err(|why| {
            let way_out = text!(
                en: "Put a plain file there that can be read.",
                nb: "Legg en vanlig fil der som kan leses."
            );
            vec![Finding::new(Code::SourceUnreadable, why.of(path), way_out)]
        }),
    };
    let (allowed, revoked) = (bytes(ALLOWED_SIGNERS)?, bytes(REVOKED_KEYS)?);
    let signers = Signers::parse(&allowed, &revoked, &register.time_zone)?;
    Ok((signers, [allowed, revoked]))
}

/// What the settings of the tree are named by. Settings that are not valid have no statement.
pub(super) fn settings(global: &Global) -> Result<SettingsDigests, Vec<Finding>> {
    let tree = plan::tree(global).map_err(|finding| vec![finding])?.snapshot;
    let rules = rules_of(&tree)?;
    Ok(settings_digests(tree.settings(), &rules.policies_digest))
}

/// Reads a person's file of the tree; `file` is a path on this machine, or one from the root.
pub(super) fn person_file(global: &Global, register: &Register, file: &Path) -> Result<Signed, Vec<Finding>> {
    let found = if file.symlink_metadata().is_ok() { file.to_owned() } else { global.root.join(file) };
    let path = in_tree(global, &found).ok_or_else(|| {
        let file = file.display();
        let what = text!(
            en: "`{file}` is no person's file of this tree",
            nb: "`{file}` er ingen persons fil her"
        );
        let way_out = text!(
            en: "Name a file such as `desired-state/<trust>/<person>.yaml`, and the tree it belongs to with `--root DIR`.",
            nb: "Oppgi en fil som `desired-state/<helseforetak>/<person>.yaml`, og mappen den hører til, med `--root DIR`."
        );
        vec![Finding::new(Code::WrongFolder, what, way_out)]
    })?;
    let bytes = read(&found, u64::try_from(parse::LARGEST).unwrap_or(u64::MAX)).map_err(|why| {
        let way_out = text!(
            en: "Name a person's file that is there.",
            nb: "Oppgi en persons fil som finnes."
        );
        vec![Finding::new(Code::SourceUnreadable, why.of(&file.display().to_string()), way_out)]
    })?;
    let parsed = parse::person(&path, &bytes, register)?;
    let previously = parsed.previously;
    let mut signed = Signed { file: found, path, previously, grants: Vec::new(), wrong: Vec::new() };
    for (at, entry) in parsed.entries.into_iter().enumerate() {
        match entry {
            Entry::Valid { grant, .. } => signed.grants.push((at + 1, *grant)),
            Entry::Invalid { findings, .. } => signed.wrong.push((at + 1, findings)),
        }
    }
    Ok(signed)
}

/// Where in the tree a file stands.
fn in_tree(global: &Global, file: &Path) -> Option<FilePath> {
    let root = global.root.canonicalize().ok()?;
    let folder =
        file.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    let folder = folder?.canonicalize().ok()?;
    let inside = folder.strip_prefix(root).ok()?.join(file.file_name()?);
    let parts: Option<Vec<&str>> = inside.iter().map(|part| part.to_str()).collect();
    let path = FilePath::new(&parts?.join("/"));
    path.person_parts().is_some().then_some(path)
}

/// Why a file was not read.
#[derive(Debug)]
pub(super) enum Unread {
    /// The system's own words.
    System(std::io::Error),
    /// A link, a folder or something else.
    NotPlain,
    /// More bytes than it may have.
    Large(u64),
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

impl Unread {
    /// Whether nothing is there.
    pub(super) fn is_missing(&self) -> bool {
        matches!(self, Self::System(error) if error.kind() == std::io::ErrorKind::NotFound)
    }

    pub(super) fn words(&self) -> Text {
        match self {
            Self::System(error) => Text::same(error.to_string()),
            Self::NotPlain => text!(en: "it is no plain file", nb: "det er ingen vanlig fil"),
            Self::Large(most) => {
                text!(en: "it has more than {most} bytes", nb: "den er på mer enn {most} byte")
            }
        }
    }

    /// The same about a path.
    pub(super) fn of(&self, path: &str) -> Text {
        let why = self.words();
        text!(with why; en: "`{path}` cannot be read: {why}", nb: "`{path}` kan ikke leses: {why}")
    }
}

/// Reads a plain file that is no larger than it may be.
pub(super) fn read(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
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
