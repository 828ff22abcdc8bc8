//! `portvakt explain` shows which accesses a person has, who approved them, and under which policy. For a refused or
//! held entry it shows the rule, and who could approve the entry instead. It also explains a kind of finding by its code.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use portvakt_core::change::{AcceptanceWay, Base, Standing};
use portvakt_core::decide::{Decided, head_of_tree};
use portvakt_core::diag::{Code, Exit, Finding, Lang, Text, page, text};
use portvakt_core::judge::Rules;
use portvakt_core::model::{PersonId, Register};
use portvakt_core::parse::nearest;
use portvakt_engine::memory;
use portvakt_engine::report::{AccessLine, Lines, access_lines};
use serde_json::{Value, json};

use super::standing::OpenedRegister;
use super::told_access::ToldAccess;
use super::{finding, output, planned, standing, today, tree, who};
use crate::config::{Format, Global};

mod files;
mod then;
mod waits;

/// Explain what somebody has and why, and what is refused or held of their files and who could approve it.
///
/// With `--at`, the ledger answers what they had at the end of that day. Where the register is not, it answers from the
/// files, as far as they go. Given the code of a finding, such as `removals-held`, it explains that kind of finding, and
/// needs no register.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: the id, the name or a part of it; or the code of a finding.
    #[arg(required = true, value_name = "PERSON|CODE")]
    people: Vec<String>,
    /// As it was at the end of this day.
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
}

/// Everything that is known about one person.
struct ExplainedPerson<'a> {
    person: &'a PersonId,
    name: &'a str,
    /// The earlier ids of the person. A question about an earlier id gets the answer for this person.
    previously: Vec<&'a PersonId>,
    offices: Vec<Text>,
    accesses: Vec<&'a AccessLine>,
    findings: Vec<Finding>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    if let Some(Err(exit)) = args.at.as_deref().map(|typed| today::is_a_day(global, typed)) {
        return exit;
    }
    match explain(global, args) {
        Ok(exit) => exit,
        Err(finding) => output::stop(global, finding),
    }
}

/// Prints the pages about kinds of findings. Returns them for programs.
fn kinds(global: &Global, codes: &[Code]) -> Value {
    let lang = global.lang();
    if matches!(global.format, Format::Human | Format::Markdown) {
        codes.iter().for_each(|code| output::out(&format!("# {code}\n\n{}\n", page(*code, lang))));
    }
    let kind = |code: &Code| {
        let (meaning, next) = (code.meaning(), code.next());
        json!({
            "code": code, "severity": code.severity(), "rules": code.rules(),
            "meaning": meaning.get(lang), "next": next.get(lang),
        })
    };
    codes.iter().map(kind).collect()
}

