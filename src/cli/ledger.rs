//! `portvakt ledger`: is it whole, what does it say, and a signed checkpoint that can leave the host.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::apply::ApplyError;
use crate::config::{Format, Global};
use crate::diag::{Code, Exit, Finding};
use crate::ledger::person_key::{known_key, person_of};
use crate::ledger::{Checkpoint, Entry, Filter, Key, Kind, VerifyError, entries, head, verify};
use crate::memory;
use crate::model::PersonId;
use crate::pass::PassError;
use crate::store::sqlite::Reader;

use super::{list, output, plan};

/// Verify, show and sign the ledger.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
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
        kind: Vec<Kind>,
        /// Only entries about this person.
        #[arg(long, value_name = "PERSON", value_parser = super::person, conflicts_with = "naming")]
        person: Option<PersonId>,
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
    let done = plan::reader(global).and_then(|reader| match &args.what {
        What::Verify { checkpoint, key } => whole(global, &reader, checkpoint.as_ref(), key.as_deref()),
        What::Show { from, kind, person, naming } => {
            let naming = match person {
                Some(person) => Some(key(&reader, person)?),
                None => naming.clone(),
            };
            show(
                global,
                &reader,
                *from,
                Filter { kinds: kind.iter().copied().collect(), naming, ..Filter::default() },
            )
        }
        What::Checkpoint { out } => sign(global, &reader, out.as_ref()),
    });
    done.map_or_else(|finding| output::stop(global.format, finding), |()| Exit::Ok)
}

fn broken(why: &dyn std::fmt::Display) -> Finding {
    let way_out = "Somebody has changed the ledger, or the file is damaged: keep the file as it is, and compare it with the last checkpoint that left the host.";
    Finding::new(Code::LedgerBroken, why.to_string(), way_out)
}

/// A checkpoint's file. That it cannot be read says nothing of the ledger.
pub(super) fn read_checkpoint(file: &Path) -> Result<Checkpoint, Finding> {
    Checkpoint::read(file).map_err(|why| {
        let cause = std::error::Error::source(&why).map_or_else(String::new, |cause| format!(": {cause}"));
        let way_out = "Name the file that `portvakt ledger checkpoint --out FILE` wrote, unchanged.";
        Finding::new(Code::SourceUnreadable, format!("{why}{cause}"), way_out)
    })
}

fn whole(
    global: &Global,
    reader: &Reader,
    checkpoint: Option<&PathBuf>,
    key: Option<&str>,
) -> Result<(), Finding> {
    let verified = verify(reader.connection()).map_err(|error| match error {
        VerifyError::Broken(why) => broken(&why),
        VerifyError::Store(why) => plan::told(why),
    })?;
    if verified.entries == 0 {
        let accepted = memory::accepted_rules(reader.connection()).map_err(plan::told)?;
        return Err(match accepted {
            Some(_) => broken(&"the ledger is empty, and something has been accepted"),
            None => plan::located(global, plan::told(PassError::NoBaseline)),
        });
    }
    let mut against = String::new();
    if let Some(file) = checkpoint {
        let checkpoint = read_checkpoint(file)?;
        checkpoint.verify_signature(key).map_err(|why| broken(&why))?;
        checkpoint.agrees(reader.connection()).map_err(|why| broken(&why))?;
        let by =
            if key.is_some() { "the key named" } else { "its own key, which was not compared with another" };
        against = format!("; it holds the checkpoint at entry {} (signed with {by})", checkpoint.seq);
    }
    if global.format == Format::Json {
        output::json_out(&json!({ "verified": verified }));
    } else {
        let at = verified.head.map_or_else(String::new, |head| format!(", the last is {}", head.hash));
        output::out(&format!("The ledger is whole: {} entries{at}{against}.\n", verified.entries));
    }
    Ok(())
}

fn ledger_told(error: crate::ledger::LedgerError) -> Finding {
    plan::told(ApplyError::from(error))
}

fn key(reader: &Reader, person: &PersonId) -> Result<String, Finding> {
    known_key(reader.connection(), person).map_err(ledger_told)?.ok_or_else(|| {
        let message = format!("the ledger has no entry about `{person}`");
        Finding::new(Code::UnknownName, message, "Check the spelling of the id.")
    })
}

fn show(global: &Global, reader: &Reader, from: u64, filter: Filter) -> Result<(), Finding> {
    for entry in entries(reader.connection(), from, filter) {
        let entry = entry.map_err(ledger_told)?;
        if global.format == Format::Json {
            output::out(&format!("{}\n", json!(entry)));
        } else {
            output::out(&line(reader, &entry)?);
        }
    }
    Ok(())
}

/// One entry on one line. The keys that stand for people are shown as people, where this register knows them.
fn line(reader: &Reader, entry: &Entry) -> Result<String, Finding> {
    let mut body = entry.body.clone();
    name_people(reader, &mut body)?;
    Ok(format!("{:>6}  {}  {:<18} {body}\n", entry.seq, entry.at, entry.kind.as_str()))
}

fn name_people(reader: &Reader, value: &mut serde_json::Value) -> Result<(), Finding> {
    match value {
        serde_json::Value::String(text) if text.len() == 36 => {
            if let Some(person) = person_of(reader.connection(), text).map_err(ledger_told)? {
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
    let cannot = |why: &dyn std::fmt::Display| {
        let way_out = "Give the program's user the right to read and write there.";
        Finding::new(Code::StoreUnavailable, format!("no checkpoint could be made: {why}"), way_out)
    };
    let head = head(reader.connection())
        .map_err(ledger_told)?
        .ok_or_else(|| Finding::new(Code::NoBaseline, "the ledger is empty", "Accept a baseline first."))?;
    let standing = list::open(global)?;
    let key = Key::open(&global.var().join("ledger.key")).map_err(|why| cannot(&why))?;
    let checkpoint =
        key.sign(&standing.rules.register.id, head, global.clock().now()).map_err(|why| cannot(&why))?;
    match out {
        Some(file) => {
            checkpoint.write(file).map_err(|why| cannot(&why))?;
            output::err(&format!(
                "entry {} signed with {}; keep the file on another machine",
                checkpoint.seq,
                key.public()
            ));
        }
        None => output::json_out(&json!(checkpoint)),
    }
    Ok(())
}
