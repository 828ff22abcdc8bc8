//! The reasons why a store could not do what it was asked. Each has its text here, in both languages. The error itself
//! prints the English text.

use std::fmt;

use super::{Misfit, Reserved};
use crate::diag::{Text, text};
use crate::model::AccountId;

/// The reason why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store does not exist, or it is not a register.
    Open {
        /// The file or address of the store.
        place: String,
        /// The reason for the failure.
        why: Text,
    },
    /// Another program is writing to the register.
    Locked,
    /// The register can be read but not written.
    ReadOnly,
    /// The register's server can be read but not written.
    ReadOnlyServer,
    /// The disk has no room left.
    Full,
    /// Another program has taken over the writing.
    LeaseLost,
    /// The database reported any other failure. It is kept here in words, and as it was reported.
    Database(Text, #[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store reported success, but the read-back shows another result.
    NotWritten(Text),
    /// A register elsewhere gives no answer.
    Unreachable {
        /// The address of the register.
        place: String,
        /// The reason for the failure.
        why: Text,
    },
    /// The register answers, but it does not let this program in.
    NotLetIn {
        /// The address of the register.
        place: String,
        /// The message of the register, or the thing that is missing on this side.
        why: Text,
    },
    /// The register answers, but not in the way a register must.
    Answer {
        /// The address of the register.
        place: String,
        /// A description of what is wrong with the answer.
        why: Text,
    },
    /// The register understood the request and refused it. Nothing was written.
    Refused(Text),
    /// The attribute map does not fit the register's service. Nothing was asked of it.
    Unfit(Box<Misfit>),
    /// What the register did for others shows that it would be no use. Nothing was asked of it for this one.
    NotAsked(Text),
    /// The register refused a login as already taken. Nobody in its list has that login, but the person has a closed
    /// account there. Nothing was written.
    Reserved(Box<Reserved>),
    /// The register says that it has opened this account, and the account cannot be used yet. No second one is asked
    /// for meanwhile.
    Unfinished(AccountId, Text),
    /// Somebody else changed the account after it was read. Nothing was overwritten.
    Conflict(Text),
    /// No answer came, and reading the store afterwards did not show the result either.
    Unknown(Text),
}

impl StoreError {
    /// Says what went wrong, in both languages.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Open { place, why } => text!(
                with why;
                en: "cannot open the register `{place}`: {why}",
                nb: "registeret `{place}` kan ikke åpnes: {why}"
            ),
            Self::Locked => text!(
                en: "the register is locked by another program; wait until that has finished and try again",
                nb: "registeret er låst av et annet program; vent til det er ferdig, og prøv igjen"
            ),
            Self::ReadOnly => text!(
                en: "the register cannot be written: it is read-only; give this user write access to the file and its folder",
                nb: "registeret kan bare leses; gi denne brukeren skrivetilgang til filen og mappen den ligger i"
            ),
            Self::ReadOnlyServer => text!(
                en: "the register's database lets nothing be written: it is a standby server, or read-only for this role, or behind a \
                     connection pooler that hands on what another program has set; name the server that is written to itself",
                nb: "databasen til registeret lar ingenting skrives: tjeneren er en reserve, eller rollen kan bare lese, eller \
                     det står en mellomstasjon (pooler) foran som gir videre det et annet program har stilt inn; oppgi tjeneren \
                     det skrives til"
            ),
            Self::Full => text!(
                en: "the register's disk is full, and nothing more was written; make room and try again",
                nb: "disken til registeret er full, og ingenting mer ble skrevet; frigjør plass og prøv igjen"
            ),
            Self::LeaseLost => text!(
                en: "another portvakt writes to this register now; nothing more was written here",
                nb: "en annen portvakt skriver til dette registeret nå; ingenting mer ble skrevet herfra"
            ),
            Self::Database(why, _) => text!(
                with why;
                en: "the register's database failed: {why}",
                nb: "databasen til registeret svikter: {why}"
            ),
            Self::NotWritten(what) => text!(
                with what;
                en: "read back after writing, {what}",
                nb: "lest tilbake etter skrivingen: {what}"
            ),
            Self::Unreachable { place, why } => text!(
                with why;
                en: "the register at `{place}` cannot be reached: {why}",
                nb: "registeret på `{place}` kan ikke nås: {why}"
            ),
            Self::NotLetIn { place, why } => text!(
                with why;
                en: "the register at `{place}` does not let this program in: {why}",
                nb: "registeret på `{place}` slipper ikke programmet inn: {why}"
            ),
            Self::Answer { place, why } => text!(
                with why;
                en: "the answer of the register at `{place}` makes no sense: {why}",
                nb: "svaret fra registeret på `{place}` gir ingen mening: {why}"
            ),
            Self::Refused(why) => {
                text!(with why; en: "the register refused it: {why}", nb: "registeret avslo det: {why}")
            }
            Self::Unfit(misfit) => misfit.sentence(),
            Self::NotAsked(why) => text!(
                with why;
                en: "it was not asked for, since {why}",
                nb: "det ble ikke bedt om, siden {why}"
            ),
            Self::Reserved(reserved) => reserved.words(),
            Self::Unfinished(_, why) => why.clone(),
            Self::Conflict(what) => text!(
                with what;
                en: "{what}; nothing was overwritten, the next pass looks again",
                nb: "{what}; ingenting ble overskrevet, og neste gjennomgang ser på nytt"
            ),
            Self::Unknown(why) => text!(
                with why;
                en: "whether it was written is not known: {why}; the next pass looks before it writes",
                nb: "det er ikke kjent om det ble skrevet: {why}; neste gjennomgang ser etter før den skriver"
            ),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Lang;

    #[test]
    fn the_error_prints_the_english_of_its_one_text() {
        let why = text!(en: "the file is damaged", nb: "filen er skadet");
        let error = StoreError::Open { place: "var/register.db".to_owned(), why };
        assert_eq!(error.to_string(), "cannot open the register `var/register.db`: the file is damaged");
        let nb = "registeret `var/register.db` kan ikke åpnes: filen er skadet";
        assert_eq!(error.words().get(Lang::Nb), nb);
    }
}