fn explain(global: &Global, args: &Args) -> Result<Exit, Finding> {
    let code = |asked: &String| Code::ALL.iter().copied().find(|code| code.as_str() == asked.as_str());
    let codes: Vec<Code> = args.people.iter().filter_map(code).collect();
    let kinds = kinds(global, &codes);
    if codes.len() == args.people.len() {
        return Ok(output::findings(global, &[], json!({ "kinds": kinds })));
    }
    let asked: Vec<String> = args.people.iter().filter(|asked| code(asked).is_none()).cloned().collect();
    let or_codes = |finding: Finding| match finding.code {
        Code::NoBaseline | Code::TreeMissing => {
            asked.iter().fold(finding, |finding, asked| or_a_code(finding, asked))
        }
        _ => finding,
    };
    let standing = match standing::open_register(global) {
        Ok(standing) => standing,
        Err(missing) if missing.code == Code::NoBaseline && args.at.is_none() => {
            return files::explain(global, &asked, &kinds, missing).map_err(or_codes);
        }
        Err(finding) => return Err(or_codes(finding)),
    };
    if let Some(at) = &args.at {
        let at = today::past(at, standing.today)?;
        return then::explain(global, &standing, &asked, at, kinds);
    }
    let register = &standing.rules.register;
    let base = memory::base(standing.reader.connection(), register, None).map_err(finding::of)?;
    // The tree is judged as it is now, but nothing is written.
    let planned = planned::decide(global)?;
    let former = standing::former(standing.store.as_ref())?;
    let everybody = people_known(global, &standing, &base, &former, &asked);
    let asked = people_asked_about(global, &everybody, &asked)?;
    let names = who::People::of_base(&base, register, &former);
    let all = access_lines(&base, register, &former, None, Lines::All, standing.today);
    let mut mine: BTreeMap<&str, Vec<&AccessLine>> = BTreeMap::new();
    for line in &all {
        mine.entry(&line.person).or_default().push(line);
    }
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    // An earlier id leads to the same person. Each person is shown only once.
    let mut told_of = BTreeSet::new();
    for person in asked.iter().map(|id| base.meant(id)).filter(|person| told_of.insert(*person)) {
        let previously: Vec<&PersonId> =
            base.renamed.iter().filter(|(_, now)| *now == person).map(|(before, _)| before).collect();
        let ids: Vec<&PersonId> = previously.iter().copied().chain([person]).collect();
        let mut findings = concerning(&planned.decided, &ids);
        findings.extend(waits::in_held_folders(&planned, &base, &ids));
        let answer = ExplainedPerson {
            person,
            name: former.get(person).map_or_else(|| base.name_of(person), String::as_str),
            offices: offices(register, &ids, standing.today),
            accesses: mine.remove(person.as_str()).unwrap_or_default(),
            findings,
            previously,
        };
        if answer.accesses.is_empty() && answer.findings.is_empty() && answer.offices.is_empty() {
            unknown.push(or_a_code(everybody.nobody_knows(person), person.as_str()));
        } else {
            known.push(answer);
        }
    }
    if global.format == Format::Human {
        let words =
            |answer: &ExplainedPerson<'_>| in_words(answer, (&base, &names), &standing.rules, global.lang());
        known.iter().for_each(|answer| output::out(&words(answer)));
        if known.iter().any(|answer| !answer.findings.is_empty()) {
            output::say(
                global,
                &text!(
                    en: "\nWhat waits or is refused now:\n",
                    nb: "\nDette venter eller er avvist nå:\n"
                ),
            );
        }
    }
    let people: Vec<_> = known
        .iter()
        .map(|a| json!({ "person": a.person, "previously": a.previously, "offices": a.offices.iter().map(Text::en).collect::<Vec<_>>(), "accesses": a.accesses }))
        .collect();
    let mut findings: Vec<Finding> = known.into_iter().flat_map(|answer| answer.findings).collect();
    findings.sort();
    findings.dedup();
    findings.extend(unknown);
    Ok(output::findings(global, &findings, json!({ "people": people, "kinds": kinds })))
}

/// Returns the people who may be asked about. A person whom only a file names so far is one of them.
fn people_known(
    global: &Global,
    standing: &OpenedRegister,
    base: &Base,
    former: &BTreeMap<PersonId, String>,
    asked: &[String],
) -> who::People {
    let register = &standing.rules.register;
    let mut people = who::People::of_base(base, register, former);
    let is_known = |typed: &String| {
        PersonId::new(typed.trim()).is_ok_and(|id| base.people.contains_key(base.meant(&id)))
    };
    // The ledger knows people even if the tree cannot be read.
    if !asked.iter().all(is_known)
        && let Ok(tree) = tree::read_tree(global)
    {
        let tree = tree.snapshot;
        people.and_files(&head_of_tree(&tree, register));
    }
    people
}

/// Returns the people who are asked about.
fn people_asked_about(
    global: &Global,
    people: &who::People,
    asked: &[String],
) -> Result<Vec<PersonId>, Finding> {
    let one = |typed: &String| {
        people.meant(global, typed).map_err(|finding| match finding.code {
            Code::UnknownName => or_a_code(finding, typed),
            _ => finding,
        })
    };
    asked.iter().map(one).collect()
}

/// If a typed word is near to the code of a kind of finding, adds that kind as a suggestion.
fn or_a_code(finding: Finding, asked: &str) -> Finding {
    let Some(code) = nearest(asked, Code::ALL.iter().map(|code| code.as_str())) else { return finding };
    let meant = text!(
        en: "Did you mean the kind of finding `{code}`?",
        nb: "Mente du funntypen `{code}`?"
    );
    Finding { way_out: meant.and(finding.way_out), ..finding }
}

fn offices(register: &Register, ids: &[&PersonId], today: Date) -> Vec<Text> {
    let own = register.appointments.iter().filter(|appointment| ids.contains(&&appointment.person));
    own.map(|appointment| {
        let state = if appointment.in_office(today) {
            text!(en: "in office", nb: "i vervet")
        } else {
            text!(en: "not in office today", nb: "ikke i vervet i dag")
        };
        let name = register.offices.get(&appointment.office);
        let name = name.map_or(appointment.office.as_str(), String::as_str);
        text!(with state; en: "{name} ({state})", nb: "{name} ({state})")
    })
    .collect()
}

