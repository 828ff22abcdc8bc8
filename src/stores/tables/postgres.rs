//! The register in PostgreSQL. Its owner makes the tables once, and the application's role opens it.
//!
//! A role that could change the ledger, such as an owner or an administrator, may not open the register for writing. So
//! the server keeps the promise that nobody who runs the program can change the ledger.

use portvakt_core::diag::{Text, text};
use portvakt_core::store::StoreError;
use portvakt_database::{ConnectError, Connection, Error, Server};

use super::postgres_schema::{LEDGER, MARK, NAMESPACE, RIGHTS, SCHEMA, VERSION, upgrade};
use super::version;

fn fault(server: &Server, why: Text) -> StoreError {
    StoreError::Open { place: server.address.to_string(), why }
}

fn store_error(server: &Server, error: &ConnectError) -> StoreError {
    match error {
        ConnectError::Database(Error::TakesNoWrites) => StoreError::ReadOnlyServer,
        ConnectError::Database(said) if said.is_refusal() => fault(server, error.words()),
        ConnectError::Database(_) => {
            StoreError::Unreachable { place: server.address.to_string(), why: error.words() }
        }
        ConnectError::File { .. } => fault(server, error.words()),
    }
}

fn to_write(server: &Server) -> Result<Connection, StoreError> {
    server.connect_to_write().map_err(|error| store_error(server, &error))
}

/// Opens the register for reading. Nothing can be written through the connection.
pub(super) fn readable(server: &Server) -> Result<Connection, StoreError> {
    read_only(server, server.connect().map_err(|error| store_error(server, &error))?)
}

/// Does the same on the server that takes writes.
pub(super) fn newest(server: &Server) -> Result<Connection, StoreError> {
    read_only(server, to_write(server)?)
}

fn read_only(server: &Server, connection: Connection) -> Result<Connection, StoreError> {
    check_version(server, &connection)?;
    connection.execute_batch("SET default_transaction_read_only = on")?;
    Ok(connection)
}

/// Opens the register for reading and writing.
pub(super) fn writable(server: &Server) -> Result<Connection, StoreError> {
    let connection = to_write(server)?;
    check_version(server, &connection)?;
    let could = "SELECT has_table_privilege('ledger', 'UPDATE') OR has_table_privilege('ledger', 'DELETE')
                 OR has_table_privilege('ledger', 'TRUNCATE')";
    if connection.query_row(could, [], |row| row.get(0))? {
        return Err(fault(
            server,
            text!(
                en: "the role `{user}` could change the ledger; connect as the role that `portvakt register create --role` \
                     named, not as the owner of the tables or an administrator of the server",
                nb: "rollen `{user}` kunne ha endret protokollen; koble til som rollen som `portvakt register create --role` \
                     navnga, ikke som eieren av tabellene eller en administrator av tjeneren";
                user = server.address.user()
            ),
        ));
    }
    Ok(connection)
}

/// Checks that the tables exist and have a version this program knows.
fn check_version(server: &Server, connection: &Connection) -> Result<(), StoreError> {
    let there = format!("SELECT to_regclass('{NAMESPACE}.portvakt_version') IS NOT NULL");
    if !connection.query_row(&there, [], |row| row.get(0))? {
        return Err(fault(
            server,
            text!(
                en: "there is no register in this database, or not for this role; the owner of the database makes one with \
                     `portvakt register create --store postgres://OWNER@HOST/DATABASE --role ROLE`",
                nb: "det er ikke noe register i denne databasen, eller ikke for denne rollen; eieren av databasen lager ett med \
                     `portvakt register create --store postgres://EIER@VERT/DATABASE --role ROLLE`"
            ),
        ));
    }
    match connection.query_row("SELECT max(version) FROM portvakt_version", [], |row| row.get::<i64>(0))? {
        VERSION => Ok(()),
        newer if newer > VERSION => Err(fault(server, version::newer(newer, VERSION))),
        older => {
            let script = upgrade(older).ok_or_else(|| fault(server, version::unknown()))?;
            let script = script.replace("ROLE", &quoted(server.address.user()));
            Err(fault(
                server,
                text!(
                    en: "its tables are of an older version of this program; the owner of the database runs, once, with \
                         every portvakt stopped: {script}",
                    nb: "tabellene er av en eldre versjon av programmet; eieren av databasen kjører, én gang, med alle \
                         portvakter stanset: {script}"
                ),
            ))
        }
    }
}

/// Makes the register's tables and the other given tables, and gives a role the rights that the program needs. It does
/// all of it or nothing.
///
/// # Errors
/// Fails with [`StoreError::Open`] when there is a register already, when the role is the owner's own or does not
/// exist, or when the owner may not make a schema.
pub fn create_tables(server: &Server, role: &str, tables: &[String]) -> Result<(), StoreError> {
    let connection = to_write(server)?;
    if role == server.address.user() {
        return Err(fault(
            server,
            text!(
                en: "the owner of the tables could change the ledger; name another role with `--role`, the one the program \
                     connects as",
                nb: "eieren av tabellene kunne ha endret protokollen; oppgi en annen rolle med `--role`, den som programmet \
                     kobler til som"
            ),
        ));
    }
    let there =
        connection.query_row("SELECT count(*) FROM pg_namespace WHERE nspname = ?1", [NAMESPACE], |row| {
            row.get::<i64>(0)
        })?;
    if there > 0 {
        let why = text!(
            en: "there is a schema `portvakt` in this database already; nothing was made",
            nb: "det er et skjema `portvakt` i denne databasen allerede; ingenting ble laget"
        );
        return Err(fault(server, why));
    }
    let known = connection
        .query_row("SELECT count(*) FROM pg_roles WHERE rolname = ?1", [role], |row| row.get::<i64>(0))?;
    if known == 0 {
        return Err(fault(
            server,
            text!(
                en: "there is no role `{role}`; make it first: CREATE ROLE {name} LOGIN",
                nb: "det finnes ingen rolle `{role}`; lag den først: CREATE ROLE {name} LOGIN";
                name = quoted(role)
            ),
        ));
    }
    let role = quoted(role);
    let mut script = format!(
        "BEGIN; CREATE SCHEMA {NAMESPACE}; SET LOCAL search_path = {NAMESPACE};\n{SCHEMA}\n{}\n{LEDGER}\n{MARK}\n\
         REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {NAMESPACE} FROM PUBLIC;\n\
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {NAMESPACE} TO {role};\n\
         GRANT USAGE ON SCHEMA {NAMESPACE} TO {role};\n",
        tables.join("\n")
    );
    for (rights, tables) in RIGHTS {
        script.push_str(&format!("GRANT {rights} ON {tables} TO {role};\n"));
    }
    script.push_str("COMMIT;");
    connection.execute_batch(&script).map_err(|error: Error| fault(server, error.words()))
}

/// Quotes a name for SQL, whatever characters it has.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
