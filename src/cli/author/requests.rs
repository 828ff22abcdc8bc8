//! `portvakt requests` lists the applications that wait. For each it tells since when it waits, who may decide, and
//! what they should see first. It reads an export of the portal and writes nothing.

use std::path::PathBuf;

use portvakt_author::{AskedSubject, RequestNotice, USUAL_DAYS, WaitingRequest, waiting_requests};
use portvakt_core::diag::{Code, Exit, Finding, Noun, Text, text};
use serde_json::{Value, json};

use super::{How, Stop, Work, portal};
use crate::cli::output;
use crate::config::{Format, Global};

/// List the applications that wait, from an export of the portal.
///
/// Nothing but the number, the name and what is asked for is kept of an application. The export stands outside the
/// repository.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The export: CSV or JSON. Noted once for all with `git config portvakt.requests FILE`.
    #[arg(
        long = "from",
        alias = "export",
        env = "PORTVAKT_REQUESTS",
        hide_env_values = true,
        value_name = "FILE"
    )]
    export: Option<PathBuf>,
    /// Print a table for spreadsheets (CSV).
    #[arg(long)]
    csv: bool,
    /// Go by the files here, not by the newest main branch.
    #[arg(long)]
    here: bool,
}

const DAYS: Noun = Noun::new(["working day", "working days"], ["arbeidsdag", "arbeidsdager"]);

pub(in crate::cli) fn run(global: &Global, args: &Args) -> Exit {
    let how =
        How { by: None, key: None, agent: false, unsigned: true, here: args.here, yes: false, again: false };
    let done = Work::open(global, &how).and_then(|work| list_waiting(&work, args));
    done.unwrap_or_else(|stop| stop.exit(global))
}

fn list_waiting(work: &Work<'_>, args: &Args) -> Result<Exit, Stop> {
    let global = work.global;
    let export = portal::export(work, args.export.as_deref())?;
    let waiting = waiting_requests(&work.desk, &export, &work.former().one_name_each());
    let findings: Vec<Finding> = waiting.iter().filter_map(|one| too_long(work, one)).collect();
    if args.csv {
        output::out(&csv(work, &waiting));
        return Ok(Finding::exit_of(&findings));
    }
    if global.format != Format::Human {
        let requests: Vec<Value> = waiting.iter().map(in_json).collect();
        let more = json!({ "requests": requests, "unread": export.unread.len() });
        return Ok(output::findings(global, &findings, more));
    }
    if waiting.is_empty() {
        output::say(global, &text!(en: "No application waits.\n", nb: "Ingen søknader venter.\n"));
        return Ok(Exit::Ok);
    }
    for one in &waiting {
        output::say(global, &in_words(work, one));
    }
    output::say(
        global,
        &text!(
            en: "Decide one with `portvakt grant --from-request NUMBER` or `portvakt reject NUMBER --reason WHY`.\n",
            nb: "Avgjør en med `portvakt grant --from-request NUMMER` eller `portvakt reject NUMMER --reason HVORFOR`.\n"
        ),
    );
    if findings.is_empty() {
        return Ok(Exit::Ok);
    }
    Ok(output::findings(global, &findings, json!({})))
}

/// Returns the finding about an application that has waited longer than usual.
fn too_long(work: &Work<'_>, one: &WaitingRequest) -> Option<Finding> {
    let days = one.working_days.filter(|days| *days > USUAL_DAYS)?;
    let (number, since) = (&one.application.number, one.application.since?);
    let days = DAYS.count(usize::try_from(days).unwrap_or(usize::MAX));
    let message = text!(
        with days;
        en: "the application `{number}` of {since} has waited for {days}",
        nb: "søknaden `{number}` fra {since} har ventet i {days}"
    );
    let who = who(work, one);
    let way_out = text!(
        with who;
        en: "These may decide it: {who}.",
        nb: "Disse kan avgjøre den: {who}."
    );
    Some(Finding::new(Code::RequestWaits, message, way_out))
}

/// Returns the people who may decide, by name.
fn who(work: &Work<'_>, one: &WaitingRequest) -> Text {
    if one.may_decide.is_empty() {
        return text!(
            en: "nobody is known, because it does not say a unit and a role that there are",
            nb: "ingen er kjent, fordi den ikke sier en enhet og en rolle som finnes"
        );
    }
    Text::same(work.all_called(&one.may_decide))
}

