//! `portvakt can` asks the capability policies what a person may do (R10, R23–R29).

use std::collections::BTreeMap;

use portvakt_core::change::{Base, KnownPerson};
use portvakt_core::decide::head_of_tree;
use portvakt_core::diag::{Code, Exit, Finding, Looked, text};
use portvakt_core::model::PersonId;
use portvakt_core::policy::{CapabilityAct, CourseRecord, why as not_judged};
use portvakt_engine::memory;
use serde_json::json;

use super::standing::OpenedRegister;
use super::{finding, output, standing, tree, unit, who};
use crate::config::{Format, Global};

/// Ask what somebody may do in the register today.
///
/// Answers yes with exit code 0 and no with 1. A question about an action, a unit or a person that does not exist, or about
/// a name that fits several people, has no answer and ends with 2.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person: the id, the name or a part of it.
    person: String,
    /// What they would do, such as `unlock-form`.
    action: String,
    /// At which unit: its RESH id, its name or a part of it; each of their own where it is left out.
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// The course is closed: registration is no longer under way.
    #[arg(long)]
    closed: bool,
    /// The course is about no real patient.
    #[arg(long)]
    test_data: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match ask_capability(global, args) {
        Ok(exit) => exit,
        // 1 is the answer "no", so a question without an answer must not end with it.
        Err(finding) => {
            let own = match finding.code {
                Code::UnknownName | Code::SeveralMeant => Exit::Usage,
                _ => Exit::Failed,
            };
            output::findings_and(global, Looked::Elsewhere, &[finding], json!({}), own)
        }
    }
}

fn ask_capability(global: &Global, args: &Args) -> Result<Exit, Finding> {
    let standing = standing::open_register(global)?;
    let (rules, register) = (&standing.rules, &standing.rules.register);
    let act = act(rules, &args.action)?;
    let unit = args.unit.as_deref().map(|typed| unit::unit_meant(register, typed)).transpose()?;
    let (person, base) = person_and_base(global, &standing, &args.person)?;
    let person = &person;
    let mut answers = Vec::new();
    let grants = base.people.get(person).into_iter().flat_map(|known| known.grants.values());
    for accepted in grants.filter(|accepted| accepted.in_force(standing.today)) {
        let right = accepted.grant.right();
        let record = CourseRecord {
            unit: unit.unwrap_or(right.unit),
            real_patient_data: !args.test_data,
            ongoing: !args.closed,
        };
        let decision = rules.policies.can(register, &right, act, record);
        answers.push((right, record.unit, decision));
    }
    let yes = answers.iter().any(|(_, _, decision)| decision.allowed);
    if global.format == Format::Json {
        let of: Vec<_> = answers
            .iter()
            .map(|(right, unit, decision)| json!({ "right": right, "unit": unit, "decision": decision }))
            .collect();
        output::json_out(&json!({ "allowed": yes, "rights": of }));
    } else {
        let (lang, policies) = (global.lang(), &rules.policies);
        let word = |yes| if yes { text!(en: "yes", nb: "ja") } else { text!(en: "no", nb: "nei") };
        let answer = word(yes);
        output::say(global, &text!(with answer; en: "{answer}\n", nb: "{answer}\n"));
        if answers.is_empty() {
            output::say(
                global,
                &text!(
                    en: "  `{person}` has no access in force today\n",
                    nb: "  `{person}` har ingen tilgang som gjelder i dag\n"
                ),
            );
        }
        for (right, unit, decision) in &answers {
            let determining = decision.determining.iter().map(|id| {
                let says = policies.says(id).map_or(id.as_str(), |says| says.get(lang));
                format!("{says} [{id}; {}]", policies.rules(id).join(", "))
            });
            let mut why: Vec<String> = determining.collect();
            why.extend(decision.errors.iter().map(|error| {
                let error = not_judged(std::slice::from_ref(error));
                text!(with error; en: "could not be judged: {error}", nb: "kunne ikke vurderes: {error}")
                    .get(lang)
                    .to_owned()
            }));
            if why.is_empty() {
                let none = text!(
                    en: "no policy lets this role do it",
                    nb: "ingen tilgangsregel lar denne rollen gjøre det"
                );
                why.push(none.get(lang).to_owned());
            }
            let (unit, word, reasons) =
                (standing.rules.register.unit_name(*unit), word(decision.allowed), why.join(" "));
            output::say(
                global,
                &text!(
                    with word;
                    en: "  as {right} at {unit}: {word}: {reasons}\n",
                    nb: "  som {right} ved {unit}: {word}: {reasons}\n"
                ),
            );
        }
    }
    Ok(if yes { Exit::Ok } else { Exit::Findings })
}

/// Returns the person who is meant, and what was accepted of them. If the id was typed, no other person is read. So an
/// unreadable row of another person does not prevent the answer.
fn person_and_base(
    global: &Global,
    standing: &OpenedRegister,
    typed: &str,
) -> Result<(PersonId, Base), Finding> {
    let (conn, register) = (standing.reader.connection(), &standing.rules.register);
    let of = |person: &PersonId| {
        let wanted =
            memory::WantedOfBase { people: [person.clone()].into(), ..memory::WantedOfBase::default() };
        memory::base(conn, register, Some(&wanted)).map_err(finding::of)
    };
    if let Ok(id) = PersonId::new(typed.trim()) {
        // An earlier id of a person leads to that person.
        let renamed = memory::renamed(conn).map_err(finding::of)?;
        let person = renamed.get(&id).unwrap_or(&id);
        let base = of(person)?;
        if base.people.get(person).is_some_and(|known| *known != KnownPerson::default()) {
            return Ok((person.clone(), base));
        }
    }
    let all = memory::base_as_it_stands(conn, register, None).map_err(finding::of)?;
    // Former users have no access in force, so the names that only the register keeps are not needed.
    let people = who::People::of_base(&all, register, &BTreeMap::new());
    let asked = people.meant(global, typed)?;
    if !people.has_id(&asked) {
        is_somebody(global, standing, &all, &asked)?;
    }
    let person = all.meant(&asked);
    Ok((person.clone(), of(person)?))
}

/// Refuses an id that nobody has, because the answer would look like a "no". A former user, whom only the register
/// knows, is not refused, and neither is somebody whose file waits. They have no access.
fn is_somebody(
    global: &Global,
    standing: &OpenedRegister,
    base: &Base,
    id: &PersonId,
) -> Result<(), Finding> {
    let register = &standing.rules.register;
    let mut people = who::People::of_base(base, register, &standing::former(standing.store.as_ref())?);
    // The register knows people even if the tree cannot be read.
    if let Ok(tree) = tree::read_tree(global) {
        let tree = tree.snapshot;
        people.and_files(&head_of_tree(&tree, register));
    }
    if people.has_id(id) { Ok(()) } else { Err(people.nobody_knows(id)) }
}

fn act<'r>(rules: &'r portvakt_core::judge::Rules, name: &str) -> Result<&'r CapabilityAct, Finding> {
    rules.policies.capability_acts().find(|act| act.as_str() == name).ok_or_else(|| {
        let known: Vec<&str> = rules.policies.capability_acts().map(CapabilityAct::as_str).collect();
        let known = known.join(", ");
        let message = text!(
            en: "`{name}` is nothing the policies know",
            nb: "`{name}` er ikke noe tilgangsreglene kjenner"
        );
        Finding::new(Code::UnknownName, message, text!(en: "They know {known}.", nb: "De kjenner {known}."))
    })
}
