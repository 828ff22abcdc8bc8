//! `portvakt can` asks the capability policies what a person may do (R10, R23–R29).

use portvakt_core::diag::{Code, Exit, Finding, Looked, text};
use portvakt_core::model::{PersonId, UnitId};
use portvakt_core::policy::{CapabilityAct, Record};
use portvakt_engine::memory;
use serde_json::json;

use super::{finding, output, standing};
use crate::config::{Format, Global};

/// Ask what somebody may do in the register today. Answers yes with exit code 0 and no with 1.
///
/// A question about an action or a unit that does not exist has no answer and ends with 2.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person's id.
    #[arg(value_parser = super::person)]
    person: PersonId,
    /// What they would do, such as `unlock-form`.
    action: String,
    /// At which unit (RESH id); each of their own where it is left out.
    #[arg(long, value_name = "RESH")]
    unit: Option<u32>,
    /// The course is closed: registration is no longer under way.
    #[arg(long)]
    closed: bool,
    /// The course is about no real patient.
    #[arg(long)]
    test_data: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match ask(global, args) {
        Ok(exit) => exit,
        // 1 is the answer "no", so a question without an answer must not end with it.
        Err(finding) => {
            let own = if finding.code == Code::UnknownName { Exit::Usage } else { Exit::Failed };
            output::findings_and(global, Looked::Elsewhere, &[finding], json!({}), own)
        }
    }
}

fn ask(global: &Global, args: &Args) -> Result<Exit, Finding> {
    let standing = standing::open(global)?;
    let (rules, register) = (&standing.rules, &standing.rules.register);
    let act = act(rules, &args.action)?;
    if let Some(unit) = args.unit.filter(|unit| !register.units.contains_key(&UnitId(*unit))) {
        let message = text!(
            en: "`{unit}` is no unit of this register",
            nb: "`{unit}` er ikke noen enhet i dette registeret"
        );
        let way_out = text!(
            en: "Give the RESH id of a unit in `register.yaml`.",
            nb: "Oppgi RESH-nummeret til en enhet i `register.yaml`."
        );
        return Err(Finding::new(Code::UnknownName, message, way_out).error());
    }
    let conn = standing.reader.connection();
    // An earlier id of a person leads to that person.
    let renamed = memory::renamed(conn).map_err(finding::of)?;
    let person = renamed.get(&args.person).unwrap_or(&args.person);
    let wanted = memory::Wanted { people: [person.clone()].into(), ..memory::Wanted::default() };
    let base = memory::base(conn, register, Some(&wanted)).map_err(finding::of)?;
    let mut answers = Vec::new();
    let grants = base.people.get(person).into_iter().flat_map(|known| known.grants.values());
    for accepted in grants.filter(|accepted| accepted.in_force(standing.today)) {
        let right = accepted.grant.right();
        let record = Record {
            unit: args.unit.map_or(right.unit, UnitId),
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
                text!(en: "could not be judged: {error}", nb: "kunne ikke vurderes: {error}")
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
            let (unit, word, why) =
                (standing.rules.register.unit_name(*unit), word(decision.allowed), why.join(" "));
            output::say(
                global,
                &text!(
                    with word;
                    en: "  as {right} at {unit}: {word}: {why}\n",
                    nb: "  som {right} ved {unit}: {word}: {why}\n"
                ),
            );
        }
    }
    Ok(if yes { Exit::Ok } else { Exit::Findings })
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