/// Returns one application in words, with its notices on lines of their own.
fn in_words(work: &Work<'_>, one: &WaitingRequest) -> Text {
    let (number, asks) = (&one.application.number, portal::asks_for(work, one));
    let mut all = text!(with asks; en: "{number}  {asks}\n", nb: "{number}  {asks}\n");
    let since = match (one.application.since, one.working_days) {
        (Some(since), Some(days)) => {
            let days = DAYS.count(usize::try_from(days).unwrap_or(usize::MAX));
            text!(with days; en: "since {since}, {days}", nb: "siden {since}, {days}")
        }
        _ => one
            .application
            .wrong_day
            .clone()
            .unwrap_or_else(|| text!(en: "it does not say since when", nb: "det står ikke siden når")),
    };
    let who = who(work, one);
    let lines = [since, text!(with who; en: "may decide: {who}", nb: "kan avgjøre: {who}")];
    for line in lines.into_iter().chain(one.notices.iter().map(notice)) {
        all = Text::joined([all, text!(with line; en: "    {line}\n", nb: "    {line}\n")], "");
    }
    all
}

/// Returns the words of a notice with a mark, so that people see it.
fn notice(notice: &RequestNotice) -> Text {
    let words = portal::notice(notice);
    text!(with words; en: "! {words}", nb: "! {words}")
}

fn in_json(one: &WaitingRequest) -> Value {
    let notices: Vec<Value> = one
        .notices
        .iter()
        .map(|notice| match notice {
            RequestNotice::Unclear(word) => {
                let subject = match word.subject {
                    AskedSubject::Unit => "unit",
                    AskedSubject::Role => "role",
                    AskedSubject::Application => "application",
                };
                json!({ "kind": "not-understood", "of": subject, "word": word.typed, "fitting": word.fitting })
            }
            RequestNotice::Former(person, name) => {
                json!({ "kind": "former-user", "person": person, "name": name })
            }
            RequestNotice::HasAccess(person, name) => {
                json!({ "kind": "has-access", "person": person, "name": name })
            }
            RequestNotice::Alike(person, name) => {
                json!({ "kind": "similar-name", "person": person, "name": name })
            }
            RequestNotice::TooMany(role, holders, most) => {
                json!({ "kind": "too-many", "role": role, "holders": holders, "most": most })
            }
            RequestNotice::SharedNumber => json!({ "kind": "shared-number" }),
            RequestNotice::RejectedAt(trust, person) => {
                json!({ "kind": "rejected-at-another-trust", "trust": trust, "person": person })
            }
            RequestNotice::ReviewOverdue(trust) => json!({ "kind": "waits-for-review", "trust": trust }),
        })
        .collect();
    json!({
        "request": one.application.number,
        "name": one.application.name,
        "asked": {
            "units": one.application.units,
            "roles": one.application.roles,
            "applications": one.application.applications,
        },
        "unit": one.unit,
        "trust": one.trust,
        "role": one.role,
        "applications": one.applications,
        "since": one.application.since,
        "wrong_day": one.application.wrong_day.as_ref().map(|why| why.en()),
        "working_days": one.working_days,
        "may_decide": one.may_decide,
        "notices": notices,
    })
}

/// Returns the list as a table. No cell can be taken for a formula.
fn csv(work: &Work<'_>, waiting: &[WaitingRequest]) -> String {
    let lang = work.global.lang();
    let mut table =
        String::from("request,name,unit,role,applications,since,working_days,may_decide,notices\r\n");
    for one in waiting {
        let said = |known: Option<String>, typed: &[String]| known.unwrap_or_else(|| typed.join(" "));
        let application = &one.application;
        let ids: Vec<&str> = one.applications.iter().map(|id| id.as_str()).collect();
        let ids = (!ids.is_empty()).then(|| ids.join(" "));
        let people: Vec<&str> = one.may_decide.iter().map(|person| person.as_str()).collect();
        let notices = application.wrong_day.iter().cloned().chain(one.notices.iter().map(portal::notice));
        let notices: Vec<String> = notices.map(|notice| notice.get(lang).to_owned()).collect();
        let cells = [
            application.number.to_string(),
            application.name.clone(),
            said(one.unit.map(|unit| unit.to_string()), &application.units),
            said(one.role.as_ref().map(ToString::to_string), &application.roles),
            said(ids, &application.applications),
            application.since.map(|since| since.to_string()).unwrap_or_default(),
            one.working_days.map(|days| days.to_string()).unwrap_or_default(),
            people.join(" "),
            notices.join("; "),
        ];
        let cells: Vec<String> = cells.iter().map(|cell| in_a_cell(cell)).collect();
        table.push_str(&cells.join(","));
        table.push_str("\r\n");
    }
    table
}

/// Returns a cell in quotation marks. If a spreadsheet would take it for a formula, it begins with an apostrophe.
fn in_a_cell(words: &str) -> String {
    let words = portvakt_net::line(words);
    let start = if words.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    format!("\"{start}{}\"", words.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (words, cell) in [
            ("Nina \"N\" Prøvesen", "\"Nina \"\"N\"\" Prøvesen\""),
            ("=1+1", "\"'=1+1\""),
            ("+47", "\"'+47\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
        ] {
            assert_eq!(in_a_cell(words), cell);
        }
        assert!(!in_a_cell("a\nb").contains('\n'));
    }
}
