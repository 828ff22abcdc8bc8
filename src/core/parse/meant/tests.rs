//! Tests values in another form, each with the value that is guessed for it.

use super::*;
use crate::model::{PersonId, RequestId, TrustId};

#[test]
fn a_name_is_read_as_the_id_it_means() {
    for (written, meant) in [
        ("Kristin Skinnvik", "kristin.skinnvik"),
        ("Ylva.Nyansatt", "ylva.nyansatt"),
        ("bjørn.testesen", "bjorn.testesen"),
        ("Åse Mønster-Værdal", "ase.monster-vaerdal"),
        ("Skinnvik, Kristin", "kristin.skinnvik"),
        ("kristin_skinnvik", "kristin.skinnvik"),
        ("kristin.skinnvik.yaml", "kristin.skinnvik"),
        ("Kristin.Skinnvik@example.org", "kristin.skinnvik"),
        ("“kristin.skinnvik”", "kristin.skinnvik"),
        ("kristin.\u{200b}skinnvik", "kristin.skinnvik"),
        ("K. Skinnvik", "k.skinnvik"),
        ("Liv O'Testesen", "liv.otestesen"),
        ("kari–ann.testesen", "kari-ann.testesen"),
        ("Kristin Skinnvik (kristin.skinnvik)", "kristin.skinnvik"),
        ("K. A. Skinnvik (Kristin.Skinnvik)", "kristin.skinnvik"),
    ] {
        assert_eq!(id(written, PersonId::new, '.').as_deref(), Some(meant), "{written}");
    }
    for written in ["", "???", "Kari (LIS)", "кари", "Kari…"] {
        assert_eq!(id(written, PersonId::new, '.'), None, "{written}");
    }
    assert_eq!(id("REQ 2026 0113", RequestId::new, '-').as_deref(), Some("REQ-2026-0113"));
    assert_eq!(id("REQ–2026–0113", RequestId::new, '-').as_deref(), Some("REQ-2026-0113"));
    assert_eq!(id("REQ-1 @team", RequestId::new, '-').as_deref(), Some("REQ-1"));
    assert_eq!(id("Helse Bergen", TrustId::new, '-').as_deref(), Some("helse-bergen"));
}

#[test]
fn two_are_never_joined_to_one() {
    for written in [
        "lc.ahusen, nasjonal.eksempelvik",
        "lc.ahusen og nasjonal.eksempelvik",
        "lc.ahusen nasjonal.eksempelvik",
        "lc.ahusen; nasjonal.eksempelvik",
        "lc.ahusen/nasjonal.eksempelvik",
        "lc.ahusen@example.org, nasjonal.eksempelvik@example.org",
        "Leder Eksempelvik, registerleder",
        "Leder Eksempelvik, Registerleder",
        "Kari Testesen og Liv Testesen",
        "lc.ahusen registerleder",
        "Testesen, Kari, Liv",
        "lc.ahusen (nasjonal.eksempelvik)",
        "Kari Testesen og Liv Testesen (liv.testesen)",
        "Kari Testesen (kari.testesen, liv.testesen)",
    ] {
        assert!(several(written, '.'), "{written}");
        assert_eq!(id(written, PersonId::new, '.'), None, "{written}");
    }
    for written in [
        "REQ-NY, REQ-2",
        "REQ-1 og REQ-2",
        "REQ-1 REQ-2",
        "REQ1 REQ2",
        "REQ-NY REQ-2",
        "2026 0113",
        "REQ-1, 2",
    ] {
        assert!(several(written, '-'), "{written}");
        assert_eq!(id(written, RequestId::new, '-'), None, "{written}");
    }
    for one in ["Kari Testesen", "K.A. Testesen", "Skinnvik, Kristin", "kari.testesen", "Kari Åse Testesen"]
    {
        assert!(!several(one, '.'), "{one}");
    }
    for one in ["REQ 2026 0113", "REQ-2026-0113", "Helse Bergen", "Møre og Romsdal", "lege i spesialisering"]
    {
        assert!(!several(one, '-'), "{one}");
    }
}

#[test]
fn the_name_of_a_copy_says_of_what() {
    for name in ["ny.testesen - Kopi", "ny.testesen - Kopi (2)", "ny.testesen (1)", "Copy of ny.testesen"] {
        assert_eq!(copy_of(name), Some("ny.testesen"), "{name}");
    }
    for name in ["Ny Testesen", "ny testesen", "kopi", "Ny.Testesen"] {
        assert_eq!(copy_of(name), None, "{name}");
    }
}

#[test]
fn a_day_is_read_in_every_order_that_means_one_day() {
    for written in [
        "2026-1-5",
        "2026–01–05",
        "2026/01/05",
        "2026.1.5",
        "2026 01 05",
        "20260105",
        "05012026",
        "5.1.2026",
        "5-1-2026",
        "5.1.26",
        "5. januar 2026",
        "5 Jan 2026",
        "2026-01-05T00:00:00",
        "2026-01-05 08:30",
        "“2026-01-05”",
    ] {
        assert_eq!(day(written).map(|day| day.to_string()).as_deref(), Some("2026-01-05"), "{written}");
    }
    for (written, meant) in
        [("1/31/2026", "2026-01-31"), ("28/8/2026", "2026-08-28"), ("05/05/2026", "2026-05-05")]
    {
        assert_eq!(day(written).map(|day| day.to_string()).as_deref(), Some(meant), "{written}");
    }
    for written in ["soon", "2026-13-45", "2026-02-30", "~", "yes", "2026-W01-1", "5.1.6", "0226-01-05", "12"]
    {
        assert_eq!(day(written), None, "{written}");
    }
}

#[test]
fn a_day_that_may_be_another_is_not_guessed() {
    for (written, may) in [
        ("27-02-01", &["2027-02-01", "2001-02-27"][..]),
        ("26-11-23", &["2026-11-23", "2023-11-26"]),
        ("26–11–23", &["2026-11-23", "2023-11-26"]),
        ("26 11 23", &["2026-11-23", "2023-11-26"]),
        ("26-nov-23", &["2026-11-23", "2023-11-26"]),
        ("31-02-27", &["2031-02-27"]),
        ("5-1-26", &["2026-01-05"]),
        ("03/04/2026", &["2026-04-03", "2026-03-04"]),
        ("05/01/2026", &["2026-01-05", "2026-05-01"]),
        ("03/04/26", &["2003-04-26", "2026-04-03", "2026-03-04"]),
    ] {
        let Day::May(found) = days(written) else { panic!("{written}: {:?}", days(written)) };
        assert_eq!(found.iter().map(ToString::to_string).collect::<Vec<_>>(), may, "{written}");
        assert_eq!(day(written), None, "{written}");
    }
}

#[test]
fn a_number_is_found_among_words() {
    let known = |number: u32| [100_082, 100_083, 0].contains(&number);
    for written in
        ["100083 Stavanger", "Stavanger (100083)", "100 083", "100\u{a0}083", "RESH100083", "0100083"]
    {
        assert_eq!(number(written, known), Some(100_083), "{written}");
    }
    for written in ["Stavanger", "100082 100083", "1000831", ""] {
        assert_eq!(number(written, known), None, "{written}");
    }
}
