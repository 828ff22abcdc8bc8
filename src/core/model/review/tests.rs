//! Lists and the statements that reviewers sign: what is part of them, and what is not.

use jiff::civil::date;

use super::super::{AccountId, ApplicationId, OfficeId, RequestId, UnitId};
use super::*;

fn person(id: &str) -> PersonId {
    PersonId::new(id).unwrap()
}

fn row(id: &str, answered: Option<(RowAnswer, &str)>) -> ReviewRow {
    ReviewRow {
        key: GrantKey {
            person: person(id),
            application: ApplicationId::new("smerteregisteret").unwrap(),
            unit: UnitId(100_089),
            request: RequestId::new("REQ-1").unwrap(),
        },
        role: RoleId::new("LU").unwrap(),
        from: date(2026, 1, 5),
        until: None,
        approved_by: person("lc.ahusen"),
        approved_on: date(2026, 1, 4),
        allows: vec!["register-form".to_owned()],
        notices: vec![RowNotice::RegistrarWithoutEnd],
        answered: answered.map(|(answer, by)| Answered { answer, by: person(by) }),
    }
}

fn review(rows: Vec<ReviewRow>) -> Review {
    Review {
        trust: TrustId::new("ahus").unwrap(),
        quarter: Quarter::parse("2026-Q4").unwrap(),
        made: date(2026, 11, 20),
        tree: Digest::of(b"tree"),
        delegations: Vec::new(),
        reviewed: Vec::new(),
        rows,
        settings: Vec::new(),
    }
}

fn line(by: &str) -> ReviewedBy {
    ReviewedBy { by: person(by), on: date(2026, 11, 24) }
}

#[test]
fn what_the_settings_say_is_part_of_the_list_and_its_answer_of_the_answers() {
    let plain = review(vec![row("ola.testesen", Some((RowAnswer::End, "lc.ahusen")))]);
    let (by, other) = (person("lc.ahusen"), person("per.testesen"));
    let office = |until| Setting::Appointment {
        person: person("kari.testesen"),
        office: OfficeId::new("register-leader").unwrap(),
        from: date(2015, 1, 1),
        until,
    };
    let settings = [
        office(None),
        office(Some(date(2027, 1, 1))),
        Setting::Ignored { account: AccountId::new("7") },
        Setting::Adopted { account: AccountId::new("7"), person: person("kari.testesen") },
    ];
    let mut lists = BTreeSet::from([plain.list_digest()]);
    for setting in &settings {
        let row = SettingRow { setting: setting.clone(), answered: None };
        let mut list = Review { settings: vec![row], ..plain.clone() };
        assert!(lists.insert(list.list_digest()), "{setting:?}");
        assert_eq!(list.answers_digest(&by), plain.answers_digest(&by));
        list.settings[0].answered = Some(Answered { answer: RowAnswer::End, by: by.clone() });
        assert_ne!(list.answers_digest(&by), plain.answers_digest(&by));
        assert_eq!(list.answers_digest(&other), plain.answers_digest(&other));
        let statement = list.statement("smerteregisteret", &line("lc.ahusen"));
        assert!(statement.contains("rows: 2\n") && statement.contains("ended: 2\n"), "{statement}");
        list.settings[0].answered = Some(Answered { answer: RowAnswer::End, by: other.clone() });
        assert_eq!(list.answerers(), BTreeSet::from([&by, &other]));
    }
    assert_eq!(settings.map(|setting| setting.person().is_some()), [true, true, false, true]);
}

#[test]
fn what_is_kept_until_an_earlier_day_than_it_stood_ends_like_what_ends() {
    let keep = |last| Some((RowAnswer::Keep { until: Some(last) }, "lc.ahusen"));
    let today = date(2026, 11, 24);
    let of = |last| review(vec![row("ola.testesen", keep(last)), row("kari.testesen", keep(last))]);
    // A future day also takes the access away, if the access had no last day or a later one.
    for last in [date(2020, 1, 1), today, date(2026, 11, 25), date(2026, 12, 3)] {
        let mut list = of(last);
        assert_eq!(list.ends_most(), Some((2, 2)), "{last}");
        list.rows.iter_mut().for_each(|row| row.until = Some(date(2027, 1, 31)));
        assert_eq!(list.ends_most(), Some((2, 2)), "{last}");
        list.rows.iter_mut().for_each(|row| row.until = Some(last));
        assert_eq!(list.ends_most(), None, "{last}");
    }
    let mut list = of(today);
    list.rows[0].answered = Some(Answered { answer: RowAnswer::End, by: person("lc.ahusen") });
    assert_eq!(list.ends_most(), Some((2, 2)));
    // The access ends by then anyway, so the answer takes nothing.
    list.rows[1].until = Some(today);
    assert_eq!(list.ends_most(), None);
    list.rows[1].answered = None;
    assert_eq!(list.ends_most(), None);
}

#[test]
fn an_office_that_is_kept_until_an_earlier_day_ends_earlier() {
    let kept_until = |last, until| SettingRow {
        setting: Setting::Appointment {
            person: person("kari.testesen"),
            office: OfficeId::new("register-leader").unwrap(),
            from: date(2015, 1, 1),
            until,
        },
        answered: Some(Answered { answer: RowAnswer::Keep { until: last }, by: person("lc.ahusen") }),
    };
    let day = date(2026, 12, 3);
    assert!(kept_until(Some(day), None).ends_earlier());
    assert!(kept_until(Some(day), Some(date(2027, 1, 1))).ends_earlier());
    assert!(!kept_until(Some(day), Some(day)).ends_earlier());
    assert!(!kept_until(None, None).ends_earlier());
}

