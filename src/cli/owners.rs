//! `portvakt owners` makes CODEOWNERS from the policies, so that a forge asks the people who may approve.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;
use portvakt_core::decide::{accepted_tree, knowing, rules_of};
use portvakt_core::diag::{Code, Exit, Finding, Looked, Text, quoted, text};
use portvakt_core::judge::{Authority, owners};
use portvakt_core::model::{Evidence, ForgeKind, PersonId};
use portvakt_core::system::said;
use portvakt_core::tree::Snapshot;
use portvakt_engine::report::{CodeOwners, Host, code_owners, host_of, with_part};
use portvakt_sources::{Limits, OWNER_PLACES, OwnerFiles};
use serde_json::json;

use super::{output, reading, replaced, signable, today, tree, unwritten, whose};
use crate::config::{Format, Global, SourceKind};

/// Write CODEOWNERS: who may approve for which folder, by the policies.
///
/// Asked of the tree as it stands, for today. Names on the forge come from `code_owners` in `register.yaml`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// For which forge. Without it: that of the file there is, or of `forge` in `register.yaml`, or else GitHub.
    #[arg(long, value_enum, value_name = "HOST")]
    host: Option<HostName>,
    /// Write the file; lines of others in it are kept. Without it, the lines are printed.
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Only tell whether the file is as it would be written.
    #[arg(long)]
    check: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum HostName {
    /// The form that GitHub reads.
    Github,
    /// The form that GitLab reads, with sections.
    Gitlab,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    write(global, args).unwrap_or_else(|findings| output::findings(global, &findings, json!({})))
}

fn write(global: &Global, args: &Args) -> Result<Exit, Vec<Finding>> {
    let one = |finding: Finding| vec![finding];
    if global.source == SourceKind::Git {
        let message = text!(
            en: "CODEOWNERS is a file of the work tree, and the source is git",
            nb: "CODEOWNERS er en fil i arbeidsmappen, og kilden er git"
        );
        let way_out = text!(
            en: "Run it without `--source git`, in a checkout of the branch.",
            nb: "Kjør uten `--source git`, i en utsjekket utgave av grenen."
        );
        return Err(one(Finding::new(Code::BadValue, message, way_out)));
    }
    let tree = tree::read(global).map_err(one)?.snapshot;
    let today = today::of_tree(global, &tree).map_err(one)?;
    let top = top(global);
    let found = found(&top.path);
    let asked = args.host.map(|host| match host {
        HostName::Github => Host::GitHub,
        HostName::Gitlab => Host::GitLab,
    });
    let host = asked.or_else(|| found.iter().find_map(|file| host_of(&file.text)));
    let (made, host, evidence) = made(&tree, today, host, &top.below)?;
    reading::note_declared(global, &evidence);
    let place = found.iter().find(|file| host.places().contains(&file.place));
    let (place, text) = place.map_or((host.place(), ""), |file| (file.place, file.text.as_str()));
    let whole = with_part(text, &made.part);
    let mut findings = without_handle(&made.missing);
    let more = json!({ "path": place, "host": host.as_str(), "part": made.part });
    if args.check {
        let stale = whole != *text;
        findings.extend(stale.then(|| stale_finding(place)));
        let own = if stale { Exit::Differs } else { Exit::Ok };
        return Ok(output::findings_and(global, Looked::Elsewhere, &findings, more, own));
    }
    if args.write {
        let path = top.path.join(place);
        replaced::is_a_file_of(&top.path, place).map_err(one)?;
        // The lines of others in it would be lost.
        if text.is_empty() && path.metadata().is_ok_and(|there| there.len() > 0) {
            let message = text!(
                en: "`{place}` is there, and is no text in UTF-8 of a size that can be read: nothing was written",
                nb: "`{place}` finnes, og er ingen tekst i UTF-8 på en størrelse som kan leses: ingenting ble skrevet"
            );
            let way_out = text!(
                en: "Save it as UTF-8, or move it away; then run this again.",
                nb: "Lagre den som UTF-8, eller flytt den bort; kjør så dette igjen."
            );
            return Err(one(Finding::new(Code::SourceUnreadable, message, way_out)));
        }
        whose::may_put(&path).map_err(one)?;
        let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        written.and_then(|()| std::fs::write(&path, &whole)).map_err(|error| {
            let message = unwritten::cannot_write(Path::new(place), &said(&error));
            let way_out = text!(
                en: "Make the folder writable, or print the lines without `--write`.",
                nb: "Gjør mappen skrivbar, eller skriv ut linjene uten `--write`."
            );
            one(Finding::new(Code::SourceUnreadable, message, way_out))
        })?;
        let exit = output::findings(global, &findings, more);
        let told = text!(en: "Written: `{place}`.", nb: "Skrevet: `{place}`.");
        output::tell(global, &told);
        return Ok(exit);
    }
    if global.format == Format::Human {
        output::out(&made.part);
        findings.iter().for_each(|finding| output::tell(global, &finding.message));
        return Ok(Finding::exit_of(&findings));
    }
    Ok(output::findings(global, &findings, more))
}

