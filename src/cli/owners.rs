//! `portvakt owners` makes CODEOWNERS from the policies, so that a forge asks the people who may approve.

use std::collections::BTreeSet;
use std::path::Path;

use portvakt_core::diag::{Code, Exit, Finding, Looked, quoted, text};
use portvakt_core::model::PersonId;
use portvakt_core::system::{said, way_out};
use portvakt_engine::report::{CodeOwnersForge, host_of, with_part};
use serde_json::json;

use super::code_owners::{add, made_owners, owners_files, stale_finding, top};
use super::{output, reading, replaced, today, tree, unwritten, whose};
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
    write_owners(global, args).unwrap_or_else(|findings| output::findings(global, &findings, json!({})))
}

fn write_owners(global: &Global, args: &Args) -> Result<Exit, Vec<Finding>> {
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
    let tree = tree::read_tree(global).map_err(one)?.snapshot;
    let today = today::of_tree(global, &tree).map_err(one)?;
    let top = top(global);
    let found = owners_files(&top.path);
    let asked = args.host.map(|host| match host {
        HostName::Github => CodeOwnersForge::GitHub,
        HostName::Gitlab => CodeOwnersForge::GitLab,
    });
    let host = asked.or_else(|| found.iter().find_map(|file| host_of(&file.text)));
    let (made, host, evidence) = made_owners(&tree, today, host, &top.below)?;
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
        // Otherwise the lines of other people in it would be lost.
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
            let or = text!(en: "Without `--write` it is printed.", nb: "Uten `--write` skrives den ut.");
            one(Finding::new(Code::SourceUnreadable, message, way_out(&error).and(or)))
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
