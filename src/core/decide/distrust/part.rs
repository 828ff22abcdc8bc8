//! The parts of what is remembered of the register as a whole, as the ledger names them.

use crate::diag::{Text, text};

/// A part of the register's memory that a digest in the ledger binds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemoryPart {
    /// What a register elsewhere was asked for, and what is owed in Rapporteket.
    Asked,
    /// The requests that two people have freed, and the people whose authority stays.
    Exceptions,
    /// What is held, and the time since when it is held.
    Holds,
    /// The entries that were refused.
    Refusals,
    /// The approvals that have served.
    Served,
    /// The tree and the commit that were accepted last.
    Source,
    /// A part that this version does not know, by its name in the ledger.
    Other(String),
}

impl MemoryPart {
    /// Returns the part with this name in the ledger.
    #[must_use]
    pub fn of_word(word: &str) -> Self {
        let known = [Self::Asked, Self::Exceptions, Self::Holds, Self::Refusals, Self::Served, Self::Source];
        let found = known.into_iter().find(|part| part.word() == word);
        found.unwrap_or_else(|| Self::Other(word.to_owned()))
    }

    /// Returns the name of the part in the ledger.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Asked => "asked",
            Self::Exceptions => "exceptions",
            Self::Holds => "holds",
            Self::Refusals => "refusals",
            Self::Served => "served",
            Self::Source => "source",
            Self::Other(word) => word,
        }
    }

    /// Says that the part is not what the ledger says.
    #[must_use]
    pub(super) fn differs(&self) -> Text {
        match self {
            Self::Holds => text!(
                en: "what is remembered of what is held, and since when, is not what the ledger says",
                nb: "det som huskes om hva som holdes tilbake og siden når, er ikke det protokollen sier"
            ),
            Self::Refusals => text!(
                en: "what is remembered of refused entries is not what the ledger says",
                nb: "det som huskes om avslåtte oppføringer, er ikke det protokollen sier"
            ),
            Self::Served => text!(
                en: "what is remembered of approvals that have served is not what the ledger says",
                nb: "det som huskes om godkjenninger som er brukt, er ikke det protokollen sier"
            ),
            Self::Exceptions => text!(
                en: "what is remembered of requests that two have freed, and of whose authority stays, is not what the ledger says",
                nb: "det som huskes om søknader som to har frigitt, og om hvem som beholder fullmakten, er ikke det protokollen sier"
            ),
            Self::Asked => text!(
                en: "what is remembered of what a register elsewhere was asked for, or of what is owed in Rapporteket, is not what the ledger says",
                nb: "det som huskes om hva et register et annet sted er bedt om, eller om hva som gjenstår i Rapporteket, er ikke det protokollen sier"
            ),
            Self::Source => text!(
                en: "which tree or commit is remembered as accepted last is not what the ledger says",
                nb: "hvilke filer eller hvilken commit som huskes som sist godtatt, er ikke det protokollen sier"
            ),
            Self::Other(part) => text!(
                en: "what is remembered under `{part}`, which this version does not know, is not what the ledger says",
                nb: "det som huskes under `{part}`, som denne versjonen ikke kjenner, er ikke det protokollen sier"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Lang;

    #[test]
    fn a_part_that_is_not_known_is_told_by_its_name() {
        for word in ["asked", "exceptions", "holds", "refusals", "served", "source"] {
            let part = MemoryPart::of_word(word);
            assert!(part.word() == word && !matches!(part, MemoryPart::Other(_)), "{part:?}");
        }
        let later = MemoryPart::of_word("later");
        assert_eq!((later.word(), &later), ("later", &MemoryPart::Other("later".to_owned())));
        for lang in [Lang::En, Lang::Nb] {
            let told = later.differs();
            let told = told.get(lang);
            assert!(told.contains("`later`") && !told.contains("commit"), "{told}");
        }
        assert!(MemoryPart::Source.differs().en().contains("commit"));
    }
}
