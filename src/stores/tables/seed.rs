//! Makes a fictional history, so that a demonstration has something that must not change. Every open account gets a few
//! courses and forms, and report subscriptions that end three years after they start.
//!
//! The result depends only on the seed, the account's id and the given day. It uses no clock and no counter. An account
//! that has made a course is left as it is, so seeding twice adds nothing. Nothing here resembles a person, and courses
//! carry no patient.

use jiff::ToSpan as _;
use jiff::civil::Date;
use portvakt_core::model::{Digest, Hasher};
use portvakt_core::store::StoreError;
use portvakt_database::{Connection, Statement, as_one, params};

/// The numbers of what was added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seeded {
    /// The number of accounts that had no history and have one now.
    pub accounts: u64,
    /// The number of courses added.
    pub courses: u64,
    /// The number of forms added.
    pub forms: u64,
    /// The number of report subscriptions added.
    pub subscriptions: u64,
}

struct Author {
    id: String,
    name: String,
    address: String,
    rights: Vec<(String, i64, String)>,
}

const KINDS: [&str; 3] = ["intake", "follow-up", "closing"];

/// Adds a fictional history for every open account that has none. It adds all of it or nothing.
///
/// # Errors
/// Fails when the database reports an error.
pub fn seed(connection: &Connection, seed: u64, today: Date) -> Result<Seeded, StoreError> {
    as_one(connection, |connection| {
        let authors = authors(connection)?;
        let mut seeded = Seeded::default();
        let mut tables = SeedStatements {
            course: connection.prepare_cached(
                "INSERT INTO course (unit, status, created_by, created_on, updated_by, updated_on)
                 VALUES (?1, ?2, ?3, ?4, ?3, ?5) RETURNING id",
            )?,
            form: connection.prepare_cached(
                "INSERT INTO form (course, kind, status, created_by, created_on, updated_by, updated_on)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?4, ?6)",
            )?,
            subscription: connection.prepare_cached(
                "INSERT INTO subscription
                 (owner, owner_name, address, application, role, unit, start_date, end_date)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?,
            // An address that came from elsewhere is kept.
            email: connection
                .prepare_cached("UPDATE account SET email = coalesce(email, ?2) WHERE id = ?1")?,
        };
        for author in &authors {
            tables.add(author, &mut Chance::of(seed, &author.id), today, &mut seeded)?;
        }
        Ok(seeded)
    })
}

fn authors(connection: &Connection) -> Result<Vec<Author>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT account.id, account.name, account.login, account.email, now.application, now.unit, now.role
         FROM account LEFT JOIN access AS now ON now.account = account.id AND now.ended IS NULL
         WHERE account.active = 1 AND NOT EXISTS (SELECT 1 FROM course WHERE created_by = account.id)
         ORDER BY account.id, now.application, now.unit, now.role",
    )?;
    let mut authors: Vec<Author> = Vec::new();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = row.text(0)?;
        if authors.last().is_none_or(|last| last.id != id) {
            let login: Option<String> = row.get(2)?;
            let email: Option<String> = row.get(3)?;
            // `.example` belongs to nobody (RFC 2606).
            let invented = || format!("{}@register.example", login.as_deref().unwrap_or(id));
            let address = email.unwrap_or_else(invented);
            authors.push(Author { id: id.to_owned(), name: row.get(1)?, address, rights: Vec::new() });
        }
        if let (Some(author), Some(application)) = (authors.last_mut(), row.get::<Option<String>>(4)?) {
            author.rights.push((application, row.get(5)?, row.get(6)?));
        }
    }
    Ok(authors)
}

struct SeedStatements<'c> {
    course: Statement<'c>,
    form: Statement<'c>,
    subscription: Statement<'c>,
    email: Statement<'c>,
}

impl SeedStatements<'_> {
    fn add(
        &mut self,
        author: &Author,
        chance: &mut Chance,
        today: Date,
        seeded: &mut Seeded,
    ) -> Result<(), StoreError> {
        seeded.accounts += 1;
        self.email.execute(params![author.id, author.address])?;
        let unit = author.rights.first().map_or(0, |(_, unit, _)| *unit);
        let ago = |days: u8| today.saturating_sub(i64::from(days).days());
        for _ in 0..=chance.below(2) {
            let begun = chance.below(200);
            let status = if chance.below(3) == 0 { "open" } else { "closed" };
            let (begun_on, touched_on) = (ago(begun).to_string(), ago(chance.below(begun + 1)).to_string());
            let course: i64 = self
                .course
                .query_row(params![unit, status, author.id, begun_on, touched_on], |row| row.get(0))?;
            seeded.courses += 1;
            for kind in KINDS.iter().take(1 + usize::from(chance.below(3))) {
                let by = &author.id;
                self.form.execute(params![course, kind, status, by, begun_on, touched_on])?;
                seeded.forms += 1;
            }
        }
        // The first right in order is the one in Rapporteket, if there is one, because reports come from there.
        let last = author.rights.last().filter(|_| author.rights.len() > 1 && chance.below(3) == 0);
        for (application, unit, role) in author.rights.first().into_iter().chain(last) {
            let start = ago(chance.below(200));
            let end = start.saturating_add(3.years()).to_string();
            let (id, name, address) = (&author.id, &author.name, &author.address);
            let start = start.to_string();
            self.subscription.execute(params![id, name, address, application, role, unit, start, end])?;
            seeded.subscriptions += 1;
        }
        Ok(())
    }
}

/// Numbers that look random and depend only on the seed and the account. They are the bytes of a chain of digests.
struct Chance {
    bytes: Vec<u8>,
    digest: Digest,
}

impl Chance {
    fn of(seed: u64, account: &str) -> Self {
        let mut hasher = Hasher::new("portvakt fictional history 1");
        hasher.part(&seed.to_be_bytes()).part(account.as_bytes());
        Self { bytes: Vec::new(), digest: hasher.finish() }
    }

    /// Returns a number from 0 up to but not including `end`. It is 0 if `end` is 0.
    fn below(&mut self, end: u8) -> u8 {
        if self.bytes.is_empty() {
            self.bytes.extend(self.digest.as_bytes());
            self.digest = Digest::of(self.digest.as_bytes());
        }
        self.bytes.pop().and_then(|byte| byte.checked_rem(end)).unwrap_or(0)
    }
}
