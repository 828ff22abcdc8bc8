//! The list that is made from a tree, and the file that holds it.

use jiff::civil::date;
use portvakt_core::diag::Lang;
use portvakt_core::model::{Answered, Quarter, Review, ReviewedBy, Right, RowAnswer, RowNotice, UnitId};
use portvakt_core::parse;
use portvakt_core::review::{self, Start};

use super::world::{LC, LEADER, LIST, World, answered, delegation, id, path, person};

const TODAY: jiff::civil::Date = date(2026, 11, 20);

fn row<'r>(list: &'r Review, person: &str) -> &'r portvakt_core::model::ReviewRow {
    list.rows.iter().find(|row| row.key.person == id(person)).unwrap()
}

#[test]
fn every_access_of_the_trust_is_a_row_with_what_it_allows_and_what_stands_out() {
    let mut world = World::new();
    let elsewhere = person("eva.testesen", 100_089, "LU", LC, "2026-04-05", "employer: helse-fonna\n");
    world.put("desired-state/ahus/eva.testesen.yaml", elsewhere);
    let list = world.list(TODAY);
    assert_eq!((list.quarter, list.made), (Quarter::parse("2026-Q4").unwrap(), TODAY));
    assert_eq!(list.tree, world.tree().digest());
    let people: Vec<&str> = list.rows.iter().map(|row| row.key.person.as_str()).collect();
    // Fonna's coordinator is on the list of Fonna.
    assert_eq!(people, ["eva.testesen", "kari.testesen", LC, "ola.testesen", "per.testesen"]);
    assert_eq!(row(&list, "kari.testesen").notices, [RowNotice::RegistrarWithoutEnd]);
    assert_eq!(row(&list, "eva.testesen").notices, [RowNotice::EmployerDiffers]);
    assert_eq!(row(&list, LC).notices, [RowNotice::RoleAbovePeers]);
    assert!(row(&list, "ola.testesen").notices.is_empty());
    let acts = |person: &str| row(&list, person).allows.clone();
    assert_eq!(acts("ola.testesen"), ["read-course", "register-form", "save-form"]);
    assert_eq!(acts(LC), ["read-course", "register-form", "save-form", "unlock-form"]);
    let ola = row(&list, "ola.testesen");
    assert_eq!(
        (ola.approved_by.as_str(), ola.approved_on, ola.from),
        (LC, date(2026, 2, 5), date(2026, 2, 5))
    );
    assert!(list.rows.iter().all(|row| row.answered.is_none()));
}

#[test]
fn what_is_over_is_no_row_and_what_begins_later_is_one() {
    let mut world = World::new();
    world.edit("desired-state/ahus/ola.testesen.yaml", "    request:", "    until: 2026-11-19\n    request:");
    world.edit("desired-state/ahus/per.testesen.yaml", "from: 2026-02-05", "from: 2026-12-01");
    let people: Vec<String> = world.list(TODAY).rows.iter().map(|row| row.key.person.to_string()).collect();
    assert_eq!(people, ["kari.testesen", LC, "per.testesen"]);
    // The last day is still a day of access.
    assert_eq!(world.list(date(2026, 11, 19)).rows.len(), 4);
}

#[test]
fn a_unit_that_has_closed_stands_out() {
    let world = World::new();
    let base = world.base(TODAY);
    let mut closing = world.clone();
    closing.edit("desired-state/register.yaml", "200089: Ski", "200089: {name: Ski, until: 2026-06-30}");
    let (rules, trust) = (closing.rules(), portvakt_core::model::TrustId::new("ahus").unwrap());
    let tree = closing.tree().digest();
    let list = review::start(&Start { rules: &rules, base: &base, trust: &trust, tree, today: TODAY });
    let notices = &row(&list, "kari.testesen").notices;
    assert_eq!(*notices, [RowNotice::RegistrarWithoutEnd, RowNotice::UnitClosed]);
}

