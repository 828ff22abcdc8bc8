//! `portvakt reject` records that an application was rejected (R3). Its number can then serve nobody. Nothing about the
//! applicant is written.

use std::collections::BTreeSet;
use std::path::PathBuf;

use portvakt_author::{Application, Export, fits, may_reject, reject, waiting_request};
use portvakt_core::diag::{Code, Exit, Finding, Text, text};
use portvakt_core::judge::Bar;
use portvakt_core::model::{Evidence, FilePath, PersonId, Rejection, RequestId, TrustId, TrustKind};
use portvakt_core::parse;
use portvakt_core::tree::rejections_of;

use super::reason::NamesToLeaveOut;
use super::waiting::sign_on_main;
use super::{How, Made, Stop, Work, cannot, carry, meant, number, people, portal};
use crate::cli::ask::{Choice, Unanswered};
use crate::config::Global;

mod undo;

/// Reject an application: its number then serves nobody.
///
/// What is written is the number, the day, who has rejected it and why. The reason says nothing about the person. A
/// rejection that was wrong is taken out again with `--undo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The number of the application.
    #[arg(value_name = "NUMBER")]
    request: Option<String>,
    /// Why, in a few words without anything about the person.
    #[arg(long, value_name = "WHY")]
    reason: Option<String>,
    /// The trust that it was sent to: its id, its name or a part of it. Without it: that of the unit in the export. Without an
    /// export, at a terminal, yours.
    #[arg(long, value_name = "TRUST")]
    trust: Option<String>,
    /// Who rejects it: id, name or a part of it. Without it: you, where you may.
    #[arg(long, value_name = "PERSON")]
    approver: Option<String>,
    /// An export of the portal, outside the repository: it says which trust the application was sent to.
    #[arg(long, env = "PORTVAKT_REQUESTS", hide_env_values = true, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Take a rejection that was wrong out of its list again. Its number may then serve.
    #[arg(long, conflicts_with_all = ["reason", "approver"])]
    undo: bool,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let done = Work::open(global, &args.how).and_then(|work| written_or_signed(&work, args));
    done.unwrap_or_else(|stop| stop.exit(global))
}

/// Writes the rejection. If it was merged before without the signature of this person, it is signed as it stands.
fn written_or_signed(work: &Work<'_>, args: &Args) -> Result<Exit, Stop> {
    let request = number::request(work, args.request.as_deref(), "NUMBER")?;
    if args.undo {
        return carry(work, &undo::undone(work, &request, args.trust.as_deref())?);
    }
    match own_unsigned(work, &request, args.trust.as_deref())? {
        Some(exit) => Ok(exit),
        None => carry(work, &rejected(work, args, request)?),
    }
}

/// Signs the rejection of a number that the main branch has in the name of this person without their signature. It is
/// `None` if there is no such rejection.
fn own_unsigned(work: &Work<'_>, request: &RequestId, typed: Option<&str>) -> Result<Option<Exit>, Stop> {
    let register = &work.desk.rules.register;
    if register.evidence != Evidence::Signature || work.desk.rejected.bar(request).is_some() {
        return Ok(None);
    }
    let Some((list, rejection)) = without_effect(work, request) else { return Ok(None) };
    let of_trust = typed.map(|typed| trust(work, Some(typed), None)).transpose()?;
    let is_its_own = of_trust.is_none_or(|trust| rejections_of(&trust) == list);
    if !is_its_own || work.me.as_ref() != Some(&rejection.by) {
        return Ok(None);
    }
    sign_on_main(work, &list)
}

fn rejected(work: &Work<'_>, args: &Args, request: RequestId) -> Result<Made, Stop> {
    check_number_unused(work, &request, args.trust.as_deref())?;
    let export = portal::any(work, args.export.as_deref())?.unwrap_or_default();
    let applications: Vec<&Application> =
        export.applications.iter().filter(|one| one.number.is_same(&request)).collect();
    let sent_to: Vec<TrustId> =
        applications.iter().filter_map(|one| waiting_request(&work.desk, one).trust).collect();
    let trust = trust(work, args.trust.as_deref(), sent_to.first().cloned())?;
    if let Some(other) = sent_to.first().filter(|_| !sent_to.contains(&trust)) {
        return Err(portal::of_another_trust(&request, &trust, other).into());
    }
    let unknown = applications.is_empty().then(|| unknown(&request, &trust));
    let by = approver(work, args, (&request, &trust))?;
    let names: Vec<String> = applications.iter().map(|one| one.name.clone()).collect();
    let (reason, may_name) = reason(work, args.reason.as_deref(), names, &export)?;
    let rejection = Rejection { request, on: work.today(), by, reason };
    let draft = reject(&work.desk, &trust, &rejection).map_err(|error| cannot(&error))?;
    let request = &rejection.request;
    Ok(Made {
        draft,
        slug: format!("reject-{}", in_a_branch(request)),
        sentence: format!("Reject the application {request} at {trust}"),
        besides: unknown.into_iter().chain(may_name).collect(),
        repeats: Vec::new(),
    })
}

