//! The page about a kind of finding. `portvakt explain CODE` shows it, SARIF carries it, and docs/findings.md is made
//! of all of them. So people have it wherever the program runs, and not only beside its source.

use super::{Code, Lang};

/// The command that shows the page about a kind of finding.
#[must_use]
pub fn more(code: Code) -> String {
    format!("portvakt explain {code}")
}

/// The page in Markdown, in both languages. The given one comes first.
#[must_use]
pub fn page(code: Code, first: Lang) -> String {
    let (severity, meaning, next) = (code.severity(), code.meaning(), code.next());
    let rules = code.rules().join(", ");
    let (en, nb) = (severity.word(Lang::En), severity.word(Lang::Nb));
    match first {
        Lang::En => {
            let rules = if rules.is_empty() { rules } else { format!(" · rules: {rules}") };
            format!(
                "Severity: {en} ({nb}){rules}\n\n{}\n\n*What to do:* {}\n\n**Norsk:** {}\n\n*Gjør dette:* {}\n",
                meaning.en(),
                next.en(),
                meaning.get(Lang::Nb),
                next.get(Lang::Nb),
            )
        }
        Lang::Nb => {
            let rules = if rules.is_empty() { rules } else { format!(" · regler: {rules}") };
            format!(
                "Alvorlighet: {nb} ({en}){rules}\n\n{}\n\n*Gjør dette:* {}\n\n**English:** {}\n\n*What to do:* {}\n",
                meaning.get(Lang::Nb),
                next.get(Lang::Nb),
                meaning.en(),
                next.en(),
            )
        }
    }
}
