//! `portvakt ledger` verifies the ledger, shows its entries, and signs a checkpoint that can be kept on another
//! machine.

use std::collections::BTreeMap;
use std::path::PathBuf;

use portvakt_core::diag::{Code, Exit, Finding, Noun, Text, text};
use portvakt_core::model::PersonId;
use portvakt_engine::apply::ApplyError;
use portvakt_engine::ledger::person_key::{known_key, person_of};
use portvakt_engine::ledger::{CheckpointKey, EntryKind, Filter, LedgerEntry, entries};
use portvakt_engine::memory;
use portvakt_engine::pass::{PassError, Shelf};
use portvakt_stores::tables::Reader;
use serde_json::json;

use super::chain::{broken, keys_hold, read_checkpoint, verified};
use super::{finding, output, reading, replaced, standing, who, whose};
use crate::config::{Format, Global};

/// Verify, show and sign the ledger.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: LedgerCommand,
}

#[derive(Debug, clap::Subcommand)]
enum LedgerCommand {
    /// Check that no entry was changed, removed or put in between.
    Verify {
        /// Check against a checkpoint that left the host, too: finds a tail that was cut off.
        #[arg(long, value_name = "FILE")]
        checkpoint: Option<PathBuf>,
        /// The public key the checkpoint must be signed with, as `ledger checkpoint` printed it.
        #[arg(long, value_name = "KEY", requires = "checkpoint")]
        key: Option<String>,
    },
    /// Show entries.
    Show {
        /// From this number on.
        #[arg(long, default_value_t = 1)]
        from: u64,
        /// Only these kinds, such as `step` or `refused`.
        #[arg(long, value_name = "KIND")]
        kind: Vec<EntryKind>,
        /// Only entries about this person: the id, the name or a part of it.
        #[arg(long, value_name = "PERSON", conflicts_with = "naming")]
        person: Option<String>,
        /// Only entries that name this account, request or digest.
        #[arg(long, value_name = "TEXT")]
        naming: Option<String>,
    },
    /// Sign where the ledger stands now. Keep the file on another machine.
    Checkpoint {
        /// Where to write it; standard output where it is left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    let done = reading::open(global).and_then(|reader| match &args.what {
        LedgerCommand::Verify { checkpoint, key } => {
            whole(global, &reader, checkpoint.as_ref(), key.as_deref())
        }
        LedgerCommand::Show { from, kind, person, naming } => {
            let naming = match person {
                Some(person) => Some(key(global, &reader, person)?),
                None => naming.clone(),
            };
            show(
                global,
                &reader,
                *from,
                Filter { kinds: kind.iter().copied().collect(), naming, ..Filter::default() },
            )
        }
        LedgerCommand::Checkpoint { out } => sign(global, &reader, out.as_ref()),
    });
    done.map_or_else(|finding| output::stop_for_arguments(global, finding), |()| Exit::Ok)
}

fn whole(
    global: &Global,
    reader: &Reader,
    checkpoint: Option<&PathBuf>,
    key: Option<&str>,
) -> Result<(), Finding> {
    let verified = verified(reader)?;
    if verified.entries == 0 {
        let accepted = memory::accepted_rules(reader.connection()).map_err(finding::of)?;
        return Err(match accepted {
            Some(_) => broken(text!(
                en: "the ledger is empty, and something has been accepted",
                nb: "protokollen er tom, og noe er godtatt"
            )),
            None => finding::located(global, finding::of(PassError::NoBaseline)),
        });
    }
    keys_hold(reader)?;
    let mut against = Text::default();
    if let Some(file) = checkpoint {
        let checkpoint = read_checkpoint(file)?;
        checkpoint.verify_signature(key).map_err(|why| broken(why.words()))?;
        checkpoint.agrees(reader.connection()).map_err(|why| broken(why.words()))?;
        let by = if key.is_some() {
            text!(en: "the key named", nb: "nøkkelen som er oppgitt")
        } else {
            text!(
                en: "its own key, which was not compared with another",
                nb: "sin egen nøkkel, som ikke er sammenlignet med noen annen"
            )
        };
        against = text!(
            with by;
            en: "; it holds the checkpoint at entry {seq} (signed with {by})",
            nb: "; den inneholder kontrollpunktet ved innslag {seq} (signert med {by})";
            seq = checkpoint.seq
        );
    }
    if global.format == Format::Json {
        output::json_out(&json!({ "verified": verified }));
    } else {
        let at = verified.head.map_or_else(
            Text::default,
            |head| text!(en: ", the last is {hash}", nb: ", det siste er {hash}"; hash = head.hash),
        );
        const LINES: Noun = Noun::new(["entry", "entries"], ["innslag", "innslag"]);
        let entries = LINES.count(verified.entries);
        if let Some(seq) = verified.fell {
            output::tell(
                global,
                &text!(
                    en: "note: the times fall at entry {seq}: an older version wrote it while the clock stood behind. The order is that of the numbers, and the chain holds.",
                    nb: "merk: tidene faller ved innslag {seq}: en eldre versjon skrev det mens klokken gikk etter. Rekkefølgen er numrenes, og kjeden holder."
                ),
            );
        }
        for seq in &verified.left_behind {
            output::tell(
                global,
                &text!(
                    en: "note: there is a break at entry {seq}, which a later baseline names; what stands between says nothing, and from that baseline on the chain holds.",
                    nb: "merk: det er et brudd ved innslag {seq}, som et senere grunnlag navngir; det som står imellom, sier ingenting, og fra det grunnlaget av holder kjeden."
                ),
            );
        }
        output::say(
            global,
            &text!(
                with entries, at, against;
                en: "The ledger is whole: {entries}{at}{against}.\n",
                nb: "Protokollen er hel: {entries}{at}{against}.\n"
            ),
        );
    }
    Ok(())
}

