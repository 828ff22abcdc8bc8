//! Shows what would be accepted: the access that each person would have, the approvals that cannot be judged today, and
//! the other accounts in the store.

use std::collections::BTreeSet;

use portvakt_core::change::HeadFile;
use portvakt_core::decide::Broken;
use portvakt_core::diag::{Code, Exit, Lang, Looked, Noun, summary, text};
use portvakt_core::model::{Account, FilePath, PersonId};
use serde_json::json;

use super::SeenRegister;
use crate::cli::output;
use crate::config::{Format, Global};

pub(super) fn show_baseline(global: &Global, seen: &SeenRegister) -> Exit {
    let people: BTreeSet<&str> = seen.checked.head.files.keys().map(PersonId::as_str).collect();
    let besides: Vec<&Account> = seen
        .accounts
        .iter()
        .filter(|account| account.active)
        .filter(|account| account.person.as_ref().is_none_or(|person| !people.contains(person.as_str())))
        .collect();
    let rows = rows(seen);
    let unjudged = seen.checked.findings.iter().filter(|f| f.code == Code::ApproverNotInOffice).count();
    let mut more = json!({
        "digest": seen.tree.digest(),
        "would-have": rows.iter().map(|row| json!({
            "person": row.first(), "name": row.get(1), "right": row.get(2), "until": row.get(3),
        })).collect::<Vec<_>>(),
        "store-holds-besides": besides.iter().map(|a| json!({ "account": a.id, "name": a.name })).collect::<Vec<_>>(),
    });
    if let (Some(commit), Some(more)) = (&seen.commit, more.as_object_mut()) {
        more.insert("commit".to_owned(), json!(commit));
    }
    if global.format == Format::Human {
        show_people(global, seen, &rows, people.len());
        if let Some(broken) = &seen.broken {
            show_break(global, broken);
        }
        if unjudged > 0 {
            const APPROVALS: Noun = Noun::new(["approval", "approvals"], ["godkjenning", "godkjenninger"]);
            let approvals = APPROVALS.count(unjudged);
            output::say(
                global,
                &text!(
                    with approvals;
                    en: "{approvals} cannot be judged today: who approved is not in office; see below.\n",
                    nb: "{approvals} kan ikke vurderes i dag: den som godkjente, er ikke brukeradministrator nå; se under.\n"
                ),
            );
        }
        show_besides(global, &besides);
        let digest = seen.tree.digest();
        output::say(
            global,
            &text!(
                en: "\nDigest of the tree: {digest}\n",
                nb: "\nFilenes kontrollsum: {digest}\n"
            ),
        );
        if let Some(commit) = &seen.commit {
            output::say(global, &text!(en: "Commit: {commit}\n", nb: "Innsending: {commit}\n"));
        }
    }
    let files: Vec<FilePath> = seen.tree.files().map(|(path, _)| path).collect();
    let looked = if files.is_empty() { Looked::Elsewhere } else { Looked::At(&files) };
    let exit = output::findings_and(global, looked, &seen.checked.findings, more, Exit::Ok);
    if global.format == Format::Human {
        let (digest, summary) = (seen.tree.digest(), summary(&seen.checked.findings));
        if seen.checked.rules.as_ref().is_some_and(|rules| seen.is_to_be_proved(rules)) {
            output::say(
                global,
                &text!(
                    en: "The register has `proofs: required`, or may have had it where what is in force cannot be read any more: whoever accepts this has the promises of its policies proved here first.\n",
                    nb: "Registeret har `proofs: required`, eller kan ha hatt det der det som gjelder ikke lenger kan leses: når dette godtas, bevises først løftene til tilgangsreglene her.\n"
                ),
            );
        }
        let next = if exit == Exit::Ok {
            text!(
                en: "If this is right, two national administrators accept it:\n  portvakt baseline --accept {digest} --by A --by B\n",
                nb: "Er dette riktig, godtar to nasjonale administratorer det:\n  portvakt baseline --accept {digest} --by A --by B\n"
            )
        } else {
            text!(
                with summary;
                en: "This tree cannot be a base: {summary}.\n",
                nb: "Dette kan ikke være et grunnlag: {summary}.\n"
            )
        };
        output::say(global, &next);
    }
    exit
}

