//! `review delegate` names a person who answers in the place of a reviewer, and the days. Only a person who may review
//! the list can name a delegate. They also sign the list, and their statement names the delegate. Until they have
//! signed it, the delegate's answers do not count.

use jiff::civil::Date;
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{Delegation, Evidence, FilePath, PersonId, ReviewedBy, TrustId};
use serde_json::json;

use super::answer::{sign_the_file, write_answers};
use super::ask::waits_for_the_number;
use super::list::ReviewDesk;
use super::usual::{self, Reviewing};
use super::{DelegateArgs, Done};
use crate::cli::clone::SentList;
use crate::cli::{output, today};
use crate::config::{Format, Global};

pub(super) fn run(global: &Global, args: &DelegateArgs) -> Done {
    super::list::writes(global)?;
    for typed in args.from.iter().chain([&args.until]) {
        if let Err(exit) = today::is_a_day(global, typed) {
            return Ok(exit);
        }
    }
    let one = |finding: Finding| vec![finding];
    let asked = (args.trust.as_deref(), args.quarter);
    let opened = usual::open_list(global, args.here, asked, args.by.as_deref())?;
    let Some(Reviewing { place, desk, by, trust, .. }) = opened else { return Ok(Exit::Usage) };
    let person = usual::person_meant(global, &desk, &args.person).map_err(one)?;
    let from = args.from.as_deref().map_or(Ok(desk.today), |typed| today::coming(typed, desk.today));
    let from = from.map_err(one)?;
    let until = today::coming(&args.until, desk.today).map_err(one)?;
    let named = Delegation { person, by, from, until };
    let (path, list) = desk.list(&trust, args.quarter)?;
    may_be_named(&desk, &trust, &named).map_err(one)?;
    if let Some(day) = list.counts_from {
        return Err(vec![is_done(&path, day)]);
    }
    let mut new = list.parsed.review.clone();
    new.delegations.retain(|known| known.person != named.person || known.by != named.by);
    new.delegations.push(named.clone());
    // Answers that wait for the number of the ends begin to count with that number alone.
    let is_signed = desk.rules.register.evidence == Evidence::Signature;
    if is_signed || new.ends_most().is_none() || !waits_for_the_number(&new, &named.by) {
        new.reviewed.retain(|known| known.by != named.by);
        new.reviewed.push(ReviewedBy { by: named.by.clone(), on: desk.today });
    }
    place.may_write(&path).map_err(one)?;
    let sent = if write_answers(place.global(), &desk, &path, &list.parsed, &new)? {
        let message = format!("A delegate for the review of {} in {}", new.trust, new.quarter);
        place.keep((&new.trust, new.quarter), &message, Some(&named.by)).map_err(one)?
    } else {
        None
    };
    let signs = if place.is_in_a_clone() {
        text!(
            en: "sign with `portvakt approve --waiting` when your answers are in",
            nb: "signer med `portvakt approve --waiting` når svarene dine er inne"
        )
    } else {
        sign_the_file(&path, &named.by)
    };
    report(global, &desk, &path, &named, (signs, sent.as_ref()));
    Ok(Exit::Ok)
}

/// Refuses a delegate who would answer for nobody. This is so if the person who names them may not review the list, or
/// if the days are invalid.
fn may_be_named(desk: &ReviewDesk, trust: &TrustId, named: &Delegation) -> Result<(), Finding> {
    let Delegation { person, by, from, until } = named;
    let entitled = desk.who_may_review(trust);
    if !entitled.iter().any(|one| desk.base.is_same(one, by)) {
        let message = text!(
            en: "`{by}` may not review this list, and names no delegate for it",
            nb: "`{by}` kan ikke kontrollere denne listen, og oppgir ingen stedfortreder for den"
        );
        return Err(Finding::new(Code::ReviewerNotEntitled, message, desk.these_may(&entitled)));
    }
    let appointed = desk.rules.register.appointments.iter().any(|one| desk.base.is_same(&one.person, person));
    if !appointed && !desk.base.people.contains_key(desk.base.meant(person)) {
        let message = text!(en: "nobody here is `{person}`", nb: "ingen her er `{person}`");
        let way_out = text!(
            en: "Name somebody whom a file or `register.yaml` names.",
            nb: "Oppgi noen som en fil eller `register.yaml` nevner."
        );
        return Err(Finding::new(Code::UnknownName, message, way_out));
    }
    if desk.base.is_same(person, by) {
        let message = text!(
            en: "`{by}` is no delegate of themselves",
            nb: "`{by}` er ikke sin egen stedfortreder"
        );
        let way_out = text!(en: "Name somebody else.", nb: "Oppgi en annen.");
        return Err(Finding::new(Code::BadValue, message, way_out));
    }
    if until < from || *until < desk.today {
        let message = text!(
            en: "from {from} until {until} there is no day on which a delegate could answer",
            nb: "fra {from} til {until} er det ingen dag en stedfortreder kan svare"
        );
        let way_out = text!(
            en: "Give a last day to come that is not before the first.",
            nb: "Oppgi en siste dag som kommer, og som ikke er før den første."
        );
        return Err(Finding::new(Code::BadValue, message, way_out));
    }
    Ok(())
}

/// Returns the finding for a list that counts already. It is signed, and with another delegate in it, it would not
/// count any more.
fn is_done(path: &FilePath, day: Date) -> Finding {
    let message = text!(
        en: "`{path}` is reviewed: it counts from {day}",
        nb: "`{path}` er kontrollert: den teller fra {day}"
    );
    let way_out = text!(
        en: "Name the delegate in the next list.",
        nb: "Oppgi stedfortrederen i den neste listen."
    );
    Finding::new(Code::BadValue, message, way_out)
}

fn report(
    global: &Global,
    desk: &ReviewDesk,
    path: &FilePath,
    named: &Delegation,
    (signs, sent): (Text, Option<&SentList>),
) {
    let Delegation { person, by, from, until } = named;
    let evidence = &desk.rules.register.evidence;
    if global.format == Format::Json {
        let for_whom: &[&PersonId] = &[by];
        let waits = match evidence {
            Evidence::Signature => json!([{ "what": "signature", "for": for_whom }]),
            Evidence::Forge(_) => json!([{ "what": "approval", "for": for_whom }]),
            Evidence::Declared => json!([]),
        };
        output::json_out(&json!({
            "file": path, "delegate": named, "waits": waits,
            "branch": sent.map(SentList::branch), "sent": sent.is_some_and(SentList::is_there),
        }));
        return;
    }
    let next = match evidence {
        Evidence::Signature => text!(with signs; en: "; {signs}", nb: "; {signs}"),
        Evidence::Forge(_) => text!(
            en: "; approve the request at the forge when your answers are in",
            nb: "; godkjenn forespørselen på kodeplattformen når svarene dine er inne"
        ),
        Evidence::Declared => Text::default(),
    };
    let (delegate, reviewer) = (desk.who(person), desk.who(by));
    output::say(
        global,
        &text!(
            with next;
            en: "{path}: {delegate} may answer for {reviewer} from {from} until {until}{next}\n",
            nb: "{path}: {delegate} kan svare for {reviewer} fra {from} til {until}{next}\n"
        ),
    );
    sent.iter().for_each(|sent| sent.say(global));
}
