//! Signs a change in the same step if its author may approve it. Otherwise it tells for whom the change waits.

use std::path::PathBuf;

use portvakt_core::diag::{Finding, text};
use portvakt_core::model::{Evidence, FilePath, PersonId};

use super::{Made, Stop, Work, own};
use crate::cli::ask::nothing_was_written;
use crate::cli::signing;

/// The signature of the author.
pub(super) struct AuthorSignature {
    pub(super) by: PersonId,
    /// Tells whether the tree's list of keys has the key.
    pub(super) counts: bool,
}

/// Signs the entries that the author approves, and the statement about the person if they are new. `stood` is what the
/// files stated before.
pub(super) fn sign(
    work: &Work<'_>,
    made: &Made,
    paths: &[FilePath],
    stood: &signing::Stated,
) -> Result<Option<AuthorSignature>, Stop> {
    let evidence = &work.desk.rules.register.evidence;
    let now = signing::stated(&work.place.global, paths);
    let is_mine = |me: &&PersonId| made.draft.approvers.contains(*me) || !now.people.is_subset(&stood.people);
    let Some(me) = work.me.as_ref().filter(is_mine) else { return Ok(None) };
    if *evidence != Evidence::Signature || work.how.unsigned {
        return Ok(None);
    }
    let Some(key) = own::own_key(&work.place.global, work.how) else { return Ok(None) };
    let unsignable = &made.draft.unsignable;
    let files =
        made.draft.files.iter().filter(|file| file.after.is_some() && !unsignable.contains(&file.path));
    let files: Vec<PathBuf> = files.map(|file| work.place.global.root.join(file.path.as_str())).collect();
    let change = signing::SignedChange {
        files: &files,
        settings: false,
        ends_most: false,
        stood,
        leaves_people: false,
        renamed: &work.desk.base.renamed,
    };
    let signatures = signing::sign(&work.place.global, change, &key, me)?;
    Ok((signatures.made > 0).then(|| AuthorSignature { by: me.clone(), counts: signatures.count }))
}

/// Adds to the reason why a change is not signed what happened to its files. In a clone nothing of the change stays.
/// Elsewhere the files stay as written.
pub(super) fn unsigned(work: &Work<'_>, stop: Stop) -> Stop {
    let verdict = match work.place.repository() {
        Some(_) => nothing_was_written(),
        None => {
            text!(en: "The files are written, and not signed.", nb: "Filene er skrevet, og ikke signert.")
        }
    };
    let with = |finding: Finding| Finding { way_out: verdict.clone().and(finding.way_out), ..finding };
    match stop {
        Stop::Findings(findings) => Stop::Findings(findings.into_iter().map(with).collect()),
        other => other,
    }
}

/// Returns the people whose approval is still missing. This depends on the register's kind of evidence.
pub(super) fn waits_for(work: &Work<'_>, made: &Made, signed: bool) -> Vec<PersonId> {
    match work.desk.rules.register.evidence {
        Evidence::Declared => Vec::new(),
        Evidence::Signature | Evidence::Forge(_) => {
            let own = |person: &&PersonId| signed && work.me.as_ref() == Some(*person);
            made.draft.approvers.iter().filter(|person| !own(person)).cloned().collect()
        }
    }
}