/// Returns a number as it may stand in the name of a branch.
fn in_a_branch(request: &RequestId) -> String {
    request.as_str().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

/// Checks that a number is not in use and was not rejected before. If this trust has rejected it already, nothing is
/// wrong.
fn check_number_unused(work: &Work<'_>, request: &RequestId, typed: Option<&str>) -> Result<(), Stop> {
    if let Some(bar) = work.desk.rejected.bar(request) {
        let (list, rejection) = match bar {
            Bar::Rejected { list, rejection } => (list, Some(rejection)),
            Bar::Unread { list } => (list, None),
        };
        let of_trust = typed.map(|typed| trust(work, Some(typed), None)).transpose()?;
        let is_its_own = of_trust.is_none_or(|trust| rejections_of(&trust) == list);
        if let Some(Rejection { on, by, .. }) = rejection.filter(|_| is_its_own) {
            let by = work.called(&by);
            return Err(Stop::already(vec![text!(
                en: "The application {request} stands in `{list}` already: rejected on {on} by {by}.",
                nb: "Søknaden {request} står allerede i `{list}`: avvist {on} av {by}."
            )]));
        }
        let message = text!(
            en: "the application `{request}` stands in `{list}` already",
            nb: "søknaden `{request}` står allerede i `{list}`"
        );
        let way_out = text!(en: "Nothing is to be done.", nb: "Det er ingenting å gjøre.");
        return Err(Finding::new(Code::DuplicateEntry, message, way_out).into());
    }
    if let Some((list, Rejection { on, by, .. })) = without_effect(work, request) {
        let by = work.called(&by);
        let message = text!(
            en: "the application `{request}` stands in `{list}` already, rejected on {on} by {by}, and it has no effect yet",
            nb: "søknaden `{request}` står allerede i `{list}`, avvist {on} av {by}, og det har ingen virkning ennå"
        );
        let way_out = text!(
            en: "Where the signature is missing, `portvakt approve --waiting` asks that person for it; where it is on a branch already, have that branch merged. `portvakt check` says what else it is.",
            nb: "Mangler signaturen, spør `portvakt approve --waiting` den personen om den; er den alt på en gren, få den grenen tatt inn. `portvakt check` sier hva det ellers er."
        );
        return Err(Finding::new(Code::DuplicateEntry, message, way_out).into());
    }
    if work.desk.requests().contains(&request.folded()) {
        let message = text!(
            en: "the number `{request}` serves somebody, or has served: it stands in a person's file",
            nb: "nummeret `{request}` gir eller har gitt noen tilgang: det står i en persons fil"
        );
        let way_out = text!(
            en: "Take the access back with `portvakt revoke`; an application that was granted is not rejected.",
            nb: "Trekk tilgangen tilbake med `portvakt revoke`; en søknad som er innvilget, avvises ikke."
        );
        return Err(Finding::new(Code::RequestOfAnother, message, way_out).into());
    }
    Ok(())
}

/// Returns the rejection of a number by somebody who may reject it that has no effect, with the list it is in. It may have
/// been merged before it was signed.
fn without_effect(work: &Work<'_>, request: &RequestId) -> Option<(FilePath, Rejection)> {
    let register = &work.desk.rules.register;
    work.desk.tree.requests().lists().find_map(|(path, bytes)| {
        let parsed = parse::rejections(path, bytes, register).ok()?;
        let may = may_reject(&work.desk, &parsed.trust);
        let mut rejections = parsed.entries.into_iter().map(|entry| entry.rejection);
        let found = rejections.find(|one| one.request.is_same(request) && may.contains(&one.by))?;
        Some((path.clone(), found))
    })
}

/// Returns the notice for a rejection of a number that no export contains.
fn unknown(request: &RequestId, trust: &TrustId) -> Text {
    text!(
        en: "Nothing here shows whose application {request} is: it stands in no export that was read. If it was sent to another trust than {trust}, do not reject it: its number then serves nobody at any trust.",
        nb: "Ingenting her viser hvem søknaden {request} gjelder: den står ikke i noen eksport som er lest. Er den sendt til et annet helseforetak enn {trust}, skal du ikke avvise den: nummeret gir da ingen tilgang noe sted."
    )
}

/// Returns the trust that the application was sent to.
fn trust(work: &Work<'_>, typed: Option<&str>, sent_to: Option<TrustId>) -> Result<TrustId, Unanswered> {
    let register = &work.desk.rules.register;
    let all: Vec<(TrustId, String)> =
        register.trusts.iter().map(|(id, trust)| (id.clone(), trust.name.clone())).collect();
    let choice =
        |(id, name): &(TrustId, String)| Choice { value: id.clone(), words: Text::same(name.as_str()) };
    let question =
        text!(en: "the trust that the application was sent to", nb: "helseforetaket søknaden er sendt til");
    if let Some(typed) = typed {
        let found: Vec<Choice<TrustId>> = fits(typed, &all, |(id, name)| vec![id.as_str(), name.as_str()])
            .into_iter()
            .map(choice)
            .collect();
        if found.is_empty() {
            let typed = portvakt_net::line(typed);
            return Err(Unanswered(text!(
                en: "error: no trust is called `{typed}`",
                nb: "feil: ikke noe helseforetak heter `{typed}`"
            )));
        }
        return work.ask.choose(&question, "--trust", &found, None);
    }
    if let Some(trust) = sent_to {
        return Ok(trust);
    }
    // If the user is a coordinator at some trusts, only those are offered.
    let coordinated = work.me.as_ref().map(|me| work.desk.coordinated_by(me)).unwrap_or_default();
    let own = |(id, _): &&(TrustId, String)| coordinated.contains(id);
    let mine: Vec<Choice<TrustId>> = all.iter().filter(own).map(choice).collect();
    let is_trust = |(id, _): &&(TrustId, String)| {
        register.trusts.get(id).is_some_and(|trust| trust.kind == TrustKind::Trust)
    };
    let others = || all.iter().filter(is_trust).map(choice).collect();
    // Without a terminal an option must name the trust, because nothing else shows whose application it is.
    let choices = if mine.is_empty() || !work.ask.at_a_terminal() { others() } else { mine };
    work.ask.choose(&question, "--trust", &choices, None)
}

/// Returns the person who rejects. A named person is used as given. The judgement decides whether they may reject, and
/// its finding names who could. A user who does not decide at the trust must name the person in whose name they write.
fn approver(
    work: &Work<'_>,
    args: &Args,
    (request, trust): (&RequestId, &TrustId),
) -> Result<PersonId, Stop> {
    if let Some(typed) = &args.approver {
        return Ok(people::chosen_person(work.ask, &work.desk, typed, "--approver")?);
    }
    let may = may_reject(&work.desk, trust);
    if let Some(me) = &work.me {
        if may.contains(me) {
            return Ok(me.clone());
        }
        if !may.is_empty() {
            return Err(decided_elsewhere(work, (request, trust), me, &may).into());
        }
    }
    let names = work.desk.names();
    let named = |person: &PersonId| {
        (person.clone(), names.get(person).cloned().unwrap_or_else(|| person.to_string()))
    };
    let people: Vec<(PersonId, String)> = may.iter().map(named).collect();
    let question = text!(en: "who rejects this", nb: "hvem som avviser dette");
    Ok(work.ask.choose(&question, "--approver", &people::choices(&people), None)?)
}

/// Returns the finding for somebody who does not decide at the trust of the application.
fn decided_elsewhere(
    work: &Work<'_>,
    (request, trust): (&RequestId, &TrustId),
    me: &PersonId,
    may: &BTreeSet<PersonId>,
) -> Finding {
    let place = work.desk.rules.register.trust_name(trust);
    let me = work.called(me);
    let names = work.all_called(may);
    let message = text!(
        en: "the application `{request}` is decided at {place}, and {me} does not decide there",
        nb: "søknaden `{request}` avgjøres ved {place}, og {me} avgjør ikke der"
    );
    let way_out = text!(
        en: "Leave it to those who decide there: {names}. To write it for one of them to sign, name them with `--approver`.",
        nb: "Overlat den til dem som avgjør der: {names}. Skal du skrive den for en av dem, som så signerer, oppgi vedkommende med `--approver`."
    );
    Finding::new(Code::RequestOfAnother, message, way_out)
}

/// Returns the reason, with a warning if a word of it may be a name. A reason that names somebody is refused.
fn reason(
    work: &Work<'_>,
    typed: Option<&str>,
    subjects: Vec<String>,
    export: &Export,
) -> Result<(String, Option<Text>), Unanswered> {
    let others = export.applications.iter().map(|one| one.name.clone());
    let applicant = text!(en: "the applicant", nb: "søkeren");
    let names = NamesToLeaveOut::of(work, (applicant, subjects), others);
    match typed {
        Some(typed) => names.read(work, typed).map_err(|why| meant::wrong(&why)),
        None => {
            let question = text!(
                en: "why, without anything about the person",
                nb: "hvorfor, uten noe om personen"
            );
            work.ask.line(&question, "--reason", None, |typed| names.read(work, typed))
        }
    }
}