fn in_words(
    answer: &ExplainedPerson<'_>,
    (base, names): (&Base, &who::People),
    rules: &Rules,
    lang: Lang,
) -> String {
    let mut words = format!("{} ({})\n", answer.name, answer.person);
    if !answer.previously.is_empty() {
        let before = Text::joined(answer.previously.iter().map(|id| text!(en: "`{id}`", nb: "`{id}`")), ", ");
        let line = text!(
            with before;
            en: "  the id was {before} before\n",
            nb: "  id-en var {before} før\n"
        );
        words.push_str(line.get(lang));
    }
    for office in &answer.offices {
        let line = text!(with office; en: "  office: {office}\n", nb: "  verv: {office}\n");
        words.push_str(line.get(lang));
    }
    if answer.accesses.is_empty() {
        let none = text!(en: "  no access has been accepted\n", nb: "  ingen tilgang er godtatt\n");
        words.push_str(none.get(lang));
    }
    for line in &answer.accesses {
        words.push_str(access_in_words(line, names).get(lang));
        if let Some(standing) = base.standing(&line.key) {
            words.push_str(&format!("    {}\n", how(standing, rules).get(lang)));
        }
    }
    words
}

fn access_in_words(line: &AccessLine, names: &who::People) -> Text {
    let of = ToldAccess {
        role: &line.role,
        application: &line.application,
        unit: &line.unit,
        from: line.from,
        until: line.until,
        by: names.called(&line.approved_by),
        on: line.approved_on,
        request: &line.request,
    };
    of.words(&line.state)
}

fn how(standing: &Standing, rules: &Rules) -> Text {
    let accepted = &standing.accepted;
    let day = accepted.on;
    // A grant that was over before the day of a baseline was only recorded. This does not apply if its end was taken
    // back.
    let was_over = standing.ended.is_some()
        && standing.cleared.is_none()
        && standing.grant.until.is_some_and(|until| until < day);
    let way = if accepted.way == AcceptanceWay::Baseline && was_over {
        AcceptanceWay::History
    } else {
        accepted.way
    };
    match way {
        AcceptanceWay::Baseline => {
            text!(en: "accepted on {day} with the first base", nb: "godtatt {day}, sammen med alt som fantes fra før")
        }
        AcceptanceWay::History => text!(
            en: "recorded on {day}; it was over when it first appeared",
            nb: "registrert {day}; den var over da den først dukket opp"
        ),
        AcceptanceWay::Judged => {
            let said = accepted.policies.iter().map(|id| {
                let says = rules.policies.says(id).cloned().unwrap_or_else(
                    || text!(en: "no longer among the policies", nb: "ikke lenger blant tilgangsreglene"),
                );
                text!(with says; en: "{id} ({says})", nb: "{id} ({says})")
            });
            let said = Text::joined(said, "; ");
            text!(with said; en: "accepted on {day} under {said}", nb: "godtatt {day} etter {said}")
        }
    }
}

/// Returns the findings about the person's files and about held removals that affect the person. Findings that have the
/// person's id in their text are among them too.
fn concerning(decided: &Decided, ids: &[&PersonId]) -> Vec<Finding> {
    let is_one = |word: &str| ids.iter().any(|id| id.as_str() == word);
    // The set knows all its people. The finding names only the first of them.
    let held: Vec<String> = decided
        .unsettled
        .sets
        .iter()
        .filter(|set| ids.iter().any(|id| set.people.contains(id.as_str())))
        .map(|set| set.digest.to_string())
        .collect();
    let of_a_set = |code| matches!(code, Code::RemovalsHeld | Code::AdditionsHeld | Code::LossWithheld);
    // What holds a removal may be a path that names nobody.
    let is_held = |finding: &Finding| held.iter().any(|digest| finding.way_out.en().contains(digest));
    let concerns = |finding: &&Finding| match &finding.place {
        _ if of_a_set(finding.code) && is_held(finding) => true,
        Some(place) => place.file.person_parts().is_some_and(|(_, stem)| is_one(stem)),
        None => !of_a_set(finding.code) && words(finding.message.en()).any(is_one),
    };
    decided.findings.iter().filter(concerns).cloned().collect()
}

fn words(message: &str) -> impl Iterator<Item = &str> {
    message.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
}
