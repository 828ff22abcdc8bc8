//! `portvakt register create` makes the tables of a register in PostgreSQL, once, as the owner of the database.

use portvakt_core::diag::{Code, Finding, text};
use portvakt_database::Site;
use portvakt_engine::reconcile::engine::create_register;

use crate::cli::{output, places};
use crate::config::Global;

/// Makes the tables of a register in PostgreSQL for this role.
pub(super) fn make_register(global: &Global, role: &str) -> Result<(), Finding> {
    let Site::Server(server) = places::site(global)? else {
        let store = &global.store;
        let message = text!(
            en: "tables are made beforehand only in PostgreSQL, and the register is `{store}`",
            nb: "tabeller lages på forhånd bare i PostgreSQL, og registeret er `{store}`"
        );
        let way_out = text!(
            en: "Name the database with `--store postgres://OWNER@HOST/DATABASE`; a file is made when a baseline is accepted.",
            nb: "Oppgi databasen med `--store postgres://EIER@VERT/DATABASE`; en fil lages når et grunnlag godtas."
        );
        return Err(Finding::new(Code::BadValue, message, way_out));
    };
    create_register(&server, role).map_err(|error| error.finding())?;
    output::say(
        global,
        &text!(
            en: "The register is made; the program connects to it as `{role}`. Next: `portvakt baseline`.\n",
            nb: "Registeret er laget; programmet kobler seg til det som `{role}`. Neste: `portvakt baseline`.\n"
        ),
    );
    Ok(())
}
