//! Lists the users from the files of a clone. A clone remembers nothing, so the list says how far it goes.

use std::collections::BTreeMap;

use portvakt_core::diag::{Finding, text};
use portvakt_engine::report::{Lines, access_lines};
use serde_json::json;

use super::{Args, only, show};
use crate::cli::by_files::state as by_the_files;
use crate::cli::{clone, output, who};
use crate::config::{Format, Global};

/// Lists the users of the newest files of the clone. `missing` is the finding if they have no answer either.
pub(super) fn list_from_files(global: &Global, args: &Args, missing: Finding) -> Result<(), Finding> {
    let newest = clone::open_newest(global)?;
    let Some(desk) = newest.desk(global)? else { return Err(missing) };
    let (register, today) = (&desk.rules.register, desk.today);
    let only = only(register, args)?;
    let which = if args.all { Lines::All } else { Lines::InForce };
    let mut lines = access_lines(&desk.base, register, &BTreeMap::new(), only.as_ref(), which, today);
    let mut names = who::People::of_files(register, desk.head());
    // A person who approved may have left in the meantime.
    names.and_former(&newest.former(global).one_name_each());
    for line in &mut lines {
        if let Some(standing) = desk.base.standing(&line.key) {
            line.state = by_the_files(&standing.grant, &names, today);
        }
    }
    if global.format == Format::Json {
        output::json_out(&json!({ "date": today, "accesses": lines, "by": "files" }));
    } else {
        show(global, args, &lines, &names);
    }
    if args.csv {
        return Ok(());
    }
    let count = output::ACCESSES.count(lines.len());
    output::tell(
        global,
        &text!(
            with count;
            en: "{count} on {today}, by the files. What was accepted, and what the register was told, is known where the register is: ask there, or name it with `--store`.",
            nb: "{count} {today}, etter filene. Hva som er godtatt, og hva registeret har fått beskjed om, vites der registeret er: spør der, eller oppgi det med `--store`."
        ),
    );
    Ok(())
}
