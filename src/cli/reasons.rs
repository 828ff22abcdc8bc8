//! Gives advice about reasons that name somebody. The reasons of rejections and revocations are kept for ever.

use portvakt_author::{Naming, NamingReason, naming_reasons};
use portvakt_core::decide::Checked;
use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::tree::Snapshot;

/// Returns the advice about the reasons that a change brings. Without a base it is about all reasons of the tree.
pub(super) fn advice(tree: &Snapshot, checked: &Checked, base: Option<&Snapshot>) -> Vec<Finding> {
    // Without rules a check reads nobody's file, and with a base it may leave out the files that are as before.
    let head = (base.is_none() && checked.rules.is_some()).then_some(&checked.head);
    naming_reasons(tree, head, base).into_iter().map(finding).collect()
}

fn finding(NamingReason { place, naming }: NamingReason) -> Finding {
    let message = match naming {
        Naming::Subject => this_names(&whose_access()),
        Naming::Somebody(name) => this_names(&Text::same(portvakt_net::line(&name))),
        Naming::Perhaps(words) => text!(
            en: "`{words}` in this reason may be somebody's name",
            nb: "`{words}` i denne begrunnelsen kan være navnet til noen";
            words = portvakt_net::line(&words)
        ),
    };
    Finding::new(Code::NameInReason, message, Code::NameInReason.next()).at(place)
}

fn this_names(who: &Text) -> Text {
    text!(with who; en: "this reason names {who}", nb: "denne begrunnelsen nevner {who}")
}

/// Returns the words for the person whose access is taken back.
pub(super) fn whose_access() -> Text {
    text!(en: "the person whose access it is", nb: "personen tilgangen gjelder")
}

/// Returns the words about a typed reason that names somebody.
pub(super) fn reason_names_person(who: &Text) -> Text {
    text!(
        with who;
        en: "The reason names {who}; what is written is kept for ever. Write it without the name.",
        nb: "Begrunnelsen nevner {who}; det som skrives, blir lagret for alltid. Skriv den uten navnet."
    )
}

/// Returns the warning about a word of a typed reason that may be a name.
pub(super) fn may_name(words: &str) -> Text {
    let words = portvakt_net::line(words);
    text!(
        en: "`{words}` in the reason may be somebody's name, and git keeps it for ever: is it one, write the reason without it.",
        nb: "`{words}` i begrunnelsen kan være navnet til noen, og git tar vare på det for alltid: er det et navn, skriv begrunnelsen uten det."
    )
}
