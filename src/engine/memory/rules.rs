//! This module keeps the policies and the settings (register and keys) in force, and those by which refusals were first
//! judged. Their bytes are kept unchanged, by digest.

use std::collections::BTreeMap;
use std::sync::Arc;

use portvakt_core::decide::AttributesFound;
use portvakt_core::diag::Finding;
use portvakt_core::evidence::Signers;
use portvakt_core::judge::Rules;
use portvakt_core::model::{Digest, FilePath, Register};
use portvakt_core::parse;
use portvakt_core::policy::Policies;
use portvakt_core::tree::{ALLOWED_SIGNERS, REGISTER, REVOKED_KEYS, SETTINGS_SIGNATURES, SettingsFiles};
use portvakt_database::{Connection, Dialect, OptionalRow as _};

use super::MemoryError;
use super::marks::{mark, set_mark};
use super::rows::{damaged, json, to_json};

/// Keeps the bytes of policies and settings, each under its digest.
///
/// # Errors
/// When the memory cannot be written, or the bytes are not text.
pub fn store_rules(
    conn: &Connection,
    policies: (&Digest, &BTreeMap<FilePath, Arc<[u8]>>),
    settings: (&Digest, &SettingsFiles),
) -> Result<(), MemoryError> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|why| damaged("rules", why));
    let mut files = BTreeMap::new();
    for (path, bytes) in policies.1 {
        files.insert(path.clone(), text(bytes)?);
    }
    // The bytes kept under a digest must have this digest. In SQLite, changed bytes are written again. In PostgreSQL
    // the program's role cannot change them.
    let again = match conn.dialect() {
        Dialect::Sqlite => "DO UPDATE SET body = excluded.body",
        Dialect::Postgres => "DO NOTHING",
    };
    let mut insert = conn.prepare_cached(&format!(
        "INSERT INTO artifact (digest, body) VALUES (?1, ?2) ON CONFLICT (digest) {again}"
    ))?;
    insert.execute([policies.0.to_string(), to_json(&files)?])?;
    let mut files = BTreeMap::new();
    for (path, bytes) in settings.1.files().filter(|(path, _)| path.as_str() != SETTINGS_SIGNATURES) {
        files.insert(path, text(bytes)?);
    }
    insert.execute([settings.0.to_string(), to_json(&files)?])?;
    Ok(())
}

/// Puts policies and settings into force.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_accepted_rules(
    conn: &Connection,
    policies: &Digest,
    settings: &Digest,
) -> Result<(), MemoryError> {
    set_mark(conn, "policies", &policies.to_string())?;
    set_mark(conn, "settings", &settings.to_string())
}

const ATTRIBUTES_FOUND: &str = "attributes-found";

/// Returns what is known of the files `.gitattributes`.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn attributes_found(conn: &Connection) -> Result<AttributesFound, MemoryError> {
    Ok(match mark(conn, ATTRIBUTES_FOUND)?.as_deref() {
        None => AttributesFound::NotYet,
        Some("") => AttributesFound::Known,
        Some(text) => {
            AttributesFound::Those(Digest::parse(text).map_err(|why| damaged(ATTRIBUTES_FOUND, why))?)
        }
    })
}

/// Records that the settings in force say which files `.gitattributes` are accepted.
///
/// # Errors
/// When the memory cannot be written.
pub fn set_attributes_known(conn: &Connection) -> Result<(), MemoryError> {
    set_mark(conn, ATTRIBUTES_FOUND, "")
}

/// Records the files `.gitattributes` that the first whole pass of this version found. Later passes change nothing.
///
/// # Errors
/// When the memory cannot be read or written.
pub fn find_attributes(conn: &Connection, found: Option<&Digest>) -> Result<(), MemoryError> {
    match mark(conn, ATTRIBUTES_FOUND)? {
        None => set_mark(conn, ATTRIBUTES_FOUND, &found.map(ToString::to_string).unwrap_or_default()),
        Some(_) => Ok(()),
    }
}

/// Returns the digests of the policies and the settings in force, or `None` before the first baseline.
///
/// # Errors
/// When the memory cannot be read or is damaged.
pub fn accepted_rules(conn: &Connection) -> Result<Option<(Digest, Digest)>, MemoryError> {
    let (Some(policies), Some(settings)) = (mark(conn, "policies")?, mark(conn, "settings")?) else {
        return Ok(None);
    };
    let parse = |text: &str| Digest::parse(text).map_err(|why| damaged("rules", why));
    Ok(Some((parse(&policies)?, parse(&settings)?)))
}

