//! The words of the errors of the forge, each in both languages, and what to do next.

use portvakt_core::diag::{Text, text};

use super::{ForgeError, Object};

impl Object {
    /// Returns the name of the object as text for people.
    #[must_use]
    pub fn words(self) -> Text {
        match self {
            Self::Head => text!(en: "a request's head", nb: "den siste innsendingen i et endringsforslag"),
            Self::MergeBase => {
                text!(en: "a merge base", nb: "innsendingen et endringsforslag er laget fra")
            }
            Self::Parent => text!(en: "a commit's parent", nb: "innsendingen før en annen"),
            Self::Tree => text!(en: "a commit's tree", nb: "en innsendings øverste mappe"),
            Self::Entry => text!(en: "an object in a folder", nb: "noe i en mappe"),
        }
    }
}

impl ForgeError {
    /// Returns the error as text for people.
    #[must_use]
    pub fn words(&self) -> Text {
        match self {
            Self::Address { api, why } => text!(
                with why;
                en: "the forge's address `{api}` {why}",
                nb: "kodeplattformens adresse `{api}` {why}"
            ),
            Self::Place { address } => text!(
                en: "the forge's name leads to the address `{address}`, which is not spoken to",
                nb: "kodeplattformens navn fører til adressen `{address}`, som ikke kontaktes"
            ),
            Self::Setting { value, what } => text!(
                with what;
                en: "`{value}` cannot be {what}",
                nb: "`{value}` kan ikke være {what}"
            ),
            Self::Token => text!(
                en: "the forge's token is empty or holds characters that no token has",
                nb: "kodeplattformens token er tomt eller har tegn som ikke finnes i noe token"
            ),
            Self::Setup { .. } => text!(
                en: "the connection to the forge could not be set up",
                nb: "forbindelsen til kodeplattformen kunne ikke settes opp"
            ),
            Self::Connection { url, .. } => text!(
                en: "the forge does not answer at `{url}`",
                nb: "kodeplattformen svarer ikke på `{url}`"
            ),
            Self::Slow { url } => text!(
                en: "the forge took too long to answer `{url}`",
                nb: "kodeplattformen brukte for lang tid på å svare på `{url}`"
            ),
            Self::Large { url, most } => text!(
                en: "the forge's answer to `{url}` has more than {most} bytes",
                nb: "kodeplattformens svar på `{url}` er på mer enn {most} byte"
            ),
            Self::Redirect { url, status } => text!(
                en: "the forge answered `{url}` with a redirection ({status}), which is not followed",
                nb: "kodeplattformen svarte på `{url}` med en omdirigering ({status}), som ikke følges"
            ),
            Self::Unknown { url } => text!(
                en: "the forge does not accept the token for `{url}` (401)",
                nb: "kodeplattformen godtar ikke tokenet for `{url}` (401)"
            ),
            Self::Forbidden { url } => text!(
                en: "the token may not read `{url}` (403)",
                nb: "tokenet har ikke lov til å lese `{url}` (403)"
            ),
            Self::Missing { url, status } => text!(
                en: "the forge has nothing at `{url}` ({status}), or does not show it to this token",
                nb: "kodeplattformen har ingenting på `{url}` ({status}), eller viser det ikke til dette tokenet"
            ),
            Self::Busy { url, status, tries } => text!(
                en: "the forge is busy or out of order: it answered `{url}` with {status}, {tries} times",
                nb: "kodeplattformen er opptatt eller ute av drift: den svarte på `{url}` med {status}, {tries} ganger"
            ),
            Self::Later { url, status, seconds } => text!(
                en: "the forge answered `{url}` with {status} and asks to be left alone for {seconds} s",
                nb: "kodeplattformen svarte på `{url}` med {status} og ber om å få være i fred i {seconds} s"
            ),
            Self::Status { url, status } => text!(
                en: "the forge answered `{url}` with {status}",
                nb: "kodeplattformen svarte på `{url}` med {status}"
            ),
            Self::Strange { url, .. } => text!(
                en: "the forge's answer to `{url}` cannot be understood",
                nb: "kodeplattformens svar på `{url}` lar seg ikke forstå"
            ),
            Self::Id { text, what } => {
                let what = what.words();
                text!(
                    with what;
                    en: "the forge names `{text}` as {what}, and that is no object's id",
                    nb: "kodeplattformen oppgir `{text}` som id for {what}, og det er ingen id"
                )
            }
            Self::Endless { url, most, what } => text!(
                with what;
                en: "reading `{url}` needs more than {most} {what}",
                nb: "det trengs mer enn {most} {what} for å lese `{url}`"
            ),
            Self::Truncated { path } => text!(
                en: "the forge shows only a part of the folder `{path}`",
                nb: "kodeplattformen viser bare en del av mappen `{path}`"
            ),
            Self::Commits { request, named, all } => text!(
                en: "the forge names {named} of the {all} commits of request {request}, so its authors are not known",
                nb: "kodeplattformen oppgir {named} av de {all} innsendingene i endringsforslag {request}, så forfatterne er ikke kjent"
            ),
            Self::Pushed { request, commit } => text!(
                en: "commit `{commit}` is one of request {request}'s own commits: it was pushed to the branch, not merged",
                nb: "innsendingen `{commit}` hører selv til endringsforslag {request}: den ble sendt rett til grenen, ikke flettet inn"
            ),
            Self::NotOpen { request, branch } => text!(
                en: "request {request} is not an open request for the branch `{branch}`",
                nb: "endringsforslag {request} er ikke et åpent forslag for grenen `{branch}`"
            ),
            Self::Moved { request } => text!(
                en: "request {request} changed while it was read",
                nb: "endringsforslag {request} ble endret mens det ble lest"
            ),
            Self::Unprotected { what } => text!(
                with what;
                en: "the project's approvals say nothing about what was approved: {what}",
                nb: "prosjektets godkjenninger sier ikke hva som ble godkjent: {what}"
            ),
        }
    }

