//! The words about a branch that was sent, or that could not be. Every command that sends one says them.

use portvakt_core::diag::{Text, text, with_full_stop};

use super::place::Sent;

/// Returns the words about a branch that was sent, or that could not be sent.
pub(in crate::cli) fn sent_words(sent: &Sent) -> Vec<Text> {
    let branch = &sent.branch;
    match (&sent.why, &sent.address) {
        (Some(why), _) => {
            let why = why.message.changed(with_full_stop);
            vec![text!(
                with why;
                en: "The branch {branch} is made and not sent: {why} `portvakt send` sends it later.",
                nb: "Grenen {branch} er laget, men ikke sendt: {why} `portvakt send` sender den senere."
            )]
        }
        (None, None) => vec![text!(
            en: "Sent as the branch {branch}. Open a request for it at the forge.",
            nb: "Sendt som grenen {branch}. Åpne en forespørsel for den på kodeplattformen."
        )],
        (None, Some(address)) => vec![text!(
            en: "Sent as the branch {branch}. The request is opened at {address}",
            nb: "Sendt som grenen {branch}. Forespørselen åpnes på {address}"
        )],
    }
}

#[cfg(test)]
mod tests {
    use portvakt_core::diag::Lang;

    use super::{Sent, sent_words};

    #[test]
    fn whoever_sends_a_change_is_told_where_the_request_is_opened() {
        let address = "https://github.com/register/tilganger/pull/new/access/end-aksel.demostad";
        for (address, en, nb) in [
            (Some(address), "The request is opened at https://git", "Forespørselen åpnes på https://git"),
            (None, "Open a request for it at the forge", "Åpne en forespørsel for den på kodeplattformen"),
        ] {
            let branch = "access/end-aksel.demostad".to_owned();
            let sent = Sent { branch, is_there: true, address: address.map(str::to_owned), why: None };
            let words = sent_words(&sent);
            assert_eq!(words.len(), 1);
            assert!(words[0].get(Lang::En).contains(en), "{words:?}");
            assert!(words[0].get(Lang::Nb).contains(nb), "{words:?}");
        }
    }
}
