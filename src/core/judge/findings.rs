//! Makes the findings about a verdict: the rule, the place, and the people who could approve instead.

mod ground;
mod nobody;
mod people;

use jiff::civil::Date;

use crate::change::{Base, Field};
use crate::diag::{Code, Finding, Place, Text, text};
use crate::model::{Approval, Grant, GrantKey, PersonId, Register, RequestId};
use crate::policy::{Act, Decision, Policies, why};

use super::besides::Whole;
use super::question::{Manner, question};
use super::rejected::Bar;
use super::requests::Binding;
use super::{Authority, Rules, how_to_release};

pub(super) use people::{could_approve, describe, names_with_or};

/// One entry before the court.
pub(super) struct EntryCase<'a> {
    pub(super) names: &'a Base,
    pub(super) grant: &'a Grant,
    pub(super) manner: Manner,
    pub(super) today: Date,
    pub(super) place: &'a dyn Fn(Field) -> Option<Place>,
}

impl EntryCase<'_> {
    pub(super) fn at(&self, finding: Finding, field: Field) -> Finding {
        match (self.place)(field) {
            Some(place) => finding.at(place),
            None => finding,
        }
    }

    pub(super) fn what(&self, register: &Register) -> Text {
        let (role, unit) = (&self.grant.role, register.unit_name(self.grant.key.unit));
        let GrantKey { application, person, .. } = &self.grant.key;
        text!(
            en: "{role} at {unit} in {application} for `{person}`",
            nb: "{role} ved {unit} i {application} for `{person}`"
        )
    }

    pub(super) fn approval_in_future(&self, first_day: Date) -> Finding {
        let on = self.grant.approval.on;
        let message = if first_day == self.today {
            text!(
                en: "the approval is dated {on}, which is after today ({first_day})",
                nb: "godkjenningen er datert {on}, som er etter i dag ({first_day})"
            )
        } else {
            text!(
                en: "the approval is dated {on}, which is after the day it was first seen ({first_day})",
                nb: "godkjenningen er datert {on}, som er etter dagen den først ble sett ({first_day})"
            )
        };
        let way_out = text!(
            en: "Write the day on which the application was approved. If that is today, the clock of the machine that wrote it is ahead: set it right.",
            nb: "Skriv dagen da søknaden ble godkjent. Er det i dag, går klokken for fort på maskinen som skrev det: still den."
        );
        self.at(Finding::new(Code::ApprovalInFuture, message, way_out), Field::ApprovedOn)
    }

    /// The access that has begun stands. The finding says what would happen in the time until the new start.
    pub(super) fn start_moved(&self, began: Date) -> Finding {
        let from = self.grant.from;
        let message = text!(
            en: "the access has run since {began}, and its start is moved to {from}: until then it would be gone; it stands as it was accepted",
            nb: "tilgangen har gjeldt siden {began}, og starten er flyttet til {from}: til da ville den være borte; den står slik den ble godtatt"
        );
        let way_out = text!(
            en: "Write `from: {began}` again. If it is to end, write `until`, or `revoked` if at once; what begins on a later day has an application of its own.",
            nb: "Skriv `from: {began}` igjen. Skal den slutte, skriv `until`, eller `revoked` om det er straks; det som begynner en senere dag, har sin egen søknad."
        );
        self.at(Finding::new(Code::StartMoved, message, way_out), Field::From)
    }

    /// The finding does not say whose number it is.
    pub(super) fn request_of_another(&self, register: &Register, binding: &Binding) -> Finding {
        let (request, how) = (&binding.request, how_to_release(register, &binding.digest()));
        let message = text!(
            en: "the request `{request}` serves, or has served, another person",
            nb: "søknaden `{request}` gjelder, eller har gjeldt, en annen person"
        );
        let way_out = text!(
            with how;
            en: "Write the number of this person's own application. If it is the same person under another id, write `previously:` with the id before, and release nothing. If the number was accepted for the wrong person, two national administrators undo that: {how}.",
            nb: "Skriv nummeret på personens egen søknad. Er det samme person med ny id, skriv `previously:` med id-en før, og frigi ingenting. Er nummeret godtatt for feil person, opphever to nasjonale administratorer det: {how}."
        );
        self.at(Finding::new(Code::RequestOfAnother, message, way_out), Field::Request)
    }

    pub(super) fn request_of_two(&self) -> Finding {
        let request = &self.grant.key.request;
        let message = text!(
            en: "another person's entry in the same change rests on the request `{request}` too",
            nb: "en annen persons oppføring i samme endring viser også til søknaden `{request}`"
        );
        let way_out = text!(
            en: "A request serves one person: write each person's own number.",
            nb: "En søknad gjelder én person: skriv nummeret på hver persons egen søknad."
        );
        self.at(Finding::new(Code::RequestOfAnother, message, way_out), Field::Request)
    }

    /// A number that differs only in upper and lower case is the same application. It was used before, or is twice in
    /// the change.
    pub(super) fn request_in_another_case(&self, known: &RequestId) -> Finding {
        let request = &self.grant.key.request;
        let message = text!(
            en: "the request `{request}` is known as `{known}`: numbers that differ only in case are the same application",
            nb: "søknaden `{request}` er kjent som `{known}`: numre som bare skiller seg i store og små bokstaver, er samme søknad"
        );
        let way_out = text!(
            en: "Write the number as `{known}` if that is the application; another access needs a request of its own.",
            nb: "Skriv nummeret som `{known}` hvis det er den søknaden; en annen tilgang trenger egen søknad."
        );
        self.at(Finding::new(Code::RequestOfAnother, message, way_out), Field::Request)
    }

    /// A rejected number serves nobody. The reason says nothing about a person.
    pub(super) fn request_rejected(&self, bar: &Bar) -> Finding {
        let request = &self.grant.key.request;
        let (message, way_out) = match bar {
            Bar::Rejected { list, rejection } => {
                let (on, by, reason) = (rejection.on, &rejection.by, &rejection.reason);
                (
                    text!(
                        en: "the application `{request}` was rejected on {on} by `{by}`: {reason}",
                        nb: "søknaden `{request}` ble avvist {on} av `{by}`: {reason}"
                    ),
                    text!(
                        en: "The person sends a new application, and the entry names that number. If the rejection was wrong, `portvakt reject --undo {request}` takes it out of `{list}`, and once that is taken in, this number may serve.",
                        nb: "Personen sender en ny søknad, og oppføringen nevner det nummeret. Var avvisningen feil, tar `portvakt reject --undo {request}` den ut av `{list}`, og når det er tatt inn, kan dette nummeret gi tilgang."
                    ),
                )
            }
            Bar::Unread { list } => (
                text!(
                    en: "the number `{request}` stands in `{list}`, which cannot be read, so it may have been rejected",
                    nb: "nummeret `{request}` står i `{list}`, som ikke kan leses, så det kan være avvist"
                ),
                text!(
                    en: "Mend what is wrong in `{list}`.",
                    nb: "Rett det som er galt i `{list}`."
                ),
            ),
        };
        self.at(Finding::new(Code::RequestRejected, message, way_out), Field::Request)
    }

    pub(super) fn approver_not_in_office(&self) -> Finding {
        let by = &self.grant.approval.by;
        let message = text!(
            en: "`{by}` is in the tree as an administrator, but not today",
            nb: "`{by}` står i filene som administrator, men er det ikke i dag"
        );
        let way_out = text!(
            en: "Nothing to do if they were in office when they approved; with a base (`--base`) this is judged.",
            nb: "Ingenting å gjøre om vedkommende var det da godkjenningen ble gitt; sammenlignet med filene før endringen (`--base`) blir det vurdert."
        );
        self.at(Finding::new(Code::ApproverNotInOffice, message, way_out), Field::ApprovedBy)
    }

    /// A person the tree does not know may have left since, so this is only advice. A likely misspelling is pointed
    /// out.
    pub(super) fn approver_unknown(&self, near: Option<&PersonId>) -> Finding {
        let by = &self.grant.approval.by;
        if let Some(near) = near {
            let message = text!(
                en: "nobody in the tree or in `register.yaml` has the id `{by}`",
                nb: "ingen i filene eller i `register.yaml` har id-en `{by}`"
            );
            let way_out = text!(
                en: "Did you mean `{near}`? A misspelt approver is refused where the change is judged with a base (`--base`); if `{by}` has left since, nothing is to be done.",
                nb: "Mente du `{near}`? En feilskrevet godkjenner avvises når endringen vurderes mot filene før endringen (`--base`); har `{by}` sluttet siden, er det ingenting å gjøre."
            );
            return self.at(Finding::new(Code::ApproverNotInOffice, message, way_out), Field::ApprovedBy);
        }
        let message = text!(
            en: "nothing in the tree says that `{by}` is or was an administrator",
            nb: "ingenting i filene sier at `{by}` er eller har vært administrator"
        );
        let way_out = text!(
            en: "Check the spelling; if they have left since, nothing is to be done; with a base (`--base`) this is judged.",
            nb: "Kontroller skrivemåten; har vedkommende sluttet siden, er det ingenting å gjøre; sammenlignet med filene før endringen (`--base`) blir det vurdert."
        );
        self.at(Finding::new(Code::ApproverNotInOffice, message, way_out), Field::ApprovedBy)
    }

    pub(super) fn advice(&self, rules: &Rules, authority: &Authority, whole: &Whole) -> Vec<Finding> {
        let asked =
            question(&rules.register, authority, self.grant, self.manner, &self.grant.approval.by, whole);
        let policies = &rules.policies;
        let advice = rules.advise(&asked);
        let told = advice.policies.iter().map(|id| {
            let (what, says) = (self.what(&rules.register), says(policies, id));
            let message = text!(with what, says; en: "{what}: {says}", nb: "{what}: {says}");
            let finding = Finding::new(Code::Advice, message, Text::default())
                .decided_by(policies.rules(id).to_vec(), vec![id.clone()]);
            self.at(finding, points_at(policies, id))
        });
        let failed = advice.errors.iter().map(|error| {
            let (what, error) = (self.what(&rules.register), why(std::slice::from_ref(error)));
            let message = text!(
                with what, error;
                en: "advice on {what} could not be worked out: {error}",
                nb: "råd om {what} kunne ikke regnes ut: {error}"
            );
            let way_out = text!(
                en: "This is a fault in the policies, not in the file: show it to those who keep them.",
                nb: "Dette er en feil i tilgangsreglene, ikke i filen: vis den til dem som vedlikeholder dem."
            );
            self.at(Finding::new(Code::Advice, message, way_out), Field::ApprovedBy)
        });
        told.chain(failed).collect()
    }

    /// Says why the change is denied, in the words of the policies, and who could approve it.
    pub(super) fn denied(
        &self,
        rules: &Rules,
        authority: &Authority,
        decision: &Decision,
        whole: &Whole,
        first_day: Date,
    ) -> Finding {
        let register = &rules.register;
        let policies = &rules.policies;
        let what = self.what(register);
        let mut finding = if !decision.errors.is_empty() {
            let errors = why(&decision.errors);
            let message = text!(
                with what, errors;
                en: "the policies could not judge {what}: {errors}",
                nb: "tilgangsreglene kunne ikke vurdere {what}: {errors}"
            );
            let way_out = text!(
                en: "This is a fault in the policies, not in the file: show it to those who keep them. It counts as a denial.",
                nb: "Dette er en feil i tilgangsreglene, ikke i filen: vis den til dem som vedlikeholder dem. Det regnes som avslag."
            );
            self.at(Finding::new(Code::PolicyError, message, way_out), Field::ApprovedBy)
        } else if let Some(first) = decision.determining.first() {
            self.forbidden(register, policies, decision, first)
        } else {
            let by = &self.grant.approval.by;
            let message = text!(
                with what;
                en: "`{by}` has no authority to approve {what}",
                nb: "`{by}` har ikke myndighet til å godkjenne {what}"
            );
            self.at(Finding::new(Code::NotPermitted, message, Text::default()), Field::ApprovedBy)
        };
        let could = could_approve(rules, authority, self.grant, self.manner, whole);
        if finding.way_out.is_empty() {
            finding.way_out = match finding.code {
                Code::ApprovalNotRenewed if !could.is_empty() => self.how_to_renew(register, &could),
                _ => self.way_out(rules, authority, (&could, decision), whole),
            };
            if self.waits_for_review(rules, authority, decision, whole) {
                let others = std::mem::take(&mut finding.way_out);
                finding.way_out = self.review_first().and(others);
            }
        }
        if first_day != self.today {
            let what = finding.message;
            finding.message = text!(
                with what;
                en: "{what}; judged as on {first_day}, when these bytes were first refused (change the approval to have it judged anew)",
                nb: "{what}; vurdert per {first_day}, da det samme innholdet først ble avvist (endre godkjenningen for å få den vurdert på nytt)"
            );
        }
        finding
    }

    fn forbidden(
        &self,
        register: &Register,
        policies: &Policies,
        decision: &Decision,
        first: &str,
    ) -> Finding {
        let what = self.what(register);
        let says = Text::joined(decision.determining.iter().map(|id| says(policies, id)), " ");
        let message = text!(with what, says; en: "{what}: {says}", nb: "{what}: {says}");
        let mut all: Vec<String> =
            decision.determining.iter().flat_map(|id| policies.rules(id).iter().cloned()).collect();
        all.sort();
        all.dedup();
        let code =
            if self.manner.act == Act::Change && !self.manner.renewed && decision.determining.len() == 1 {
                Code::ApprovalNotRenewed
            } else {
                Code::Forbidden
            };
        let finding =
            Finding::new(code, message, Text::default()).decided_by(all, decision.determining.clone());
        self.at(finding, points_at(policies, first))
    }

    /// Returns the words for how a change gets its own approval. A second approval of the same person on the same day
    /// would look the same as the first. An older file of that day would then count as approved.
    fn how_to_renew(&self, register: &Register, could: &[PersonId]) -> Text {
        let Approval { by, on, .. } = &self.grant.approval;
        let named = |person: &PersonId| describe(self.names, register, person);
        if *on != self.today {
            let names: Vec<String> = could.iter().map(named).collect();
            let names = names_with_or(&names);
            return text!(
                with names;
                en: "Write at `approved` who approves the change, and the day. Could be approved by {names}.",
                nb: "Skriv ved `approved` hvem som godkjenner endringen, og dagen. Kan godkjennes av {names}."
            );
        }
        let who = named(by);
        let others: Vec<String> = could.iter().filter(|person| *person != by).map(named).collect();
        if others.is_empty() {
            return text!(
                en: "{who} has approved this access today already, and a person approves it once a day: the change can be approved tomorrow.",
                nb: "{who} har allerede godkjent denne tilgangen i dag, og en person godkjenner den én gang om dagen: endringen kan godkjennes i morgen."
            );
        }
        let others = names_with_or(&others);
        text!(
            with others;
            en: "{who} has approved this access today already, and a person approves it once a day: tomorrow {who} can approve the change, and today {others}.",
            nb: "{who} har allerede godkjent denne tilgangen i dag, og en person godkjenner den én gang om dagen: i morgen kan {who} godkjenne endringen, og i dag {others}."
        )
    }

    /// Whether the overdue review of the trust's user list keeps the approver from approving this. It may be alone in that,
    /// or other policies forbid it as well. An approver without authority needs no review but another approver.
    fn waits_for_review(
        &self,
        rules: &Rules,
        authority: &Authority,
        decision: &Decision,
        whole: &Whole,
    ) -> bool {
        if !self.manner.overdue {
            return false;
        }
        let in_time = Manner { overdue: false, ..self.manner };
        let by = &self.grant.approval.by;
        let after = rules.decide(&question(&rules.register, authority, self.grant, in_time, by, whole));
        let is_lifted = || decision.determining.iter().any(|id| !after.determining.contains(id));
        after.allowed || (!after.determining.is_empty() && is_lifted())
    }

    fn review_first(&self) -> Text {
        let trust = &self.grant.trust;
        let first = text!(
            en: "Review the user list first: `portvakt review start --trust {trust}` makes it, and this goes on when it is answered, signed and taken in.",
            nb: "Kontroller brukerlisten først: `portvakt review start --trust {trust}` lager den, og dette går videre når den er besvart, signert og tatt inn."
        );
        if self.manner.act != Act::Change {
            return first;
        }
        first.and(text!(
            en: "If the access ends before that, this gives it again then, without the report subscriptions that have ended with it.",
            nb: "Slutter tilgangen før det, gir dette den tilbake da, uten rapportabonnementene som ble avsluttet med den."
        ))
    }

    fn way_out(
        &self,
        rules: &Rules,
        authority: &Authority,
        (could, decision): (&[PersonId], &Decision),
        whole: &Whole,
    ) -> Text {
        if self.manner.spent {
            return text!(
                en: "This request has served its grant and cannot be used again, whoever approves it: the person sends a new application, and the entry names that request.",
                nb: "Denne søknaden er brukt og kan ikke brukes igjen, uansett hvem som godkjenner: personen sender ny søknad, og oppføringen viser til den."
            );
        }
        if could.is_empty() {
            return self.nobody_could(rules, authority, decision, whole);
        }
        let register = &rules.register;
        let names: Vec<String> = could.iter().map(|person| describe(self.names, register, person)).collect();
        let names = names_with_or(&names);
        text!(with names; en: "Could be approved by {names}.", nb: "Kan godkjennes av {names}.")
    }
}

/// The sentence of a policy, or its id if it has none.
pub(super) fn says(policies: &Policies, id: &str) -> Text {
    policies.says(id).cloned().unwrap_or_else(|| Text::same(id))
}

fn points_at(policies: &Policies, id: &str) -> Field {
    policies.points_at(id).and_then(Field::of_word).unwrap_or(Field::ApprovedBy)
}