fn ledger_finding(error: portvakt_engine::ledger::LedgerError) -> Finding {
    finding::of(ApplyError::from(error))
}

/// The key under which the ledger keeps a person's entries. The key stays the same when the id changes, so an earlier
/// id finds it too.
fn key(global: &Global, reader: &Reader, typed: &str) -> Result<String, Finding> {
    let conn = reader.connection();
    let renamed = memory::renamed(conn).map_err(finding::of)?;
    let of =
        |person: &PersonId| known_key(conn, renamed.get(person).unwrap_or(person)).map_err(ledger_finding);
    let exact = PersonId::new(typed.trim()).ok().map(|id| of(&id)).transpose()?.flatten();
    if let Some(key) = exact {
        return Ok(key);
    }
    let person = everybody(reader)?.meant(global, typed)?;
    of(&person)?.ok_or_else(|| {
        let message = text!(
            en: "the ledger has no entry about `{person}`",
            nb: "protokollen har ingen innslag om `{person}`"
        );
        let way_out = text!(en: "Check the spelling of the id.", nb: "Kontroller skrivemåten til id-en.");
        Finding::new(Code::UnknownName, message, way_out)
    })
}

/// Returns the people whom the memory knows. It is empty before the first baseline.
fn everybody(reader: &Reader) -> Result<who::People, Finding> {
    let conn = reader.connection();
    let Some((policies, settings)) = memory::accepted_rules(conn).map_err(finding::of)? else {
        return Ok(who::People::default());
    };
    let rules = Shelf::default().remembered(conn, &policies, &settings).map_err(finding::of)?;
    let base = memory::base_as_it_stands(conn, &rules.register, None).map_err(finding::of)?;
    Ok(who::People::of_base(&base, &rules.register, &BTreeMap::new()))
}

fn show(global: &Global, reader: &Reader, from: u64, filter: Filter) -> Result<(), Finding> {
    for entry in entries(reader.connection(), from, filter) {
        let entry = entry.map_err(ledger_finding)?;
        if global.format == Format::Json {
            output::out(&format!("{}\n", json!(entry)));
        } else {
            output::out(&line(reader, &entry)?);
        }
    }
    Ok(())
}

/// Formats one entry on one line. Keys are shown as people's ids if this register knows them.
fn line(reader: &Reader, entry: &LedgerEntry) -> Result<String, Finding> {
    let mut body = entry.body.clone();
    name_people(reader, &mut body)?;
    Ok(format!("{:>6}  {}  {:<18} {body}\n", entry.seq, entry.at, entry.kind.as_str()))
}

fn name_people(reader: &Reader, value: &mut serde_json::Value) -> Result<(), Finding> {
    match value {
        serde_json::Value::String(text) if text.len() == 36 => {
            if let Some(person) = person_of(reader.connection(), text).map_err(ledger_finding)? {
                *text = person.to_string();
            }
        }
        serde_json::Value::Array(values) => {
            for value in values {
                name_people(reader, value)?;
            }
        }
        serde_json::Value::Object(values) => {
            for value in values.values_mut() {
                name_people(reader, value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn sign(global: &Global, reader: &Reader, out: Option<&PathBuf>) -> Result<(), Finding> {
    let cannot = |why: Text| {
        let way_out = text!(
            en: "Give the program's user the right to read and write there.",
            nb: "Gi programmets bruker rett til å lese og skrive der."
        );
        let message = text!(
            with why;
            en: "no checkpoint could be made: {why}",
            nb: "kontrollpunktet kunne ikke lages: {why}"
        );
        Finding::new(Code::StoreUnavailable, message, way_out)
    };
    whose::may_write(global)?;
    out.map_or(Ok(()), |file| replaced::is_a_file(file))?;
    // A broken chain is never signed.
    let head = verified(reader)?.head.ok_or_else(|| {
        let message = text!(en: "the ledger is empty", nb: "protokollen er tom");
        Finding::new(
            Code::NoBaseline,
            message,
            text!(en: "Accept a baseline first.", nb: "Godta et grunnlag først."),
        )
    })?;
    let standing = standing::open(global)?;
    let key = global.var().join("ledger.key");
    let key = CheckpointKey::open(&key)
        .map_err(|why| whose::kept_out(&key).unwrap_or_else(|| cannot(why.words())))?;
    let checkpoint = key
        .sign(&standing.rules.register.id, head, global.clock().now())
        .map_err(|why| cannot(why.words()))?;
    match out {
        Some(file) => {
            checkpoint.write(file).map_err(|why| cannot(why.words()))?;
            let (seq, key) = (checkpoint.seq, key.public());
            output::tell(
                global,
                &text!(
                    en: "entry {seq} signed with {key}; keep the file on another machine",
                    nb: "innslag {seq} signert med {key}; oppbevar filen på en annen maskin"
                ),
            );
        }
        None => output::json_out(&json!(checkpoint)),
    }
    Ok(())
}
