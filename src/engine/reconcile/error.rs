//! The errors that stop a pass half way, and the findings that people see for them.

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::reports::ReportsError;
use portvakt_core::store::StoreError;
use portvakt_sources::SourceError;

use crate::apply::ApplyError;
use crate::memory::MemoryError;
use crate::pass::PassError;

/// The reason why a pass did not finish.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The tree cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The accepted state came from the other kind of source.
    #[error("what was accepted came from {from}")]
    Switched {
        /// The kind of source of the accepted state: `git` or `a directory`.
        from: &'static str,
    },
    /// The memory was accepted for another register.
    #[error("what is remembered here was accepted for the register in {}, not for {}", known.en(), asked.en())]
    OtherRegister {
        /// The register that the memory was accepted for.
        known: Text,
        /// The register that the program was started with.
        asked: Text,
    },
    /// Reading, judging or planning failed.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// The decisions could not be recorded.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// The connection to Rapporteket cannot be prepared.
    #[error(transparent)]
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
    /// Returns the finding that people see for this error.
    #[must_use]
    pub fn finding(&self) -> Finding {
        match self {
            Self::Source(error) | Self::Pass(PassError::Newest(error)) => source_finding(error),
            Self::Switched { from } => switched(from),
            Self::OtherRegister { known, asked } => Finding::new(
                Code::StoreUnavailable,
                text!(
                    with known, asked;
                    en: "what is remembered here was accepted for the register in {known}, not for {asked}",
                    nb: "det som huskes her, ble godtatt for registeret i {known}, ikke for {asked}"
                ),
                text!(
                    en: "Name the right one with `--store` (and `--memory`), or, if the register has moved, accept a baseline for it anew.",
                    nb: "Oppgi det riktige med `--store` (og `--memory`), eller godta et nytt grunnlag for registeret hvis det er flyttet."
                ),
            ),
            Self::Pass(PassError::NoBaseline) => Finding::new(
                Code::NoBaseline,
                Text::new(
                    self.chain(),
                    "ikke noe grunnlag er godtatt ennå; uten det skrives ingenting til registeret",
                ),
                text!(
                    en: "Look at `portvakt baseline`, and have two national administrators accept it with `portvakt baseline --accept DIGEST --by A --by B`.",
                    nb: "Se på `portvakt baseline`, og la to nasjonale administratorer godta det med `portvakt baseline --accept DIGEST --by A --by B`."
                ),
            ),
            Self::Pass(PassError::NotRead(_)) => Finding::new(
                Code::SourceUnreadable,
                self.told(),
                text!(
                    en: "Run the program again; if it stays, tell whoever keeps the program.",
                    nb: "Kjør programmet igjen; blir feilen stående, si fra til dem som vedlikeholder programmet."
                ),
            ),
            Self::Pass(PassError::TimeZone(_)) => Finding::new(
                Code::SourceUnreadable,
                self.told(),
                text!(
                    en: "An older version of the program may have accepted it by the machine's own zone data. Have `time_zone` in `register.yaml` changed to a zone such as `Europe/Oslo`, and accept it with `portvakt baseline`.",
                    nb: "En eldre versjon av programmet kan ha godtatt den etter maskinens egne sonedata. Få `time_zone` i `register.yaml` endret til en sone som `Europe/Oslo`, og godta det med `portvakt baseline`."
                ),
            ),
            Self::Pass(PassError::Memory(_) | PassError::Store(_)) | Self::Apply(_) | Self::Reports(_) => {
                Finding::new(
                    Code::StoreUnavailable,
                    self.told(),
                    text!(
                        en: "Nothing more was written. Mend what the message names; the next pass goes on from where this one stopped.",
                        nb: "Ingenting mer ble skrevet. Rett det meldingen nevner; neste gjennomgang fortsetter der denne stanset."
                    ),
                )
            }
        }
    }

    /// Returns the message with its causes. The causes are in the words of the operating system and the database, unless
    /// people can repair them without knowing databases.
    fn told(&self) -> Text {
        let words = self.chain();
        let nb = self.store().and_then(in_bokmal).unwrap_or(&words);
        Text::new(words.clone(), format!("gjennomgangen stanset: {nb}"))
    }

    /// The store's own error, if this is one.
    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Pass(PassError::Store(error)) | Self::Apply(ApplyError::Store(error)) => Some(error),
            _ => None,
        }
    }

    /// The message with its causes.
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.contains(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        text
    }
}

/// The faults of a register that people can repair without knowing databases, in bokmål.
fn in_bokmal(error: &StoreError) -> Option<&'static str> {
    match error {
        StoreError::Locked => {
            Some("registeret er låst av et annet program; vent til det er ferdig, og prøv igjen")
        }
        StoreError::ReadOnly => Some(
            "registeret kan bare leses; gi denne brukeren skrivetilgang til filen og mappen den ligger i",
        ),
        StoreError::Full => {
            Some("disken til registeret er full, og ingenting ble skrevet; frigjør plass og prøv igjen")
        }
        StoreError::LeaseLost => {
            Some("en annen portvakt skriver til dette registeret nå; ingenting mer ble skrevet herfra")
        }
        _ => None,
    }
}

/// Returns the finding that people see for a tree that cannot be read.
#[must_use]
pub fn source_finding(error: &SourceError) -> Finding {
    let code = match error {
        SourceError::Missing { .. } | SourceError::Empty { .. } | SourceError::Kind { .. } => {
            Code::TreeMissing
        }
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

/// Returns the finding about a source of another kind than the accepted one.
fn switched(from: &str) -> Finding {
    let (git, folder) = (Text::same("git"), text!(en: "a directory", nb: "en mappe"));
    let (was, now, back) = if from == "git" {
        (git, folder, text!(en: "with `--source git`", nb: "med `--source git`"))
    } else {
        (folder, git, text!(en: "without `--source git`", nb: "uten `--source git`"))
    };
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