    /// Returns what to do next, in one sentence.
    #[must_use]
    pub fn way_out(&self) -> Text {
        match self {
            Self::Address { .. } => text!(
                en: "Write the address of the API in the settings: `https://api.github.com`, or `https://` with your GitLab's name and `/api/v4`.",
                nb: "Skriv adressen til API-et i innstillingene: `https://api.github.com`, eller `https://` med navnet på deres GitLab og `/api/v4`."
            ),
            Self::Place { .. } => text!(
                en: "Correct the address of the API in the settings, or the name server's answer.",
                nb: "Rett adressen til API-et i innstillingene, eller svaret fra navnetjeneren."
            ),
            Self::Setting { .. } => text!(
                en: "Correct it in the settings of the forge.",
                nb: "Rett det i innstillingene for kodeplattformen."
            ),
            Self::Token => text!(
                en: "Make a new token that may only read, and give it without anything around it.",
                nb: "Lag et nytt token som bare kan lese, og oppgi det uten noe rundt."
            ),
            Self::Setup { .. } => text!(
                en: "Install the system's certificates (`ca-certificates`).",
                nb: "Installer systemets sertifikater (`ca-certificates`)."
            ),
            Self::Connection { .. } | Self::Slow { .. } => text!(
                en: "Check the network and the address; it is asked again in the next pass.",
                nb: "Kontroller nettet og adressen; den blir spurt igjen i neste gjennomgang."
            ),
            Self::Busy { .. } | Self::Later { .. } | Self::Status { .. } => text!(
                en: "Wait; it is asked again in the next pass. If it stays so, ask those who run the forge.",
                nb: "Vent; den blir spurt igjen i neste gjennomgang. Vedvarer det, spør dem som drifter kodeplattformen."
            ),
            Self::Large { .. } | Self::Endless { .. } | Self::Truncated { .. } => text!(
                en: "Divide the change into smaller requests, or have its entries signed.",
                nb: "Del endringen i mindre endringsforslag, eller få oppføringene signert."
            ),
            Self::Redirect { .. } => text!(
                en: "The project may have been renamed or moved: write its present name and address in the settings.",
                nb: "Prosjektet kan ha fått nytt navn eller være flyttet: skriv navnet og adressen det har nå, i innstillingene."
            ),
            Self::Unknown { .. } => text!(
                en: "The token is wrong or has expired: make a new one that may only read.",
                nb: "Tokenet er feil eller utløpt: lag et nytt som bare kan lese."
            ),
            Self::Forbidden { .. } => text!(
                en: "Give the token the right to read the contents and the requests of this project: *Contents* and *Pull requests* on GitHub, the scope `read_api` and the role *Reporter* on GitLab.",
                nb: "Gi tokenet rett til å lese innholdet og endringsforslagene i dette prosjektet: *Contents* og *Pull requests* på GitHub, omfanget `read_api` og rollen *Reporter* på GitLab."
            ),
            Self::Missing { .. } => text!(
                en: "Check the project's name and the commit, and that the token may read this project: a forge hides what it does not show.",
                nb: "Kontroller prosjektets navn og innsendingen, og at tokenet kan lese dette prosjektet: en kodeplattform skjuler det den ikke viser."
            ),
            Self::Strange { .. } | Self::Id { .. } => text!(
                en: "Check that the address is that of the API, and of the kind of forge in the settings.",
                nb: "Kontroller at adressen er API-ets, og at det er den typen kodeplattform som står i innstillingene."
            ),
            Self::Commits { .. } => text!(
                en: "Divide the change into requests of at most 250 commits, or squash them.",
                nb: "Del endringen i endringsforslag med høyst 250 innsendinger, eller slå dem sammen."
            ),
            Self::Pushed { .. } => text!(
                en: "Merge requests in the forge, and protect the branch against pushes.",
                nb: "Flett inn endringsforslag på kodeplattformen, og beskytt grenen mot å bli sendt til direkte."
            ),
            Self::NotOpen { .. } => text!(
                en: "Give the number of an open request for this branch.",
                nb: "Oppgi nummeret på et åpent endringsforslag for denne grenen."
            ),
            Self::Moved { .. } => text!(en: "Run it again.", nb: "Kjør det igjen."),
            Self::Unprotected { .. } => text!(
                en: "Turn it on in the project's settings, under *Merge requests › Approvals*.",
                nb: "Slå det på i prosjektets innstillinger, under *Merge requests › Approvals*."
            ),
        }
    }
}

