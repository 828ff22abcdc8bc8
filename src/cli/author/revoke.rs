//! `portvakt revoke` takes accesses back at once (R30, R45). It deletes nothing.

use std::collections::BTreeSet;

use jiff::civil::Date;
use portvakt_author::{HeldAccess, Person, Revoked, revoke};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::model::{Revocation, TrustId};
use portvakt_core::parse::Entry;

use super::accesses::{accesses_to_take_back, no_such, person_meant, whoever};
use super::reason::NamesToLeaveOut;
use super::{How, Made, Stop, Work, cannot, carry, meant, own};
use crate::cli::reasons;
use crate::config::Global;

/// Take somebody's access back at once, for a dismissal or misuse.
///
/// Takes back every access where you are an administrator, and says who may take back the others. It cannot be undone: the person
/// would send a new application.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose access: an id, a name or a part of it.
    #[arg(value_name = "PERSON")]
    who: Vec<String>,
    /// Why, in a few words that name nobody and say nothing about health; "ended" where it is left out.
    #[arg(long, value_name = "WORDS")]
    reason: Option<String>,
    /// Only at this unit.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Every access, also where you are no administrator: for a dismissal. It says which trusts lose the person.
    #[arg(long)]
    everywhere: bool,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| carry(&work, &revoking(&work, args)?));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn revoking(work: &Work<'_>, args: &Args) -> Result<Made, Stop> {
    let id = person_meant(work, &args.who)?;
    let person = work.desk.person(&id);
    let Some(me) = work.me.clone() else {
        let message = text!(
            en: "it is not known who takes the access back",
            nb: "det er ikke kjent hvem som trekker tilgangen tilbake"
        );
        return Err(Finding::new(Code::UnknownName, message, own::say_who_you_are()).into());
    };
    if let Some(revoked) = last_revocation(&person, work.today()) {
        let (name, on, by) = (work.called(&id), revoked.on, work.called(&revoked.by));
        return Err(Stop::already(vec![text!(
            en: "{name} has no access that is in force or to come: it was taken back on {on} already, by {by}.",
            nb: "{name} har ingen tilgang som gjelder eller kommer: den ble trukket tilbake {on}, av {by}."
        )]));
    }
    let (mut living, faulty) = accesses_to_take_back(work, &id)?;
    if let Some(typed) = &args.unit {
        let unit = meant::unit_meant(work, Some(typed))?;
        let (there, elsewhere): (Vec<HeldAccess>, Vec<HeldAccess>) =
            living.into_iter().partition(|one| one.grant.key.unit == unit);
        if there.is_empty() {
            return Err(no_such(work, &id, &elsewhere).into());
        }
        living = there;
    }
    let (mine, others): (Vec<HeldAccess>, Vec<HeldAccess>) =
        living.into_iter().partition(|one| args.everywhere || work.desk.may_revoke(&one.grant).contains(&me));
    if mine.is_empty() {
        let who = whoever(work, &others);
        let name = &person.name;
        let message = text!(
            en: "you are no administrator where {name} has access",
            nb: "du er ikke administrator der {name} har tilgang"
        );
        let way_out = text!(
            with who;
            en: "{who} `--everywhere` takes it back all the same, and somebody is told to look.",
            nb: "{who} `--everywhere` trekker den tilbake likevel, og noen får beskjed om å se på det."
        );
        return Err(Finding::new(Code::RevokerNotEntitled, message, way_out).error().into());
    }
    let (reason, may_name) = match &args.reason {
        Some(typed) => {
            let subject = (reasons::whose_access(), vec![person.name.clone()]);
            let names = NamesToLeaveOut::of(work, subject, std::iter::empty());
            names.read(work, typed).map_err(|why| meant::wrong(&why))?
        }
        None => (text!(en: "ended", nb: "avsluttet").get(work.global.lang()).to_owned(), None),
    };
    let by = Revoked { by: me, on: work.today(), reason };
    let draft = revoke(&work.desk, &person, &mine, &by).map_err(|error| cannot(&error))?;
    let mut besides = vec![text!(
        en: "It acts as soon as the change is taken in and cannot be undone: who comes back sends a new application.",
        nb: "Det virker med en gang endringen er tatt inn, og kan ikke gjøres om: den som kommer tilbake, sender ny søknad."
    )];
    if args.everywhere {
        besides.push(costs(work, &person.name, &mine));
    }
    if !others.is_empty() {
        besides.push(whoever(work, &others));
    }
    besides.extend(faulty.into_iter().chain(may_name));
    Ok(Made {
        draft,
        slug: format!("revoke-{id}"),
        sentence: format!("Take back the access of {} ({id}) at once", person.name),
        besides,
        repeats: Vec::new(),
    })
}

/// Returns the newest revocation of a person who has no access left and no finding in their files.
fn last_revocation(person: &Person, today: Date) -> Option<&Revocation> {
    if !person.faults().is_empty() || !person.accesses(today).is_empty() {
        return None;
    }
    let entries = person.files.values().flat_map(|file| &file.entries);
    let revoked = entries.filter_map(|entry| match entry {
        Entry::Valid { grant, .. } => grant.revoked.as_ref(),
        Entry::Invalid { .. } => None,
    });
    revoked.max_by_key(|revoked| revoked.on)
}

/// Returns the cost of taking everything back (R31). It names the trusts that lose the person, and what each needs if
/// it was a mistake.
fn costs(work: &Work<'_>, name: &str, mine: &[HeldAccess]) -> Text {
    let register = &work.desk.rules.register;
    let trusts: BTreeSet<&TrustId> = mine.iter().map(|one| &one.grant.trust).collect();
    let trusts: Vec<String> = trusts.into_iter().map(|trust| register.trust_name(trust)).collect();
    let trusts = trusts.join(", ");
    text!(
        en: "{name} loses access at {trusts}. If it was a mistake, a new application is needed at each of them, approved anew.",
        nb: "{name} mister tilgang ved {trusts}. Var det en feil, trengs en ny søknad ved hvert av dem, godkjent på nytt."
    )
}