/// Loads policies and settings by their digests.
///
/// # Errors
/// When the rules are not kept, or this version of the program can no longer read them.
pub fn rules_by_digests(
    conn: &Connection,
    policies: &Digest,
    settings: &Digest,
) -> Result<Rules, MemoryError> {
    let files = policies_under(policies, &stored_json(conn, policies, POLICIES)?)?;
    let found = settings_under(settings, &stored_json(conn, settings, SETTINGS)?)?;
    let loaded = Policies::shared(&files).map_err(|findings| damaged(POLICIES, first(findings)))?;
    let parsed = register_in(&found)?;
    let signers = Signers::parse(&found.allowed_signers, &found.revoked_keys, &parsed.time_zone)
        .map_err(|findings| damaged("keys", first(findings)))?;
    Ok(Rules::new(loaded, Arc::new(parsed), Arc::new(signers), &found))
}

/// Returns the register in force, or `None` before the first baseline. The policies are not loaded for it. Only their
/// bytes are compared with their digest.
///
/// # Errors
/// When the rules are not kept, or this version of the program can no longer read the register.
pub fn accepted_register(conn: &Connection) -> Result<Option<Register>, MemoryError> {
    let Some((policies, settings)) = accepted_rules(conn)? else { return Ok(None) };
    policies_under(&policies, &stored_json(conn, &policies, POLICIES)?)?;
    register_in(&settings_under(&settings, &stored_json(conn, &settings, SETTINGS)?)?).map(Some)
}

fn register_in(found: &SettingsFiles) -> Result<Register, MemoryError> {
    parse::register(&FilePath::new(REGISTER), &found.register)
        .map_err(|findings| damaged("register", first(findings)))
}

/// The words of the first finding about rules that were accepted by another version of the program.
fn first(findings: Vec<Finding>) -> String {
    findings.first().map(|finding| finding.message.en().to_owned()).unwrap_or_default()
}

const POLICIES: &str = "policies";
const SETTINGS: &str = "settings";

/// The text of files, as it is kept under a digest.
type Kept = BTreeMap<FilePath, String>;

fn stored_json(conn: &Connection, digest: &Digest, what: &str) -> Result<Kept, MemoryError> {
    json(&rules_text(conn, digest)?, what)
}

fn bytes(kept: &Kept) -> BTreeMap<FilePath, Arc<[u8]>> {
    kept.iter().map(|(path, text)| (path.clone(), Arc::from(text.as_bytes()))).collect()
}

/// Returns the files of policies, if they are the ones that were accepted under this digest.
fn policies_under(digest: &Digest, kept: &Kept) -> Result<BTreeMap<FilePath, Arc<[u8]>>, MemoryError> {
    let files = bytes(kept);
    if Policies::digest_of(&files) == *digest {
        Ok(files)
    } else {
        Err(damaged(POLICIES, damage_message(digest)))
    }
}

/// Returns the settings, if they are the ones that were accepted under this digest.
fn settings_under(digest: &Digest, kept: &Kept) -> Result<SettingsFiles, MemoryError> {
    let mut files = bytes(kept);
    let mut file = |path: &str| files.remove(&FilePath::new(path)).unwrap_or_default();
    let (register, allowed_signers, revoked_keys) =
        (file(REGISTER), file(ALLOWED_SIGNERS), file(REVOKED_KEYS));
    let attributes = files;
    let settings =
        SettingsFiles { attributes, register, allowed_signers, revoked_keys, ..SettingsFiles::default() };
    if settings.digest() == *digest { Ok(settings) } else { Err(damaged(SETTINGS, damage_message(digest))) }
}

fn damage_message(digest: &Digest) -> String {
    format!("what is kept under {} is not what was accepted under it", digest.short())
}

fn rules_text(conn: &Connection, digest: &Digest) -> Result<String, MemoryError> {
    conn.prepare_cached("SELECT body FROM artifact WHERE digest = ?1")?
        .query_row([digest.to_string()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| damaged("rules", format!("nothing is kept under {}", digest.short())))
}

/// Returns the files from which policies and settings were read, by their digests.
///
/// # Errors
/// When the files are not kept, or are not the ones that were accepted under these digests.
pub fn rule_files(
    conn: &Connection,
    policies: &Digest,
    settings: &Digest,
) -> Result<BTreeMap<FilePath, Vec<u8>>, MemoryError> {
    let (mut files, mut of_settings) =
        (stored_json(conn, policies, POLICIES)?, stored_json(conn, settings, SETTINGS)?);
    policies_under(policies, &files)?;
    settings_under(settings, &of_settings)?;
    files.append(&mut of_settings);
    Ok(files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect())
}
