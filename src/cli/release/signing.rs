//! Checks the signatures of a release. It makes the statement, finds the people who sign it, and tells whether enough
//! people have signed or are named (R44).

use std::collections::BTreeSet;

use portvakt_core::diag::{Code, Finding, Text, text};
use portvakt_core::evidence::{LARGEST, SignatureFile, namespace, signed_by};
use portvakt_core::model::{Digest, PersonId, release_statement};
use portvakt_core::policy::Concerned;

use super::Args;
use super::held::Releasable;
use crate::cli::decision::Opened;
use crate::cli::{administrators, signable};

/// Returns the words that tell what is held, which people it affects, and the statement that each administrator signs.
pub(super) fn to_sign(opened: &Opened, what: &Releasable, digest: Digest) -> Text {
    let (told, needed) = (what.description(), what.needed);
    let people = what.people.iter().cloned().collect::<Vec<_>>().join(", ");
    let about = if people.is_empty() {
        Text::default()
    } else {
        text!(en: "About: {people}\n", nb: "Det gjelder: {people}\n")
    };
    let somebody = opened.authority.iter().map(|(person, _)| person).find(|person| may(opened, person));
    let statement = somebody.map_or_else(String::new, |person| {
        release_statement(&opened.rules.register.id, digest, person, opened.today)
    });
    text!(
        with told, about;
        en: "Held: {told} {digest}\n{about}It takes {needed} national administrators who are not concerned; each signs on their own machine:\n  portvakt approve --release {digest} --key KEY --out NAME.sig\nwhich is a signature of these words, with their own name and day:\n\n{statement}\nThen, here: portvakt release {digest} --signatures NAME.sig --signatures OTHER.sig\n",
        nb: "Holdt tilbake: {told} {digest}\n{about}Det kreves {needed} nasjonale administratorer som saken ikke gjelder; hver signerer på sin egen maskin:\n  portvakt approve --release {digest} --key NØKKEL --out NAVN.sig\nDet er en signatur av disse ordene, med eget navn og egen dag:\n\n{statement}\nDeretter, her: portvakt release {digest} --signatures NAVN.sig --signatures ANNEN.sig\n"
    )
}

fn may(opened: &Opened, person: &PersonId) -> bool {
    opened.rules.policies.may_release(&opened.authority.of(person), Concerned::Another).allowed
}

/// The number of days after its date in which a signed release can be handed in. A release lives for the same time.
const RELEASE_DAYS: i32 = 7;

/// Returns the people with a signature in the files that counts, if there are enough of them.
pub(super) fn signed(
    opened: &Opened,
    what: &Releasable,
    args: &Args,
) -> Result<(BTreeSet<PersonId>, BTreeSet<String>), Vec<Finding>> {
    let (mut findings, mut people, mut keys) = (Vec::new(), Vec::new(), BTreeSet::new());
    let register = &opened.rules.register.id;
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    for path in &args.signatures {
        let shown = path.display().to_string();
        let bytes = signable::read_plain_file(path, most).map_err(|why| {
            let message = why.of(&shown);
            let way_out = text!(
                en: "Name the file that `portvakt approve --release` wrote.",
                nb: "Oppgi filen som `portvakt approve --release` skrev."
            );
            vec![Finding::new(Code::NotSigned, message, way_out)]
        })?;
        let file = SignatureFile::read(&bytes);
        let found = signed_by(
            &file.signatures,
            |person, on| release_statement(register, args.digest, person, on),
            &opened.rules.signers,
            &namespace(register),
            opened.today,
            RELEASE_DAYS,
        );
        findings.extend(found.missed.iter().map(|missed| {
            let (line, why) = (missed.line, missed.lack.words());
            let message =
                text!(with why; en: "`{shown}`, line {line}: {why}", nb: "`{shown}`, linje {line}: {why}");
            Finding::new(Code::NotSigned, message, missed.lack.way_out())
        }));
        for (person, (_, sealed)) in found.people {
            keys.insert(sealed.key.to_string());
            people.push(person);
        }
    }
    people.sort();
    people.dedup();
    match enough(opened, what, &people) {
        Ok(by) => Ok((by, keys)),
        Err(finding) => {
            findings.insert(0, finding);
            Err(findings)
        }
    }
}

/// Checks that enough national administrators are named, and that the release affects none of them.
pub(super) fn enough(
    opened: &Opened,
    what: &Releasable,
    by: &[PersonId],
) -> Result<BTreeSet<PersonId>, Finding> {
    if let Some(concerned) = by.iter().find(|person| what.people.contains(person.as_str())) {
        let message = text!(
            en: "`{concerned}` is among those it is about, and nobody releases in their own case",
            nb: "`{concerned}` er blant dem det gjelder, og ingen frigir i egen sak"
        );
        let way_out = text!(
            en: "Let another national administrator release it.",
            nb: "La en annen nasjonal administrator frigi det."
        );
        let finding = Finding::new(Code::Forbidden, message, way_out);
        return Err(finding.decided_by(vec!["R44".to_owned()], Vec::new()));
    }
    if let ([one], 1) = (by, what.needed) {
        return administrators::administrator(&opened.rules, &opened.authority, one)
            .map(|one| BTreeSet::from([one]));
    }
    administrators::two(&opened.rules, &opened.authority, by).map(BTreeSet::from)
}