#[test]
fn what_an_access_allows_is_said_in_the_sentences_of_the_policies() {
    let rules = World::new().rules();
    let right = |role: &str| Right {
        application: portvakt_core::model::ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(100_089),
        role: portvakt_core::model::RoleId::new(role).unwrap(),
    };
    let says = |role: &str| -> Vec<String> {
        review::sentences(&rules, &right(role)).iter().map(|says| says.en().to_owned()).collect()
    };
    assert_eq!(says("LU"), ["LU registers and saves all forms at their own unit."]);
    assert_eq!(
        says("LC"),
        [
            "LC registers and saves all forms at their own trust.",
            "LC unlocks forms at their own trust while registration is under way."
        ]
    );
}

#[test]
fn a_list_reads_back_as_it_was_written_in_both_languages() {
    let world = World::new();
    let rules = world.rules();
    let mut list = answered(world.list(TODAY), date(2026, 11, 24));
    list.rows[0].answered = Some(Answered { answer: RowAnswer::End, by: id(LC) });
    list.rows[2].answered =
        Some(Answered { answer: RowAnswer::Keep { until: Some(date(2027, 3, 31)) }, by: id(LC) });
    list.delegations.push(delegation("per.testesen", LC, TODAY, date(2026, 12, 20)));
    for (list, lang) in [(&list, Lang::Nb), (&list, Lang::En), (&world.list(TODAY), Lang::En)] {
        let text = review::written(list, lang, |_| "Åse Øl".to_owned(), |_| Vec::new());
        let read = parse::review(&path(LIST), text.as_bytes(), &rules.register).unwrap();
        assert_eq!(read.review, *list, "{text}");
        assert_eq!(read.trust.as_str(), "ahus");
        assert_eq!((read.rows.len(), read.reviewed.len()), (list.rows.len(), list.reviewed.len()));
    }
    let none = Review { rows: Vec::new(), ..world.list(TODAY) };
    let text = review::written(&none, Lang::Nb, |_| String::new(), |_| Vec::new());
    assert_eq!(parse::review(&path(LIST), text.as_bytes(), &rules.register).unwrap().review, none);
}

#[test]
fn an_answer_changes_its_row_and_no_other_byte() {
    let world = World::new();
    let rules = world.rules();
    let list = world.list(TODAY);
    let plain = review::written(&list, Lang::Nb, |_| "Åse Øl".to_owned(), |_| Vec::new());
    // A comment of somebody's own between the rows stays.
    let text = plain.replacen("  - person: ola.testesen", "  # ask Ola\n  - person: ola.testesen", 1);
    let parsed = parse::review(&path(LIST), text.as_bytes(), &rules.register).unwrap();
    let mut new = list.clone();
    let row = new.rows.iter_mut().find(|row| row.key.person == id("kari.testesen")).unwrap();
    row.answered = Some(Answered { answer: RowAnswer::Keep { until: Some(date(2027, 1, 31)) }, by: id(LC) });
    new.reviewed.push(ReviewedBy { by: id(LC), on: TODAY });
    let written = review::rewritten(&text, &parsed, &new);
    assert_eq!(parse::review(&path(LIST), written.as_bytes(), &rules.register).unwrap().review, new);
    let added: Vec<&str> = written.lines().filter(|line| !text.lines().any(|old| old == *line)).collect();
    assert_eq!(
        added,
        [
            "reviewed:",
            "  - {by: lc.ahusen, on: 2026-11-20}",
            "    answer: keep",
            "    keep_until: 2027-01-31",
            "    answered_by: lc.ahusen"
        ]
    );
    let gone: Vec<&str> = text.lines().filter(|line| !written.lines().any(|new| new == *line)).collect();
    assert_eq!(gone, ["reviewed: []"]);
    // A second reviewer is added below, and an answer is taken back.
    let parsed = parse::review(&path(LIST), written.as_bytes(), &rules.register).unwrap();
    let mut again = new.clone();
    again.reviewed.push(ReviewedBy { by: id(LEADER), on: TODAY });
    again.rows.iter_mut().for_each(|row| row.answered = None);
    let again_text = review::rewritten(&written, &parsed, &again);
    assert_eq!(parse::review(&path(LIST), again_text.as_bytes(), &rules.register).unwrap().review, again);
    assert!(again_text.contains("# ask Ola"));
}