fn show_people(global: &Global, seen: &SeenRegister, rows: &[Vec<String>], people: usize) {
    let headings = match global.lang() {
        Lang::En => ["PERSON", "NAME", "WOULD HAVE", "UNTIL", "APPROVED BY"],
        Lang::Nb => ["PERSON", "NAVN", "VILLE HA", "TIL", "GODKJENT AV"],
    };
    let no_end = text!(en: "open", nb: "uten slutt");
    let shown = |row: &Vec<String>| -> Vec<String> {
        let cell =
            |cell: &String| if cell == OPEN { no_end.get(global.lang()).to_owned() } else { cell.clone() };
        row.iter().map(cell).collect()
    };
    output::out(&output::aligned_table(&headings, &rows.iter().map(shown).collect::<Vec<_>>()));
    let accesses = output::ACCESSES.count(rows.len());
    let with_access: BTreeSet<&String> = rows.iter().filter_map(|row| row.first()).collect();
    let (files, with_access) = (Noun::PEOPLE.count(people), Noun::PEOPLE.count(with_access.len()));
    output::say(
        global,
        &text!(
            with files, with_access, accesses;
            en: "\nFiles of {files}; with access today: {with_access}, {accesses}.\n",
            nb: "\nFiler for {files}; med tilgang i dag: {with_access}, {accesses}.\n"
        ),
    );
    if seen.accepted {
        output::say(
            global,
            &text!(
                en: "A base has been accepted here already: accepting this one replaces it. Spent requests stay spent.\n",
                nb: "Et grunnlag er allerede godtatt her: godtas dette, erstatter det det forrige. Brukte søknader forblir brukt.\n"
            ),
        );
    }
}

/// Shows where the ledger is broken, and what accepting this base means for it.
fn show_break(global: &Global, broken: &Broken) {
    let (seq, what) = (broken.seq, broken.what.words());
    output::say(
        global,
        &text!(
            with what;
            en: "The ledger does not hold at entry {seq}: {what}. Accepting this names the break: the chain begins anew, and what stands between says nothing any more.\n",
            nb: "Protokollen holder ikke ved innslag {seq} ({what}). Godtas dette, navngis bruddet: kjeden begynner på nytt, og det som står imellom, sier ikke noe mer.\n"
        ),
    );
}

fn show_besides(global: &Global, besides: &[&Account]) {
    if besides.is_empty() {
        return output::say(
            global,
            &text!(
                en: "The store holds no open account besides.\n",
                nb: "Registeret har ingen åpne kontoer utenom.\n"
            ),
        );
    }
    let rows: Vec<Vec<String>> = besides
        .iter()
        .map(|a| {
            vec![
                a.id.to_string(),
                a.name.clone(),
                a.rights.keys().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            ]
        })
        .collect();
    output::say(
        global,
        &text!(
            en: "\nThe store holds besides, and the first pass would revoke within the budget:\n",
            nb: "\nRegisteret har i tillegg dette, som første gjennomgang ville fjerne innenfor grensen:\n"
        ),
    );
    let headings = match global.lang() {
        Lang::En => ["ACCOUNT", "NAME", "RIGHTS"],
        Lang::Nb => ["KONTO", "NAVN", "RETTIGHETER"],
    };
    output::out(&output::aligned_table(&headings, &rows));
}

/// The word for "no end date", in JSON too. It cannot be mistaken for a name or a date.
const OPEN: &str = "open";

fn rows(seen: &SeenRegister) -> Vec<Vec<String>> {
    let register = seen.checked.rules.as_ref().map(|rules| &rules.register);
    let mut rows = Vec::new();
    for (_, person, _, file) in seen.checked.head.iter() {
        let HeadFile::Says { facts, entries, .. } = file else { continue };
        for entry in entries.iter().filter(|entry| entry.grant.in_force(seen.today)) {
            let grant = &entry.grant;
            let unit = register.map_or_else(|| grant.key.unit.to_string(), |r| r.unit_name(grant.key.unit));
            rows.push(vec![
                person.to_string(),
                facts.name.clone(),
                format!("{} {} {unit}", grant.role, grant.key.application),
                grant.until.map_or_else(|| OPEN.to_owned(), |day| day.to_string()),
                grant.approval.by.to_string(),
            ]);
        }
    }
    rows
}
