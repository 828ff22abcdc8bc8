//! Reads days in the forms that people type, and guesses none.

use super::*;

#[test]
fn a_day_is_read_in_the_forms_people_use() {
    let today = date(2026, 11, 29);
    let end = date(2027, 1, 31);
    for (typed, meant) in [
        ("2027-02-01", date(2027, 2, 1)),
        ("2027-2-1", date(2027, 2, 1)),
        ("1.2.27", date(2027, 2, 1)),
        (" 01.02.2027 ", date(2027, 2, 1)),
        ("13/2/27", date(2027, 2, 13)),
        ("31/12/2026", date(2026, 12, 31)),
        ("3/3/2027", date(2027, 3, 3)),
        ("1/2", date(2027, 2, 1)),
        ("1/2-27", date(2027, 2, 1)),
        ("1/2 - 2027", date(2027, 2, 1)),
        ("1.2.", date(2027, 2, 1)),
        ("1.2", date(2027, 2, 1)),
        ("29.11", date(2026, 11, 29)),
        ("28.11.", date(2027, 11, 28)),
        ("29.2.", date(2028, 2, 29)),
        ("1. februar 2027", date(2027, 2, 1)),
        ("1. Feb 27", date(2027, 2, 1)),
        ("February 1, 2027", date(2027, 2, 1)),
        ("1 mai", date(2027, 5, 1)),
        ("31. desember", date(2026, 12, 31)),
        ("i dag", today),
        ("today", today),
        ("I morgen", date(2026, 11, 30)),
        ("+3 months", date(2027, 4, 30)),
        ("+3m", date(2027, 4, 30)),
        ("+3 måneder", date(2027, 4, 30)),
        ("+3 mnd", date(2027, 4, 30)),
        ("om 2 uker", date(2027, 2, 14)),
        ("om en måned", date(2027, 2, 28)),
        ("in a week", date(2027, 2, 7)),
        ("I overmorgen", date(2026, 12, 1)),
        ("+1 år", date(2028, 1, 31)),
        ("+10 days", date(2027, 2, 10)),
    ] {
        assert_eq!(day(typed, today, end), Ok(meant), "{typed}");
    }
}

#[test]
fn a_month_that_stands_first_is_named_and_not_taken_for_a_day() {
    let today = date(2026, 11, 29);
    let told = |typed: &str| {
        let error = day(typed, today, today).unwrap_err();
        assert!(error.may_be_american(), "{typed}");
        error.words().get(portvakt_core::diag::Lang::Nb).to_owned()
    };
    for (typed, usual) in [
        ("12/31/2026", "31.12.2026, eller som 2026-12-31"),
        ("3/14/2027", "14.3.2027, eller som 2027-03-14"),
        ("03/14/27", "14.3.2027, eller som 2027-03-14"),
        ("12.31.2026", "31.12.2026, eller som 2026-12-31"),
        ("12/31", "31.12.2026, eller som 2026-12-31"),
    ] {
        let why = told(typed);
        assert!(why.contains("har måneden først") && why.contains(usual), "{typed}: {why}");
    }
    for typed in ["3/4/2027", "03/04/27"] {
        let why = told(typed);
        assert!(why.contains("3.4.2027, med dagen først, eller 4.3.2027, med måneden først"), "{why}");
    }
    for typed in ["31/2/27", "13/13/27", "1/2/3/27", "1/2/1027", "soon", "12/31-26"] {
        assert!(!day(typed, today, today).unwrap_err().may_be_american(), "{typed}");
    }
}

#[test]
fn a_day_without_a_year_that_has_just_been_is_that_day() {
    let today = date(2026, 11, 29);
    for (typed, meant) in [
        ("28.11.", date(2026, 11, 28)),
        ("29.11.", today),
        ("30.11.", date(2026, 11, 30)),
        ("1. juni", date(2026, 6, 1)),
        ("1. mai", date(2027, 5, 1)),
        ("1.1.", date(2027, 1, 1)),
        ("1.1.26", date(2026, 1, 1)),
        ("2027-11-28", date(2027, 11, 28)),
        ("i går", date(2026, 11, 28)),
        ("+7 months", date(2027, 6, 29)),
    ] {
        assert_eq!(nearest_day(typed, today), Ok(meant), "{typed}");
    }
    assert!(nearest_day("soon", today).is_err());
}

#[test]
fn what_is_no_day_or_could_mean_two_is_refused() {
    let today = date(2026, 11, 29);
    for typed in [
        "",
        "soon",
        "31.2.27",
        "2027-13-01",
        "1.13.27",
        "1-2-27",
        "010227",
        "1/2-27-3",
        "om en",
        "27-02-01",
        "1.2.027",
        "1.2.0027",
        "1.2.3027",
        "+3",
        "+ months",
        "+-3 months",
        "+99999999999999999999 days",
        "3 months",
        "1. ma",
        "1/2/27",
        "13 13 27",
        "1.2.27.3",
        "١.٢.٢٧",
        "2027-02-01T00:00",
    ] {
        let told = day(typed, today, today);
        assert!(told.is_err(), "{typed}: {told:?}");
    }
}

#[test]
fn a_day_behind_its_day_of_the_week_is_written_out() {
    let today = date(2026, 9, 1);
    for typed in
        ["torsdag 29. oktober 2026", "Thursday, October 29 2026", "tor. 29.10.2026", "torsdag 29.10."]
    {
        let words = day(typed, today, today).unwrap_err().words();
        assert!(words.en().ends_with("write it as 2026-10-29"), "{words:?}");
        assert!(words.get(portvakt_core::diag::Lang::Nb).ends_with("skriv den som 2026-10-29"), "{words:?}");
    }
    let words = day("fredag 29. oktober 2026", today, today).unwrap_err().words();
    assert!(words.en().contains("write it as 1.2.27"), "{words:?}");
}
