//! The errors that stop a pass half way, and the findings that people see for them.

use std::path::PathBuf;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::reports::ReportsError;
use portvakt_core::store::StoreError;
use portvakt_sources::SourceError;

use crate::apply::ApplyError;
use crate::memory::MemoryError;
use crate::pass::PassError;

/// The kind of source that the accepted state came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptedFrom {
    /// A directory, as it stood.
    Directory,
    /// A branch of git.
    Git,
}

impl AcceptedFrom {
    fn words(self) -> Text {
        match self {
            Self::Directory => text!(en: "a directory", nb: "en mappe"),
            Self::Git => Text::same("git"),
        }
    }
}

/// The reason why a pass did not finish.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The tree cannot be read.
    Source(#[from] SourceError),
    /// The accepted state came from the other kind of source.
    Switched {
        /// The kind of source of the accepted state.
        from: AcceptedFrom,
    },
    /// The memory was accepted for another register.
    OtherRegister {
        /// The register that the memory was accepted for.
        known: Text,
        /// The register that the program was started with.
        asked: Text,
    },
    /// There is no file of a register at this path.
    NoRegister(PathBuf),
    /// Reading, judging or planning failed.
    Pass(#[from] PassError),
    /// The decisions could not be recorded.
    Apply(#[from] ApplyError),
    /// The connection to Rapporteket cannot be prepared.
    Reports(#[from] ReportsError),
}

impl From<StoreError> for EngineError {
    fn from(error: StoreError) -> Self {
        Self::Pass(PassError::Store(error))
    }
}

impl From<MemoryError> for EngineError {
    fn from(error: MemoryError) -> Self {
        Self::Pass(PassError::Memory(error))
    }
}

impl EngineError {
    /// Says why the pass did not finish, in English and Norwegian. In the Norwegian words, a text of another program
    /// is quoted.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Source(error) => error.words(),
            Self::Switched { from } => {
                let was = from.words();
                text!(
                    with was;
                    en: "what was accepted came from {was}",
                    nb: "det som er godtatt, kom fra {was}"
                )
            }
            Self::OtherRegister { known, asked } => text!(
                with known, asked;
                en: "what is remembered here was accepted for the register in {known}, not for {asked}",
                nb: "det som huskes her, ble godtatt for registeret i {known}, ikke for {asked}"
            ),
            Self::NoRegister(path) => {
                let path = path.display();
                text!(
                    en: "there is no file `{path}`, so nothing has been accepted there, and nothing is written",
                    nb: "filen `{path}` finnes ikke, så ingenting er godtatt der, og ingenting skrives"
                )
            }
            Self::Pass(error) => error.words(),
            Self::Apply(error) => error.words(),
            Self::Reports(error) => error.words(),
        }
    }

    /// Returns the finding that people see for this error.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match self {
            Self::Source(error) | Self::Pass(PassError::Newest(error)) => source_finding(error),
            Self::Switched { from } => switched(*from),
            Self::OtherRegister { .. } => Finding::new(
                Code::StoreUnavailable,
                self.words(),
                text!(
                    en: "Name the right one with `--store` (and `--memory`), or, if the register has moved, accept a baseline for it anew.",
                    nb: "Oppgi det riktige med `--store` (og `--memory`), eller godta et nytt grunnlag for registeret hvis det er flyttet."
                ),
            ),
            Self::Pass(PassError::NoBaseline) => {
                Finding::new(Code::NoBaseline, self.words(), accept_a_baseline())
            }
            Self::NoRegister(_) => {
                let elsewhere = text!(
                    en: "If it is elsewhere, mount its disk or name it with `--store` (what is remembered of a register elsewhere: `--memory`). Otherwise, at the first start:",
                    nb: "Ligger den et annet sted, monter disken eller oppgi den med `--store` (det som huskes om et register et annet sted: `--memory`). Ellers, ved første start:"
                );
                Finding::new(Code::NoBaseline, self.words(), elsewhere.and(accept_a_baseline()))
            }
            Self::Pass(PassError::NotRead(_)) => Finding::new(
                Code::SourceUnreadable,
                self.text(),
                text!(
                    en: "Run the program again; if it stays, tell whoever keeps the program.",
                    nb: "Kjør programmet igjen; blir feilen stående, si fra til dem som vedlikeholder programmet."
                ),
            ),
            Self::Pass(PassError::TimeZone(_)) => Finding::new(
                Code::SourceUnreadable,
                self.text(),
                text!(
                    en: "An older version of the program may have accepted it by the machine's own zone data. Have `time_zone` in `register.yaml` changed to a zone such as `Europe/Oslo`, and accept it with `portvakt baseline`.",
                    nb: "En eldre versjon av programmet kan ha godtatt den etter maskinens egne sonedata. Få `time_zone` i `register.yaml` endret til en sone som `Europe/Oslo`, og godta det med `portvakt baseline`."
                ),
            ),
            Self::Pass(PassError::Memory(_) | PassError::Store(_)) | Self::Apply(_) | Self::Reports(_) => {
                Finding::new(
                    Code::StoreUnavailable,
                    self.text(),
                    text!(
                        en: "Nothing more was written. Mend what the message names; the next pass goes on from where this one stopped.",
                        nb: "Ingenting mer ble skrevet. Rett det meldingen nevner; neste gjennomgang fortsetter der denne stanset."
                    ),
                )
            }
        }
    }

    /// Returns the message of a finding for this error.
    fn text(&self) -> Text {
        let why = self.words();
        text!(with why; en: "{why}", nb: "gjennomgangen stanset: {why}")
    }
}

