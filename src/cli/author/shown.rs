//! Shows a change as its reviewer will see it, and tells the user what happened to it.

use portvakt_author::JudgedChange;
use portvakt_core::diag::{Finding, text};
use portvakt_core::model::{Evidence, PersonId};
use portvakt_engine::review::{self, ChangeReview, Compared};
use serde_json::{Value, json};

use super::signed::AuthorSignature;
use super::{Made, Work, enrolling};
use crate::cli::clone::remote::FolderAlone;
use crate::cli::clone::{place, sent};
use crate::cli::output;
use crate::config::Format;

/// Shows the change as its reviewer will see it.
pub(super) fn show(work: &Work<'_>, made: &Made, judged: &JudgedChange) {
    let global = work.global;
    if global.format != Format::Human {
        return;
    }
    let compared = Compared {
        base: &judged.base,
        tree: &judged.tree,
        judged: review::JudgedTrees { base: None, head: None, merged: None },
        on: work.today(),
    };
    let asked = &work.desk.rules.register.evidence;
    let seen = ChangeReview::of(&judged.checked, compared).before_evidence(asked);
    output::out(&review::human(&review::page(&seen, global.lang())));
    for besides in &made.besides {
        output::say(global, &text!(with besides; en: "{besides}\n", nb: "{besides}\n"));
    }
}

/// The state of a change after it was written.
pub(super) struct WrittenChange {
    /// The author's signature. It is `None` if they did not sign.
    pub(super) signed: Option<AuthorSignature>,
    /// The people whose approval is still missing.
    pub(super) waits: Vec<PersonId>,
    pub(super) sent: Option<place::Sent>,
}

/// Returns the JSON values for what the change waits for: enrolling a key, and missing approvals. Each names the people
/// who can give it.
fn waits_in_json(work: &Work<'_>, done: &WrittenChange) -> Vec<Value> {
    let unknown = done.signed.iter().filter(|signed| !signed.counts);
    let mut waits: Vec<Value> = unknown.map(|signed| enrolling::enrolling(&work.desk, &signed.by)).collect();
    if !done.waits.is_empty() {
        let what = match work.desk.rules.register.evidence {
            Evidence::Forge(_) => "approval",
            Evidence::Signature | Evidence::Declared => "signature",
        };
        waits.push(json!({ "what": what, "for": done.waits }));
    }
    waits
}

pub(super) fn print_change(work: &Work<'_>, made: &Made, findings: &[Finding], done: &WrittenChange) {
    let (global, sent) = (work.global, done.sent.as_ref());
    if global.format == Format::Json {
        let files: Vec<&str> = made.draft.files.iter().map(|file| file.path.as_str()).collect();
        let more = json!({
            "files": files,
            "signed_by": done.signed.as_ref().map(|signed| &signed.by),
            "waits_for": done.waits,
            "waits": waits_in_json(work, done),
            "branch": sent.map(|sent| &sent.branch),
            "sent": sent.is_some_and(|sent| sent.is_there),
            "address": sent.and_then(|sent| sent.address.as_ref()),
        });
        output::findings(global, findings, more);
        return;
    }
    let mut lines = Vec::new();
    for file in &made.draft.files {
        let path = &file.path;
        lines.push(match file.after {
            Some(_) => text!(en: "Written: {path}", nb: "Skrevet: {path}"),
            None => text!(en: "Taken away: {path}", nb: "Fjernet: {path}"),
        });
    }
    if let Some(signed) = &done.signed {
        let name = work.called(&signed.by);
        lines.push(text!(en: "Signed by {name}.", nb: "Signert av {name}."));
        if !signed.counts {
            lines.push(enrolling::not_enrolled(&work.desk));
        }
    }
    if !done.waits.is_empty() {
        let names = work.all_called(&done.waits);
        lines.push(match &work.desk.rules.register.evidence {
            Evidence::Forge(_) => text!(
                en: "Waiting for {names}, who approves the request at the forge.",
                nb: "Venter på {names}, som godkjenner forespørselen på kodeplattformen."
            ),
            _ => text!(
                en: "Waiting for {names}, who signs with `portvakt approve --waiting`.",
                nb: "Venter på {names}, som signerer med `portvakt approve --waiting`."
            ),
        });
    }
    if let Some(sent) = sent {
        lines.extend(sent::sent_words(sent));
    }
    lines.extend(work.place.alone().map(FolderAlone::not_sent));
    lines.iter().for_each(|line| output::say(global, &text!(with line; en: "{line}\n", nb: "{line}\n")));
}