#[test]
fn a_delegate_changes_the_lines_of_the_delegates_and_of_the_reviewers() {
    let world = World::new();
    let rules = world.rules();
    let list = world.list(TODAY);
    let mut text = review::written(&list, Lang::Nb, |_| "Åse Øl".to_owned(), |_| Vec::new());
    text = text.replacen("  - person: ola.testesen", "  # ask Ola\n  - person: ola.testesen", 1);
    let mut new = list.clone();
    // These are the first delegation, another one, and none.
    let per = delegation("per.testesen", LC, TODAY, date(2026, 12, 20));
    let ola = delegation("ola.testesen", LEADER, TODAY, date(2026, 12, 1));
    for delegations in [vec![per.clone()], vec![per, ola], Vec::new()] {
        let parsed = parse::review(&path(LIST), text.as_bytes(), &rules.register).unwrap();
        new.delegations = delegations;
        if new.reviewed.is_empty() {
            new.reviewed.push(ReviewedBy { by: id(LC), on: TODAY });
        }
        text = review::rewritten(&text, &parsed, &new);
        assert_eq!(
            parse::review(&path(LIST), text.as_bytes(), &rules.register).unwrap().review,
            new,
            "{text}"
        );
        assert!(text.contains("# ask Ola"), "{text}");
    }
}

#[test]
fn what_is_wrong_in_a_list_is_told_at_its_line_and_the_list_counts_for_nothing() {
    let world = World::new();
    let rules = world.rules();
    let mut list = world.list(TODAY);
    list.rows.truncate(1);
    list.rows[0].answered = Some(Answered { answer: RowAnswer::End, by: id(LC) });
    list.reviewed = vec![ReviewedBy { by: id(LEADER), on: date(2026, 11, 24) }];
    let text = review::written(&list, Lang::Nb, |_| "Kari".to_owned(), |_| Vec::new());
    let refused = |at: &str, text: &str| -> Vec<String> {
        let findings = parse::review(&path(at), text.as_bytes(), &rules.register).unwrap_err();
        findings.iter().map(|finding| finding.code.to_string()).collect()
    };
    for (from, to, code) in [
        ("    role: LU\n", "    role: LU\n    rolle: LU\n", "unknown-key"),
        ("    role: LU\n", "", "missing-key"),
        ("    role: LU\n", "    role: LU\n    role: LC\n", "not-yaml"),
        ("made: 2026-11-20", "made: 20.11.2026", "bad-value"),
        ("made: 2026-11-20", "made: 2026-09-30", "bad-value"),
        ("trust: ahus", "trust: helse-fonna", "wrong-folder"),
        ("quarter: 2026-Q4", "quarter: 2026-Q3", "wrong-folder"),
        ("answer: end", "answer: yes", "bad-value"),
        ("answer: end", "answer: end\n    keep_until: 2027-01-01", "bad-value"),
        ("answer: end", "answer: keep\n    keep_until: 2026-11-19", "bad-value"),
        ("    answered_by: lc.ahusen\n", "", "bad-value"),
        ("    answer: end\n", "", "bad-value"),
        ("registrar-without-end", "registrar", "bad-value"),
        ("unit: 200089", "unit: Ski", "bad-value"),
        ("rows:", "rader:", "unknown-key"),
        ("# Kari", "# Kari 90000000", "personal-number"),
        ("    role: LU\n", "    role: !!str LU\n", "not-yaml"),
    ] {
        assert!(text.contains(from), "{from}\n{text}");
        let codes = refused(LIST, &text.replacen(from, to, 1));
        assert!(codes.iter().any(|found| found == code), "{to}: {codes:?}");
    }
    let digest = list.tree.to_string();
    assert_eq!(refused(LIST, &text.replace(&digest, "abc")), ["bad-value"]);
    let start = text.find("  - person").unwrap();
    assert_eq!(refused(LIST, &format!("{text}{}", &text[start..])), ["duplicate-entry"]);
    // One slip is told once, and with no value that somebody could copy.
    for (from, to) in [
        ("    answer: end\n", "    svar: end\n"),
        ("    answered_by: lc", "    besvart_av: lc"),
        ("rows:", "rader:"),
        ("answer: end", "answer: avslutt"),
    ] {
        assert_eq!(refused(LIST, &text.replacen(from, to, 1)).len(), 1, "{to}");
    }
    let cut = &text[..text.find("    unit").unwrap()];
    let findings = parse::review(&path(LIST), cut.as_bytes(), &rules.register).unwrap_err();
    let [one] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(one.way_out.en().starts_with("Put back what `portvakt review start` wrote."), "{one:?}");
    assert!(!one.way_out.en().contains("REQ-2026-"), "{one:?}");
    assert_eq!(refused("reviews/ahus/2026-q4.yaml", &text), ["wrong-folder"]);
    let findings = parse::review(&path("reviews/Ahus/2026-Q4.yaml"), text.as_bytes(), &rules.register);
    let findings = findings.unwrap_err();
    let [one] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(one.way_out.get(Lang::Nb).starts_with("Mente du `ahus`?"), "{one:?}");
    for wrong in
        ["reviews/ahus/2026.yaml", "reviews/helse-fona/2026-Q4.yaml", "desired-state/ahus/2026-Q4.yaml"]
    {
        assert!(refused(wrong, &text).contains(&"wrong-folder".to_owned()), "{wrong}");
    }
}