impl std::fmt::Display for EngineError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

/// Returns the finding that people see for a tree that cannot be read.
#[must_use]
pub fn source_finding(error: &SourceError) -> Finding {
    let code = match error {
        SourceError::Missing { .. }
        | SourceError::Misnamed { .. }
        | SourceError::Empty { .. }
        | SourceError::Kind { .. } => Code::TreeMissing,
        _ => Code::SourceUnreadable,
    };
    let what = error.words();
    let message = text!(
        with what;
        en: "{what}; nothing is changed because of it",
        nb: "{what}; ingenting endres på grunn av det"
    );
    Finding::new(code, message, error.way_out())
}

fn accept_a_baseline() -> Text {
    text!(
        en: "Look at `portvakt baseline`, and have two national administrators accept it with `portvakt baseline --accept DIGEST --by A --by B`.",
        nb: "Se på `portvakt baseline`, og la to nasjonale administratorer godta det med `portvakt baseline --accept DIGEST --by A --by B`."
    )
}

/// Returns the finding about a source of another kind than the accepted one.
fn switched(from: AcceptedFrom) -> Finding {
    let (now, back) = match from {
        AcceptedFrom::Git => {
            (AcceptedFrom::Directory, text!(en: "with `--source git`", nb: "med `--source git`"))
        }
        AcceptedFrom::Directory => {
            (AcceptedFrom::Git, text!(en: "without `--source git`", nb: "uten `--source git`"))
        }
    };
    let (was, now) = (from.words(), now.words());
    let message = text!(
        with was, now;
        en: "what was accepted came from {was}, and now the tree would be read from {now}",
        nb: "det som er godtatt, kom fra {was}, og nå ville filene bli lest fra {now}"
    );
    let way_out = text!(
        with back;
        en: "Run the program {back}, or have two national administrators accept the tree from here: `portvakt baseline`, then `portvakt baseline --accept DIGEST --by A --by B`.",
        nb: "Kjør programmet {back}, eller la to nasjonale administratorer godta filene herfra: `portvakt baseline`, deretter `portvakt baseline --accept DIGEST --by A --by B`."
    );
    Finding::new(Code::SourceSwitched, message, way_out)
}
