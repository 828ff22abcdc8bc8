//! A register elsewhere that keeps the login of a closed account, so that nobody who comes back can have it (R34). The
//! words about the problem, and about what people can do, are written here in both languages. The code is pure: it
//! reads and writes nothing.

use std::fmt;

use crate::diag::{Text, text};
use crate::model::AccountId;

/// The values that a register refused to a new account as already taken, although no account in its list has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reserved {
    /// The login that the new account was to have.
    pub login: String,
    /// The e-mail address that it was to have, if any. Some registers compare this.
    pub email: Option<String>,
    /// The closed accounts of the same person, at least one. The first of them is named.
    pub closed: Vec<AccountId>,
    /// The answer of the register. Its own words are quoted.
    pub why: Text,
}

impl Reserved {
    /// Says what is wrong.
    #[must_use]
    pub fn words(&self) -> Text {
        let (login, why, closed) = (&self.login, &self.why, self.closed());
        text!(
            with why;
            en: "the register refused it: {why}; its list of accounts shows nobody with the login `{login}`, so it \
                 seems to keep what the closed account {closed} of this person once had",
            nb: "registeret avslo det: {why}; kontolisten viser ingen med innloggingen `{login}`, så registeret ser ut \
                 til å holde av det den lukkede kontoen {closed} til denne personen en gang hadde"
        )
    }

    /// Says what people can do about it.
    #[must_use]
    pub fn way_out(&self) -> Text {
        let login = &self.login;
        match &self.email {
            None => text!(
                en: "Ask those who run the register to make the login `{login}` free, or write another `login` in the \
                     person's file and have that approved. The closed account stays as it is; the next pass tries again.",
                nb: "Be dem som drifter registeret, om å frigi innloggingen `{login}`, eller skriv et annet `login` i \
                     personens fil og få det godkjent. Den lukkede kontoen blir som den er; neste gjennomgang prøver igjen."
            ),
            Some(email) => text!(
                en: "Ask those who run the register to make the login `{login}` and the address `{email}` free, or \
                     write another `login` and another `email` in the person's file and have that approved: some \
                     registers go by the address. The closed account stays as it is; the next pass tries again.",
                nb: "Be dem som drifter registeret, om å frigi innloggingen `{login}` og adressen `{email}`, eller skriv \
                     et annet `login` og en annen `email` i personens fil og få det godkjent: noen registre går etter \
                     adressen. Den lukkede kontoen blir som den er; neste gjennomgang prøver igjen."
            ),
        }
    }

    fn closed(&self) -> String {
        self.closed.first().map_or_else(String::new, |id| format!("`{id}`"))
    }
}

/// The words in English, as all errors of a store are.
impl fmt::Display for Reserved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words().en())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Lang;

    #[test]
    fn it_names_the_login_the_account_and_the_way_out_in_both_languages() {
        let mut reserved = Reserved {
            login: "kari".to_owned(),
            email: None,
            closed: vec![AccountId::new("3f6c")],
            why: Text::said("409 Conflict"),
        };
        for lang in [Lang::En, Lang::Nb] {
            let words = reserved.words();
            for part in ["409 Conflict", "`kari`", "`3f6c`"] {
                assert!(words.get(lang).contains(part), "{part}: {words:?}");
            }
            let way_out = reserved.way_out();
            assert!(
                way_out.get(lang).contains("`login`") && !way_out.get(lang).contains("`email`"),
                "{way_out:?}"
            );
        }
        assert_ne!(reserved.words().get(Lang::Nb), reserved.to_string());
        reserved.email = Some("kari@example.test".to_owned());
        for lang in [Lang::En, Lang::Nb] {
            let way_out = reserved.way_out();
            assert!(way_out.get(lang).contains("`kari@example.test`"), "{way_out:?}");
            assert!(way_out.get(lang).contains("`email`"), "{way_out:?}");
        }
    }
}
