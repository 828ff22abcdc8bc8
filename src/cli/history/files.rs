//! Tells what the files of a clone say and said of a person. A clone remembers nothing, so the answer says how far it
//! goes. Only the register's host knows what was accepted and when it took effect.

use portvakt_core::diag::{Finding, Text, text};
use serde_json::{Value, json};

use super::Args;
use crate::cli::by_files::{
    access_by_the_files, and_newcomers, file_taken_away, no_longer_said, nobody_here, not_taken_in,
    state as by_the_files, the_rest,
};
use crate::cli::{clone, output, who};
use crate::config::{Format, Global};

/// Answers from the files of the newest main branch and from their history. `missing` is the finding if they have no
/// answer. A spreadsheet always has none, because it shows the entries of the ledger, which are not here.
pub(super) fn tell(global: &Global, args: &Args, missing: Finding) -> Result<(), Finding> {
    if args.csv {
        return Err(missing);
    }
    let newest = clone::open_newest(global)?;
    let Some(desk) = newest.desk(global)? else { return Err(missing) };
    let (register, today) = (&desk.rules.register, desk.today);
    let former = newest.former(global);
    let mut people = who::People::of_files(register, desk.head());
    people.and_former(&former.one_name_each());
    let new = and_newcomers(global, &mut people, std::slice::from_ref(&args.person));
    let id = people.now(people.meant(global, &args.person)?);
    let earlier = newest.earlier(&former, &id, register);
    if earlier.grants.is_empty() && earlier.gone.is_empty() {
        let newcomer = new.iter().find(|one| one.id == id);
        return Err(newcomer.map_or_else(|| nobody_here(&id), not_taken_in));
    }
    let living = desk.base.people.get(&id).map(|known| &known.grants);
    let (mut lines, mut accesses): (Vec<Text>, Vec<Value>) = (Vec::new(), Vec::new());
    for (grant, said) in &earlier.grants {
        let stands = living.is_some_and(|grants| grants.contains_key(&grant.key));
        let state = if stands {
            by_the_files(grant, &people, today)
        } else {
            no_longer_said(grant, *said, &people, today)
        };
        lines.push(access_by_the_files(grant, &state, register, &people));
        accesses.push(json!({ "grant": grant, "in_a_file": stands, "version_of": said }));
    }
    let name = people.name(id.as_str());
    if global.format == Format::Json {
        let gone: Vec<Value> =
            earlier.gone.iter().map(|(trust, on)| json!({ "trust": trust, "on": on })).collect();
        output::json_out(&json!({
            "person": id, "name": name, "by": "files", "accesses": accesses, "files_taken_away": gone,
        }));
        return Ok(());
    }
    output::say(
        global,
        &text!(
            en: "{name} ({id}), by the files and their history\n",
            nb: "{name} ({id}), etter filene og historikken deres\n"
        ),
    );
    for (trust, on) in &earlier.gone {
        output::say(global, &file_taken_away(trust, *on));
    }
    lines.iter().for_each(|line| output::say(global, line));
    output::tell(global, &the_rest(&id));
    Ok(())
}
