//! Tells people what is not signed, and why.

use portvakt_core::diag::{Code, Finding, text, with_full_stop};

use super::Waiting;
use crate::cli::author::own;
use crate::cli::clone::branch_name;
use crate::cli::clone::place::{WritingPlace, name_there};
use crate::cli::{output, signing};
use crate::config::{Format, Global};

/// Tells the user why a branch was not signed. Returns the finding with the name of the branch.
pub(super) fn of_branch(global: &Global, branch: &str, mut finding: Finding) -> Finding {
    let (branch, why) = (branch_name::shown(branch), finding.message);
    finding.message = text!(with why; en: "{branch}: {why}", nb: "{branch}: {why}");
    if global.format == Format::Human {
        let why = finding.message.changed(with_full_stop);
        output::tell(global, &why.and(finding.way_out.clone()));
    }
    finding
}

pub(super) fn no_such_name() -> Finding {
    let message = text!(
        en: "nothing is signed there: the branch has a name that does not read as it is, that git keeps for itself, or that is the target's own",
        nb: "ingenting signeres der: grenen har et navn som ikke leses slik det er, som git bruker selv, eller som er målgrenens eget"
    );
    let way_out = text!(
        en: "Ask whoever made it to send it under a plain name.",
        nb: "Be den som laget den, sende den under et vanlig navn."
    );
    Finding::new(Code::NotSigned, message, way_out)
}

pub(super) fn who_signs() -> Finding {
    let message = text!(en: "it is not known who signs", nb: "det er ikke kjent hvem som signerer");
    Finding::new(Code::NotSigned, message, own::say_who_you_are())
}

impl Waiting<'_> {
    /// Tells the user for whom a branch waits. It does so if the branch names other people for a statement about a
    /// person's identity, and this person could sign that statement too. To sign it in their place, the user must name
    /// the file.
    pub(super) fn tell_whose(
        &self,
        reference: &str,
        place: &WritingPlace,
        change: signing::SignedChange<'_>,
    ) {
        let work = self.work;
        let all = signing::SignedChange { leaves_people: false, ..change };
        let could_sign = self.statements(place, all).is_ok_and(|ready| !ready.statements.is_empty());
        if !could_sign || work.global.format != Format::Human {
            return;
        }
        let names = work.all_called(&signing::approvers_of_change(&place.global, change));
        let branch = branch_name::shown(name_there(reference));
        let waits = text!(en: "{branch} waits for {names}.", nb: "{branch} venter på {names}.");
        output::tell(work.global, &waits);
    }
}
