//! Tells what of people's files is not in force because a signature is missing on the main branch, whose signature that
//! is, and what to do next.

use portvakt_core::change::{Field, HeadFile};
use portvakt_core::diag::{Code, Finding, Place, Text, text};
use portvakt_core::model::{FilePath, PersonId, TrustId};

use super::MainHistory;
use super::identity::OpenIdentity;
use crate::cli::clone::branch_name;
use crate::cli::clone::place::name_there;
use crate::cli::signable::{Signable, SignableKind};

impl MainHistory<'_> {
    /// Returns advice about everything of these people that waits for a signature. `branches` are open branches that may
    /// have it.
    pub(in crate::cli) fn advice(
        &self,
        is_asked: impl Fn(&PersonId) -> bool,
        branches: &[String],
    ) -> Vec<Finding> {
        let mut findings = Vec::new();
        for path in &self.changed {
            let Some((trust, person)) = owner(path) else { continue };
            if !is_asked(&person) {
                continue;
            }
            let lacking = self.lacking(path);
            let about = (path, &trust, &person);
            findings.extend(lacking.iter().map(|one| self.lacking_words(about, one, branches)));
            findings.extend(self.open_identity(path, branches).map(|open| self.identity_words(&open)));
        }
        findings
    }

    /// Returns the finding for an access or a change of id that its approver has not signed.
    fn lacking_words(
        &self,
        (path, trust, person): (&FilePath, &TrustId, &PersonId),
        one: &Signable,
        branches: &[String],
    ) -> Finding {
        let (kind, by) = (one.kind.words(), self.called(&one.by));
        let what = match one.entry {
            Some(entry) => text!(
                with kind;
                en: "{kind} (entry {entry})",
                nb: "{kind} (oppføring {entry})"
            ),
            None => kind,
        };
        let message = text!(
            with what;
            en: "{what}: the main branch has it without the signature of {by}, so by the files it is not in force",
            nb: "{what}: hovedgrenen har dette uten signaturen til {by}, så etter filene gjelder det ikke"
        );
        let days = [one.on, self.desk.today];
        let has_it = |branch: &&String| {
            self.signatures_at(branch, path).iter().any(|signature| {
                self.counts(signature, &one.by, &days, false) && signature.covers(one.text.as_bytes())
            })
        };
        let way_out = self.way_out(branches.iter().find(has_it), &by);
        let finding = Finding::new(Code::Unsigned, message, way_out).advice();
        let field = match one.kind {
            SignableKind::ChangeOfId => Field::PreviouslyBy,
            _ => Field::ApprovedBy,
        };
        finding.at(self.place((path, trust, person), one.entry, field))
    }

    /// Returns the finding for a name, a login or an address that nobody has signed.
    fn identity_words(&self, open: &OpenIdentity) -> Finding {
        let OpenIdentity { person, trust, differs, may_sign, signed_on } = open;
        let what = Text::joined(differs.iter().map(|(_, word)| word.clone()), ", ");
        let names: Vec<String> = may_sign.iter().map(|by| self.called(by)).collect();
        let message = text!(
            with what;
            en: "{what}: the main branch has it without the signature of an administrator, so by the files the register keeps what it had",
            nb: "{what}: hovedgrenen har dette uten signaturen til en administrator, så etter filene beholder registeret det det hadde"
        );
        let way_out = if names.is_empty() {
            text!(
                en: "By the accesses as they stand, nobody in office can sign it; ask the register leader.",
                nb: "Slik tilgangene er, kan ingen i dag signere det; spør registerleder."
            )
        } else {
            self.way_out(signed_on.as_ref(), &names.join(", "))
        };
        let path = FilePath::of_person(trust, person);
        let field = differs.first().map_or(Field::Name, |(field, _)| *field);
        let place = self.place((&path, trust, person), None, field);
        Finding::new(Code::PersonUnproven, message, way_out).advice().at(place)
    }

    /// Returns what to do next: to merge the branch that has the signature, or to have it signed by one of these people.
    fn way_out(&self, signed_on: Option<&String>, names: &str) -> Text {
        match signed_on {
            Some(branch) => text!(
                en: "It is signed on {branch}: have that branch merged.",
                nb: "Det er signert på {branch}: få den grenen tatt inn.";
                branch = branch_name::shown(name_there(branch))
            ),
            None => text!(
                en: "`portvakt approve --waiting` puts it to {names}.",
                nb: "`portvakt approve --waiting` legger det fram for {names}."
            ),
        }
    }

    /// Returns the name of a person with their id.
    fn called(&self, person: &PersonId) -> String {
        let person = self.desk.base.meant(person);
        match self.desk.names().remove(person) {
            Some(name) if name != person.as_str() => format!("{name} ({person})"),
            _ => person.to_string(),
        }
    }

    /// Returns the place of a value in a person's file. The entries are counted from 1.
    fn place(
        &self,
        (path, trust, person): (&FilePath, &TrustId, &PersonId),
        entry: Option<usize>,
        field: Field,
    ) -> Place {
        match self.desk.head().files.get(person).and_then(|files| files.get(trust)) {
            Some(HeadFile::Says { spots, .. }) => {
                spots.place(entry.map(|number| number.saturating_sub(1)), field)
            }
            _ => Place::file(path),
        }
    }
}

/// Returns the trust and the person of a person's file.
fn owner(path: &FilePath) -> Option<(TrustId, PersonId)> {
    let (trust, person) = path.person_parts()?;
    Some((TrustId::new(trust).ok()?, PersonId::new(person).ok()?))
}