#[test]
fn a_statement_reads_as_it_is_written() {
    let rows = vec![
        row("ola.testesen", Some((RowAnswer::Keep { until: None }, "lc.ahusen"))),
        row("kari.testesen", Some((RowAnswer::End, "lc.ahusen"))),
        row("lc.ahusen", None),
    ];
    let mut review = review(rows);
    review.delegations.push(Delegation {
        person: person("per.testesen"),
        by: person("lc.ahusen"),
        from: date(2026, 11, 20),
        until: date(2026, 12, 20),
    });
    let (tree, list) = (review.tree, review.list_digest());
    let answers = review.answers_digest(&person("lc.ahusen"));
    assert_eq!(
        review.statement("smerteregisteret", &line("lc.ahusen")),
        format!(
            "portvakt review statement 1\nregister: smerteregisteret\ntrust: ahus\nquarter: 2026-Q4\nlist made \
             on: 2026-11-20\nlist made from: {tree}\nlist: {list}\nrows: 3\nkept: 1\nchanged: 0\nended: \
             1\nanswers: {answers}\ndelegates: per.testesen 2026-11-20 to 2026-12-20\nreviewed by: \
             lc.ahusen\nreviewed on: 2026-11-24\n"
        )
    );
}

#[test]
fn what_is_kept_until_an_earlier_day_is_counted_apart_and_named_in_a_statement_of_its_own_version() {
    let keep = |until| Some((RowAnswer::Keep { until }, "lc.ahusen"));
    let (early, late) = (date(2026, 12, 31), date(2027, 3, 31));
    let mut list = review(vec![
        row("ola.testesen", keep(Some(early))),
        row("per.testesen", keep(Some(late))),
        row("nils.testesen", keep(None)),
        row("kari.testesen", Some((RowAnswer::End, "lc.ahusen"))),
        row("anne.testesen", Some((RowAnswer::Change, "lc.ahusen"))),
        row("lc.ahusen", Some((RowAnswer::Keep { until: Some(early) }, "leder.eksempelvik"))),
    ]);
    list.rows[0].until = Some(late);
    list.rows[1].until = Some(late);
    let office = Setting::Appointment {
        person: person("ida.testesen"),
        office: OfficeId::new("register-leader").unwrap(),
        from: date(2015, 1, 1),
        until: None,
    };
    list.settings = vec![SettingRow {
        setting: office,
        answered: Some(Answered { answer: RowAnswer::Keep { until: Some(late) }, by: person("lc.ahusen") }),
    }];
    let (tree, digest) = (list.tree, list.list_digest());
    let answers = list.answers_digest(&person("lc.ahusen"));
    let statement = list.statements("smerteregisteret", &line("lc.ahusen"));
    assert_eq!(
        statement.text(),
        format!(
            "portvakt review statement 2\nregister: smerteregisteret\ntrust: ahus\nquarter: 2026-Q4\nlist made \
             on: 2026-11-20\nlist made from: {tree}\nlist: {digest}\nrows: 7\nkept: 2\nshortened: 2\nshortened \
             row: ola.testesen smerteregisteret 100089 REQ-1: last day 2026-12-31 instead of 2027-03-31\nshortened \
             row: appointment ida.testesen register-leader: last day 2027-03-31 instead of open\nchanged: 1\nended: \
             1\nanswers: {answers}\ndelegates: none\nreviewed by: lc.ahusen\nreviewed on: 2026-11-24\n"
        )
    );
    let first = statement.earlier().unwrap();
    assert!(first.starts_with("portvakt review statement 1\n") && first.contains("\nkept: 4\nchanged: 1\n"));
    assert_eq!(statement.digests().collect::<BTreeSet<_>>().len(), 2);
    // Both versions are about the same answers, so neither can be shown for other days than those that count.
    assert!(first.contains(&format!("answers: {answers}\n")), "{first}");
    // A review that counted by the text of version 1 is still known by that text.
    assert_eq!(statement.texts().count(), 2);
    // If nothing is shortened, there is only one text, that of version 1.
    let other = list.statements("smerteregisteret", &line("per.testesen"));
    assert!(other.text().starts_with("portvakt review statement 1\n"));
    assert_eq!(other.texts().count(), 1);
}

#[test]
fn another_reviewers_answer_leaves_a_statement_as_it_is_and_every_fact_of_the_list_changes_it() {
    let keep = || Some((RowAnswer::Keep { until: None }, "lc.ahusen"));
    let alone = review(vec![row("ola.testesen", keep()), row("lc.ahusen", None)]);
    let statement = alone.statement("r", &line("lc.ahusen"));
    let mut both = alone.clone();
    both.rows[1].answered =
        Some(Answered { answer: RowAnswer::Keep { until: None }, by: person("leder.eksempelvik") });
    assert_eq!(both.statement("r", &line("lc.ahusen")), statement);
    let changes: [&dyn Fn(&mut Review); 11] = [
        &|review| drop(review.rows.pop()),
        &|review| review.rows[1].role = RoleId::new("LC").unwrap(),
        &|review| review.rows[1].until = Some(date(2027, 1, 1)),
        &|review| review.rows[1].from = date(2026, 1, 6),
        &|review| review.rows[1].allows.clear(),
        &|review| review.rows[1].notices.clear(),
        &|review| review.rows[1].approved_on = date(2026, 1, 3),
        &|review| {
            review.rows[0].answered = Some(Answered { answer: RowAnswer::End, by: person("lc.ahusen") })
        },
        &|review| {
            let answer = RowAnswer::Keep { until: Some(date(2027, 1, 1)) };
            review.rows[0].answered = Some(Answered { answer, by: person("lc.ahusen") });
        },
        &|review| review.rows[0].answered = None,
        &|review| review.made = date(2026, 11, 21),
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut other = alone.clone();
        change(&mut other);
        assert_ne!(other.statement("r", &line("lc.ahusen")), statement, "{number}");
    }
}