#[test]
fn a_digest_that_looks_like_a_number_of_a_person_is_none() {
    let world = World::new();
    let mut list = world.list(TODAY);
    let digits = format!("ab01419900123c{}", "d".repeat(50));
    list.tree = portvakt_core::model::Digest::parse(&digits).unwrap();
    let text = review::written(&list, Lang::En, |_| String::new(), |_| Vec::new());
    assert!(parse::review(&path(LIST), text.as_bytes(), &world.rules().register).is_ok(), "{text}");
}

#[test]
fn the_list_of_a_trust_that_has_another_id_now_is_that_trusts() {
    let mut world = World::new();
    let list = answered(world.list(TODAY), date(2026, 11, 24));
    let text = review::written(&list, Lang::En, |_| String::new(), |_| Vec::new());
    world.edit(
        "desired-state/register.yaml",
        "  ahus: {name: Ahus HF,",
        "  ahus-hf: {previously: ahus, name: Ahus HF,",
    );
    let read = parse::review(&path(LIST), text.as_bytes(), &world.rules().register).unwrap();
    assert_eq!((read.trust.as_str(), read.review.trust.as_str()), ("ahus-hf", "ahus"));
    assert_eq!(read.review, list);
}

#[test]
fn a_check_advises_against_a_list_that_is_made_anew_over_one_that_counts() {
    let mut counts = World::new();
    counts.put_list(&answered(counts.list(TODAY), TODAY));
    let mut anew = counts.clone();
    anew.put_list(&counts.list(TODAY));
    let told = |before: &World, after: &World| {
        let findings = before.check(after, TODAY).findings;
        findings.iter().filter(|one| one.message.en().contains("made anew over one that counts")).count()
    };
    assert_eq!((told(&counts, &anew), told(&anew, &counts), told(&counts, &counts)), (1, 0, 0));
    // Another answer makes no new list.
    let mut other = counts.clone();
    other.edit(LIST, "answer: keep", "answer: end");
    assert_eq!(told(&counts, &other), 0);
}
