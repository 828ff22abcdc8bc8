//! `portvakt statement` prints the exact text that is signed, byte for byte. Anybody can sign or check that text with
//! their own tools.

use std::path::PathBuf;

use portvakt_core::diag::{Code, Exit, Finding, Noun, text};
use portvakt_core::model::{Digest, PersonId, release_statement};
use serde_json::json;

use super::signable::SignableKind;
use super::{output, reading, signable, today, who};
use crate::config::{Format, Global};

/// Print what is signed to approve something, byte for byte.
///
/// That is the statement of each entry of a person's file. `portvakt approve` signs these. Any other program that makes
/// SSH signatures can: `portvakt statement FILE 1 | ssh-keygen -Y sign -n portvakt@REGISTER -f KEY`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A person's file, or a list of `requests` or `reviews`.
    #[arg(value_name = "FILE", required_unless_present_any = ["settings", "release"])]
    file: Option<PathBuf>,
    /// Which entry of the file, counted from 1; all of them where it is left out, an empty line between.
    #[arg(value_name = "ENTRY")]
    entry: Option<usize>,
    /// What is signed to take the access back, of the entries that say `revoked`.
    #[arg(long, requires = "file")]
    revocation: bool,
    /// What is signed to change the person's id, of a file that says `previously`.
    #[arg(long, requires = "file", conflicts_with_all = ["entry", "revocation"])]
    change_of_id: bool,
    /// What is signed to bring the tree's settings into force: `register.yaml`, policies, lists of keys.
    #[arg(long, requires = "by", conflicts_with = "file", group = "own")]
    settings: bool,
    /// What is signed to let something held go.
    #[arg(long, value_name = "DIGEST", requires = "by", conflicts_with_all = ["file", "settings"], group = "own")]
    release: Option<Digest>,
    /// What an administrator signs about who the person is: name, login and e-mail address.
    #[arg(long, requires_all = ["file", "by"], conflicts_with_all = ["entry", "revocation", "change_of_id"], group = "own")]
    person: bool,
    /// Who would sign, today: for `--settings`, `--release` and `--person`. The id, the name or a part of it.
    #[arg(long, value_name = "PERSON", requires = "own")]
    by: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match statements(global, args) {
        Ok(texts) if global.format == Format::Json => {
            let of: Vec<_> = texts
                .iter()
                .map(|one| {
                    json!({ "entry": one.entry, "kind": one.kind.word(), "by": one.by, "statement": one.text })
                })
                .collect();
            output::json_out(&json!({ "statements": of }));
            Exit::Ok
        }
        Ok(texts) => {
            let texts: Vec<String> = texts.into_iter().map(|one| one.text).collect();
            output::out(&texts.join("\n"));
            Exit::Ok
        }
        Err(findings) => output::findings(global, &findings, json!({})),
    }
}

/// One statement, and the person who signs it.
struct Statement {
    entry: Option<usize>,
    kind: SignableKind,
    by: PersonId,
    text: String,
}

fn statements(global: &Global, args: &Args) -> Result<Vec<Statement>, Vec<Finding>> {
    let register = signable::register(global)?;
    reading::note_declared(global, &register.evidence);
    if let Some(by) = &args.by {
        let today = today::of_register(global, &register).map_err(|finding| vec![finding])?;
        let by = who::by_files(global, &register, by).map_err(|finding| vec![finding])?;
        // `approve` signs under the current id, too.
        let by = &signable::renamed_ids(global).remove(&by).unwrap_or(by);
        let (kind, text) = match args.release {
            Some(digest) => (SignableKind::Release, release_statement(&register.id, digest, by, today)),
            None if args.person => {
                let file = args.file.clone().unwrap_or_default();
                let signed = signable::person_file(global, &register, &file)?;
                (SignableKind::Person, signed.about_person(&register, by, today))
            }
            None => (
                SignableKind::Settings,
                signable::digests_to_sign(global)?.statement(&register.id, by, today),
            ),
        };
        return Ok(vec![Statement { entry: None, kind, by: by.clone(), text }]);
    }
    let file = args.file.clone().unwrap_or_default();
    let printed =
        |one: signable::Signable| Statement { entry: one.entry, kind: one.kind, by: one.by, text: one.text };
    if let Some(list) = signable::review_list(global, &register, &file)? {
        return Ok(list.statements.into_iter().map(printed).collect());
    }
    if let Some(list) = signable::signable_rejections(global, &register, &file)? {
        let asked = |one: &signable::Signable| args.entry.is_none_or(|asked| one.entry == Some(asked));
        return Ok(list.statements.into_iter().filter(asked).map(printed).collect());
    }
    let signed = signable::person_file(global, &register, &file)?;
    let asked = |entry: usize| args.entry.is_none_or(|asked| asked == entry);
    let wrong: Vec<Finding> =
        signed.wrong.iter().filter(|(entry, _)| asked(*entry)).flat_map(|(_, found)| found.clone()).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let kind = match (args.revocation, args.change_of_id) {
        (true, _) => SignableKind::Revocation,
        (_, true) => SignableKind::ChangeOfId,
        _ => SignableKind::Access,
    };
    let texts: Vec<Statement> = signed
        .statements(&register)
        .into_iter()
        .filter(|one| one.kind == kind && one.entry.is_none_or(asked))
        .map(|one| Statement { entry: one.entry, kind, by: one.by, text: one.text })
        .collect();
    if texts.is_empty() {
        const ENTRIES: Noun = Noun::new(["entry", "entries"], ["oppføring", "oppføringer"]);
        let (path, entries) = (&signed.path, ENTRIES.count(signed.grants.len() + signed.wrong.len()));
        let message = match args.entry {
            Some(entry) => text!(
                en: "`{path}` has no such statement of entry {entry}",
                nb: "`{path}` har ingen slik erklæring for oppføring {entry}"
            ),
            None => text!(
                en: "`{path}` has no such statement",
                nb: "`{path}` har ingen slik erklæring"
            ),
        };
        let way_out = text!(
            with entries;
            en: "The file has {entries}, counted from 1; `--revocation` is about those that say `revoked`, `--change-of-id` about `previously`.",
            nb: "Filen har {entries}, talt fra 1; `--revocation` gjelder dem som sier `revoked`, `--change-of-id` gjelder `previously`."
        );
        return Err(vec![Finding::new(Code::UnknownName, message, way_out)]);
    }
    Ok(texts)
}