impl std::fmt::Display for ForgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.words().en())
    }
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;

    use super::*;
    use crate::forge::Discount;

    fn every() -> Vec<ForgeError> {
        let (url, what) = (|| "https://x.example".to_owned(), || text!(en: "a thing", nb: "en ting"));
        let source = || Box::from("cause");
        let address = std::net::Ipv4Addr::LOCALHOST.into();
        vec![
            ForgeError::Address { api: url(), why: what() },
            ForgeError::Place { address },
            ForgeError::Setting { value: url(), what: what() },
            ForgeError::Token,
            ForgeError::Connection { url: url(), source: source() },
            ForgeError::Slow { url: url() },
            ForgeError::Large { url: url(), most: 7 },
            ForgeError::Redirect { url: url(), status: 301 },
            ForgeError::Unknown { url: url() },
            ForgeError::Forbidden { url: url() },
            ForgeError::Missing { url: url(), status: 404 },
            ForgeError::Busy { url: url(), status: 503, tries: 3 },
            ForgeError::Later { url: url(), status: 429, seconds: 9 },
            ForgeError::Status { url: url(), status: 500 },
            ForgeError::Strange { url: url(), source: source() },
            ForgeError::Id { text: url(), what: Object::MergeBase },
            ForgeError::Endless { url: url(), most: 9, what: what() },
            ForgeError::Truncated { path: url() },
            ForgeError::Commits { request: 3, named: 2, all: 4 },
            ForgeError::Pushed { request: 3, commit: url() },
            ForgeError::NotOpen { request: 3, branch: url() },
            ForgeError::Moved { request: 3 },
            ForgeError::Unprotected { what: what() },
        ]
    }

    #[test]
    fn bokmål_says_the_same_with_the_same_facts() {
        let facts = |text: &str| {
            let words = text.split(|c: char| c.is_whitespace() || ",;:()'".contains(c));
            let mut facts: Vec<String> = words
                .filter(|word| word.contains('`') || word.bytes().any(|byte| byte.is_ascii_digit()))
                .map(|word| word.trim_end_matches("'s").to_owned())
                .collect();
            facts.sort();
            facts
        };
        for error in every() {
            let words = error.words();
            let (en, nb) = (words.get(Lang::En).to_owned(), words.get(Lang::Nb).to_owned());
            assert_eq!(en, error.to_string());
            assert_eq!(facts(&en), facts(&nb), "{en} / {nb}");
            for text in [words, error.way_out()] {
                assert_ne!(text.get(Lang::En), text.get(Lang::Nb));
            }
            assert_eq!(words_of_parts(&error), 0, "{nb}");
        }
    }

    /// Counts the English words that the bokmål text has from its parts.
    fn words_of_parts(error: &ForgeError) -> usize {
        let words = error.words();
        let nb = words.get(Lang::Nb);
        ["a thing", "merge base", "the forge"].iter().filter(|english| nb.contains(**english)).count()
    }

    #[test]
    fn no_discount_is_told_in_one_language_only() {
        let all = [
            Discount::OtherHead,
            Discount::TakenBack,
            Discount::Author,
            Discount::SamePerson,
            Discount::Bot,
            Discount::Gone,
            Discount::Stopped,
            Discount::UnknownState,
        ];
        let told = all.into_iter().flat_map(|discount| [Some(discount.words()), discount.way_out()]);
        for words in told.flatten() {
            assert_ne!(words.get(Lang::En), words.get(Lang::Nb));
        }
    }
}
