//! `portvakt explain`: which accesses of a person stand, by whose approval under which policy; and for what is
//! refused or held, which rule says so and who could approve it instead.

use serde_json::json;

use crate::change::{Standing as Accepted, Way};
use crate::config::{Format, Global};
use crate::diag::{Code, Exit, Finding};
use crate::memory;
use crate::model::PersonId;
use crate::report::{Lines, lines};

use super::{list, output, plan};

/// Explain what somebody has and why, and what is refused or held of their files and who could approve it.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The person's id: the name of the file without `.yaml`.
    #[arg(required = true)]
    people: Vec<PersonId>,
}

pub(super) fn run(global: &Global, args: &Args) -> Exit {
    match explain(global, args) {
        Ok(exit) => exit,
        Err(finding) => output::stop(global.format, finding),
    }
}

fn explain(global: &Global, args: &Args) -> Result<Exit, Finding> {
    let standing = list::open(global)?;
    let register = &standing.rules.register;
    let base = memory::base(standing.reader.connection(), register, None).map_err(list::told)?;
    // What the tree says now, judged but not written.
    let (decided, _) = plan::decide(global)?;
    let former = list::former(&standing.reader)?;
    let all = lines(&base, register, &former, None, Lines::All, standing.today);
    let mut findings = Vec::new();
    let mut answers = Vec::new();
    for person in &args.people {
        let mine: Vec<_> = all.iter().filter(|line| line.person == person.as_str()).collect();
        let about: Vec<Finding> =
            decided.findings.iter().filter(|finding| concerns(finding, person)).cloned().collect();
        let office: Vec<String> = register
            .appointments
            .iter()
            .filter(|appointment| appointment.person == *person)
            .map(|appointment| {
                let state =
                    if appointment.in_office(standing.today) { "in office" } else { "not in office today" };
                format!(
                    "{} ({state})",
                    register
                        .offices
                        .get(&appointment.office)
                        .map_or(appointment.office.as_str(), String::as_str)
                )
            })
            .collect();
        if mine.is_empty() && about.is_empty() && office.is_empty() {
            let message = format!(
                "nobody knows `{person}`: no access was ever accepted and no file of the tree names them"
            );
            let way_out = "Check the spelling: the id is the name of the file without `.yaml`.";
            findings.push(Finding::new(Code::UnknownName, message, way_out));
            continue;
        }
        if global.format == Format::Human {
            let name = former.get(person).map_or_else(|| base.name_of(person), String::as_str);
            output::out(&format!("{name} ({person})\n"));
            for office in &office {
                output::out(&format!("  office: {office}\n"));
            }
            if mine.is_empty() {
                output::out("  no access has been accepted\n");
            }
            for line in &mine {
                let until = line.until.map_or_else(|| "no end".to_owned(), |day| format!("until {day}"));
                output::out(&format!(
                    "  {} in {} at {}: {} (from {}, {until})\n    approved by {} on {}, request {}\n",
                    line.role,
                    line.application,
                    line.unit,
                    line.state,
                    line.from,
                    line.approved_by,
                    line.approved_on,
                    line.request
                ));
                let accepted = base.people.get(person).and_then(|known| {
                    known.grants.values().find(|s| {
                        s.grant.key.request.as_str() == line.request
                            && s.grant.key.application.as_str() == line.application
                            && register.unit_name(s.grant.key.unit) == line.unit
                    })
                });
                if let Some(accepted) = accepted {
                    output::out(&format!("    {}\n", how(accepted, &standing.rules)));
                }
            }
        }
        answers.push(json!({ "person": person, "offices": office, "accesses": mine }));
        findings.extend(about);
    }
    if global.format == Format::Human && !findings.is_empty() {
        output::out("\nWhat waits or is refused now:\n");
    }
    Ok(output::findings(global.format, &findings, json!({ "people": answers })))
}

fn how(accepted: &Accepted, rules: &crate::judge::Rules) -> String {
    let day = accepted.accepted.on;
    match accepted.accepted.way {
        Way::Baseline => format!("accepted on {day} with the first base"),
        Way::History => format!("recorded on {day}; it was over when it first appeared"),
        Way::Judged => {
            let said: Vec<String> = accepted
                .accepted
                .policies
                .iter()
                .map(|id| {
                    format!("{id} ({})", rules.policies.says(id).unwrap_or("no longer among the policies"))
                })
                .collect();
            format!("accepted on {day} under {}", said.join("; "))
        }
    }
}

/// A finding about one of the person's files, or that names them.
fn concerns(finding: &Finding, person: &PersonId) -> bool {
    let in_file = finding
        .place
        .as_ref()
        .and_then(|place| place.file.person_parts())
        .is_some_and(|(_, stem)| stem == person.as_str());
    let words = |text: &str| {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'))
            .any(|word| word == person.as_str())
    };
    in_file || (finding.place.is_none() && words(&finding.message))
}