/// Gives advice if a CODEOWNERS file differs from the policies of today. It gives none if the file has no part from
/// this program. The file comes from the commit of the tree, or from the work tree if the tree was read from a folder.
pub(super) fn stale(
    global: &Global,
    tree: &Snapshot,
    committed: Option<OwnerFiles>,
    today: Date,
) -> Option<Finding> {
    let (files, below) = match committed {
        None => {
            let top = top(global);
            (found(&top.path), top.below)
        }
        Some(files) => {
            let text = |bytes| String::from_utf8(bytes).ok();
            let files = files
                .into_iter()
                .filter_map(|(place, bytes)| Some(FoundOwners { place, text: text(bytes)? }));
            (files.collect(), global.git_branch().open().ok()?.inside().to_owned())
        }
    };
    files.into_iter().find_map(|file| {
        let host = host_of(&file.text)?;
        let (made, ..) = made(tree, today, Some(host), &below).ok()?;
        (with_part(&file.text, &made.part) != file.text).then(|| stale_finding(file.place))
    })
}

fn stale_finding(place: &str) -> Finding {
    let message = text!(
        en: "`{place}` does not say who may approve today",
        nb: "`{place}` sier ikke hvem som kan godkjenne i dag"
    );
    let way_out = text!(
        en: "Run `portvakt owners --write` and send the file along.",
        nb: "Kjør `portvakt owners --write`, og send filen med."
    );
    Finding::new(Code::OwnersStale, message, way_out)
}

fn made(
    tree: &Snapshot,
    today: Date,
    host: Option<Host>,
    below: &str,
) -> Result<(CodeOwners, Host, Evidence), Vec<Finding>> {
    let rules = Arc::new(rules_of(tree)?);
    let base = accepted_tree(tree, &rules.register, today).base;
    let rules = knowing(&rules, &base.renamed);
    let owners = owners(&rules, &Authority::on(&rules.register, &base, &[today]));
    let host = host.unwrap_or(match &rules.register.evidence {
        Evidence::Forge(forge) if forge.kind == ForgeKind::GitLab => Host::GitLab,
        _ => Host::GitHub,
    });
    let made = code_owners(&owners, &rules.register, host, below).map_err(|people| {
        let message = text!(
            en: "no national administrator has a name on the forge, so the forge would ask nobody about the rules and settings",
            nb: "ingen nasjonal administrator har et navn på kodeplattformen, så plattformen ville ikke spurt noen om regler og innstillinger"
        );
        vec![Finding::new(Code::OwnerWithoutHandle, message, add(&people)).error()]
    })?;
    Ok((made, host, rules.register.evidence.clone()))
}

fn without_handle(people: &BTreeSet<PersonId>) -> Vec<Finding> {
    if people.is_empty() {
        return Vec::new();
    }
    let names = quoted(people);
    let message = text!(
        en: "left out of CODEOWNERS, since `register.yaml` has no name on the forge for them: {names}",
        nb: "står ikke i CODEOWNERS, siden `register.yaml` ikke har noe navn på kodeplattformen for dem: {names}"
    );
    vec![Finding::new(Code::OwnerWithoutHandle, message, add(people))]
}

fn add(people: &BTreeSet<PersonId>) -> Text {
    let person = people.first().map_or("fornavn.etternavn", PersonId::as_str);
    text!(
        en: "Add them under `code_owners` in `register.yaml`: `{person}: \"@name\"`.",
        nb: "Legg dem til under `code_owners` i `register.yaml`: `{person}: \"@navn\"`."
    )
}

/// The top folder of the repository, and the path of the tree below it.
struct Top {
    path: PathBuf,
    below: String,
}

/// Finds the nearest parent folder with a `.git`. If there is none, it is the root itself.
fn top(global: &Global) -> Top {
    let root = global.root.canonicalize().unwrap_or_else(|_| global.root.clone());
    let top = root.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok());
    let path = top.map_or_else(|| root.clone(), Path::to_path_buf);
    let below = root.strip_prefix(&path).map(|below| below.to_string_lossy().into_owned());
    Top { below: below.unwrap_or_default(), path }
}

/// A CODEOWNERS file that exists.
struct FoundOwners {
    place: &'static str,
    text: String,
}

/// The files that there are. The work tree may be somebody else's change, so a link is not followed, as a forge follows none, and
/// no more is read than of a commit.
fn found(top: &Path) -> Vec<FoundOwners> {
    let read = |place| {
        replaced::is_a_file_of(top, place).ok()?;
        let bytes = signable::read(&top.join(place), Limits::default().large_bytes).ok()?;
        Some(FoundOwners { place, text: String::from_utf8(bytes).ok()? })
    };
    OWNER_PLACES.into_iter().filter_map(read).collect()
}
