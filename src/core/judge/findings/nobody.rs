//! Says what stands against an entry that nobody could approve, and what can be done instead.

use jiff::civil::Date;

use super::EntryCase;
use super::people::could_approve;
use crate::diag::{Text, text};
use crate::judge::besides::Whole;
use crate::judge::question::question;
use crate::judge::{Authority, Rules};
use crate::model::Grant;
use crate::policy::{Act, Decision, Promise};

impl EntryCase<'_> {
    /// Returns the way out of an entry that nobody could approve as it stands.
    pub(super) fn nobody_could(
        &self,
        rules: &Rules,
        authority: &Authority,
        decision: &Decision,
        whole: &Whole,
    ) -> Text {
        let Grant { from, until, .. } = self.grant;
        let could_between = |from: Date, until: Date| {
            let grant = Grant { from, until: Some(until), ..self.grant.clone() };
            !could_approve(rules, authority, &grant, self.manner, whole).is_empty()
        };
        let is_mended_by_an_end = could_between(*from, (*from).max(self.today));
        if is_mended_by_an_end && until.is_none() {
            return self.end_first();
        }
        let is_too_early =
            !is_mended_by_an_end && *from < self.today && could_between(self.today, self.today);
        if is_too_early && self.manner.act != Act::Change {
            let today = self.today;
            return text!(
                en: "It could be approved from today on: write `from: {today}` or a later day.",
                nb: "Det kunne godkjennes fra i dag: skriv `from: {today}` eller en senere dag."
            );
        }
        if is_too_early {
            let person = &self.grant.key.person;
            return text!(
                en: "No last day mends this, since the access began on {from}: let it end with `portvakt end {person}`, and give a new one on a new application.",
                nb: "Ingen siste dag hjelper, for tilgangen begynte {from}: la den slutte med `portvakt end {person}`, og gi en ny på en ny søknad."
            );
        }
        if !decision.determining.is_empty() {
            return text!(
                en: "Nobody could approve this as it stands; change what is asked for, or leave it out.",
                nb: "Ingen kan godkjenne dette slik det står; endre det som er bedt om, eller la det være."
            );
        }
        let promised = self.promised_never(rules, authority, whole);
        if promised.is_empty() {
            return text!(
                en: "No administrator in office could approve this as it stands; ask the register leader.",
                nb: "Ingen administrator i dag kan godkjenne dette slik det står; spør registerleder."
            );
        }
        let says = Text::joined(promised.iter().map(|promise| promise.says.clone()), " ");
        text!(
            with says;
            en: "Nobody could approve this, whoever asks: {says} Change what is asked for, or leave it out.",
            nb: "Ingen kan godkjenne dette, uansett hvem som spør: {says} Endre det som er bedt om, eller la det være."
        )
    }

    /// Returns the words for an entry that lacks nothing but an end. If the accepted access has no end either, it gets
    /// one by itself first.
    fn end_first(&self) -> Text {
        let accepted = self.names.standing(&self.grant.key);
        if self.manner.act == Act::Change && accepted.is_some_and(|standing| standing.grant.until.is_none()) {
            let person = &self.grant.key.person;
            return text!(
                en: "It could be approved if the access had an end. Write one first with `portvakt end {person} --until DAY`, which needs no approval, and make this change when that is taken in.",
                nb: "Det kunne godkjennes om tilgangen hadde en slutt. Skriv den først, med `portvakt end {person} --until DAG`, som ikke trenger godkjenning, og gjør denne endringen når den er tatt inn."
            );
        }
        text!(
            en: "It could be approved with an end: write a last day at `until`.",
            nb: "Det kunne godkjennes med en slutt: skriv en siste dag ved `until`."
        )
    }

    /// Returns the promises that no policy permits this, whichever administrator approves it.
    fn promised_never<'r>(&self, rules: &'r Rules, authority: &Authority, whole: &Whole) -> Vec<&'r Promise> {
        let mut of_each = authority.iter().map(|(person, _)| {
            let asked = question(&rules.register, authority, self.grant, self.manner, person, whole);
            rules.policies.promised_never(&rules.register, &asked)
        });
        let Some(mut of_all) = of_each.next() else { return Vec::new() };
        for promised in of_each {
            of_all.retain(|promise| promised.contains(promise));
            if of_all.is_empty() {
                break;
            }
        }
        of_all
    }
}
