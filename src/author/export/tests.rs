//! Reads an export in each of its forms, and checks what no message may repeat.

use jiff::civil::date;
use portvakt_core::diag::Lang;

use super::*;

const TODAY: Date = date(2026, 11, 23);

fn read(text: &str) -> Export {
    read_export(text, &Columns::default(), TODAY).unwrap()
}

fn one(text: &str) -> Application {
    let export = read(text);
    assert!(export.unread.is_empty(), "{:?}", export.unread);
    let [one] = <[Application; 1]>::try_from(export.applications).unwrap();
    one
}

fn expected() -> Application {
    Application {
        number: RequestId::new("REQ-2026-0150").unwrap(),
        name: "Nina Prøvesen".to_owned(),
        units: vec!["100089".to_owned()],
        roles: vec!["LU".to_owned()],
        applications: vec!["smerteregisteret".to_owned()],
        since: Some(date(2026, 11, 18)),
        wrong_day: None,
    }
}

#[test]
fn a_table_is_read_by_the_names_of_its_columns() {
    for text in [
        "request,name,unit,role,application,date\nREQ-2026-0150,Nina Prøvesen,100089,LU,smerteregisteret,2026-11-18\n",
        "\u{feff}Søknadsnummer;Fødselsnummer;Etternavn;Fornavn;Enhet (RESH);RESH-id;Rolle;Applikasjon;Mottatt;E-post\r\nREQ-2026-0150;01017012345;Prøvesen;Nina;Ahus;100089;LU;smerteregisteret;18.11.2026;nina@sykehus.test\r\n",
        "Nummer\tNavn\tUnit\tRole\tSystem\tCreated\nREQ-2026-0150\t\"Prøvesen, Nina\"\t100089\tLU\tsmerteregisteret\t2026-11-18T09:12:00+01:00",
    ] {
        assert_eq!(one(text), expected(), "{text}");
    }
}

#[test]
fn a_pre_authorised_order_is_read_and_only_its_number_name_and_wish_are_kept() {
    let order = |id: &str| {
        format!(
            r#"{{"Id": "{id}", "PersonIdentifier": "01017012345", "FirstName": "Nina", "LastName": "Prøvesen",
                "Phone": "+47 900 00 000", "Email": "nina@sykehus.test", "Created": "2026-11-18T09:12:00Z",
                "Claims": [{{"Type": "http://falk.test/claims/role", "Value": "LU"}},
                           {{"Type": "urn:falk:resh", "Value": 100089}},
                           {{"Type": "application", "Value": "smerteregisteret"}},
                           {{"Type": "hpr", "Value": "1234567"}}]}}"#
        )
    };
    for text in [
        order("REQ-2026-0150"),
        format!("[{}]", order("REQ-2026-0150")),
        format!(r#"{{"total": 1, "orders": [{}]}}"#, order("REQ-2026-0150")),
    ] {
        let read = one(&text);
        assert_eq!(read, expected());
        let kept = format!("{read:?}");
        for gone in ["01017012345", "900 00", "@", "1234567"] {
            assert!(!kept.contains(gone), "{kept}");
        }
    }
    let text = r#"[{"number": "REQ-2026-0150", "name": {"first": "Nina", "last": "Prøvesen"}, "date": "18.11.2026",
        "claims": {"unit": "100089", "role": "LU", "application": ["smerteregisteret"]}}]"#;
    assert_eq!(one(text), expected());
}

#[test]
fn a_number_of_a_person_where_something_else_belongs_is_refused_and_not_repeated() {
    for row in [
        "01017012345,Nina Prøvesen,100089",
        "REQ-1,Nina Prøvesen 010170 12345,100089",
        "REQ-1,Nina Prøvesen,900 00 000",
        "REQ-1,nina@sykehus.test,100089",
        ",Nina Prøvesen,100089",
    ] {
        let export = read(&format!("request,name,unit\n{row}\n"));
        assert!(export.applications.is_empty(), "{row}");
        let [(2, why)] = export.unread.as_slice() else { panic!("{:?}", export.unread) };
        for lang in [Lang::En, Lang::Nb] {
            assert!(!why.get(lang).contains(|c: char| c.is_ascii_digit() || c == '@'), "{why:?}");
        }
    }
}

#[test]
fn rows_of_one_application_are_one_and_those_of_two_people_are_not() {
    let export = read(
        "request;name;application;date\nREQ-1;Nina Prøvesen;smerteregisteret;2026-11-20\nREQ-1;nina prøvesen;rapporteket-smerte;2026-11-18\nREQ-1;Nils Prøvesen;smerteregisteret;2026-11-20\n\n",
    );
    assert_eq!(export.applications.len(), 2);
    let first = &export.applications[0];
    assert_eq!(first.applications, ["smerteregisteret", "rapporteket-smerte"]);
    assert_eq!(first.since, Some(date(2026, 11, 18)));
}

#[test]
fn what_is_no_export_says_so_without_repeating_it() {
    for text in ["", "hello 01017012345", "name,unit\nNina,1\n", "{\"a\": 01017012345", "[1, 2"] {
        let error = read_export(text, &Columns::default(), TODAY).unwrap_err();
        assert!(!error.words().en().contains("01017012345"), "{error}");
    }
    assert_eq!(read("[]"), Export::default());
    // An order may be numbered in any way.
    let id = "550e8400-e29b-41d4-a716-446655440000";
    assert_eq!(one(&format!("[{{\"id\": \"{id}\", \"name\": \"Nina Nyquist\"}}]")).number.as_str(), id);
    assert_eq!(
        one("[{\"id\": 7, \"request\": \"REQ-1\"}]").number.as_str(),
        "REQ-1",
        "the number goes before an id"
    );
    // A cell may hold several values, and it may hold quotation marks.
    let read = one(
        "request,name,application\nREQ-1,\"Nina \"\"N\"\" Prøvesen\",\"smerteregisteret, rapporteket\"\n",
    );
    assert_eq!(read.name, "Nina \"N\" Prøvesen");
    assert_eq!(read.applications, ["smerteregisteret", "rapporteket"]);
}

/// Returns an order in the form of FALK's guide, with the role and the unit of this register.
fn falk(description: &str, orders: &[(&str, &str)]) -> String {
    let order = |(first, last): &(&str, &str)| {
        format!(
            r#"{{"PersonIdentifier": "01017012345", "FirstName": "{first}", "LastName": "{last}", "PhoneNumber": "90000000",
                "Email": "nina@sykehus.test", "Claims": [
                {{"Type": "http://schemas.microsoft.com/ws/2008/06/identity/claims/role", "Value": "LU"}},
                {{"Type": "http://schemas.hemit.no/Hemit/Mqr/Claims/AuthorizedForOrganizationalUnit", "Value": "100089"}}]}}"#
        )
    };
    let orders: Vec<String> = orders.iter().map(order).collect();
    format!(r#"{{"OrderDescription": "{description}", "PreAuthorizedOrders": [{}]}}"#, orders.join(", "))
}

#[test]
fn an_order_of_falk_is_numbered_by_what_it_is_described_with() {
    let nina = ("Nina", "Prøvesen");
    let read_one = one(&falk("REQ-2026-0150", &[nina]));
    assert_eq!(read_one, Application { applications: Vec::new(), since: None, ..expected() });
    // A number serves one person, so several have one each.
    let export = read(&falk("REQ-2026-0150", &[nina, ("Nils", "Prøvesen")]));
    let numbers: Vec<&str> = export.applications.iter().map(|one| one.number.as_str()).collect();
    assert_eq!(numbers, ["REQ-2026-0150-1", "REQ-2026-0150-2"]);
    // Words are not a number, and no number is made up.
    for described in ["This is an order", "", "01017012345"] {
        let export = read(&falk(described, &[nina]));
        assert!(export.applications.is_empty() && export.unread.len() == 1, "{described}");
    }
}

#[test]
fn columns_that_are_called_otherwise_are_named() {
    let columns = Columns::read("number=Saksnr\n\n unit = Avd. kode \nfirst-name=Kallenavn\n").unwrap();
    let table = "Saksnr;id;Kallenavn;Etternavn;Avd. kode;Enhet;Rolle;Applikasjon;Mottatt\nREQ-2026-0150;7;Nina;Prøvesen;100089;Ahus;LU;smerteregisteret;18.11.2026\n";
    let export = read_export(table, &columns, TODAY).unwrap();
    // A named kind is only read from the named columns, so `Enhet` is not a unit any more.
    assert_eq!(export.applications, [expected()]);
    let order = r#"[{"saksnr": "REQ-2026-0150", "name": "Nina Prøvesen", "claims": {"avdkode": 100089, "role": "LU",
        "application": "smerteregisteret"}, "date": "2026-11-18"}]"#;
    assert_eq!(read_export(order, &columns, TODAY).unwrap().applications, [expected()]);
    for wrong in ["number", "number=", "=Saksnr", "nummer=Saksnr", "number=--"] {
        let error = Columns::read(wrong).unwrap_err();
        assert!(error.words().en().contains("first-name"), "{wrong}: {error}");
    }
    assert_eq!(Columns::read(""), Ok(Columns::default()));
}

#[test]
fn a_wrong_day_is_told_as_wrong_and_not_as_missing() {
    let read_one = |typed: &str| one(&format!("request,date\nREQ-1,{typed}\n"));
    for (typed, said) in [
        ("11/18/2026", "month first"),
        ("3/4/2026", "month first"),
        ("2026-11-24", "still to come"),
        ("2026-02-30", "no such day"),
        ("01017012345", "no such day"),
    ] {
        let read = read_one(typed);
        assert_eq!(read.since, None, "{typed}");
        let why = read.wrong_day.unwrap();
        assert!(why.en().contains(said) && !why.en().contains(typed), "{why:?}");
    }
    let read = read_one("");
    assert_eq!((read.since, read.wrong_day), (None, None));
}

#[test]
fn a_row_is_numbered_as_a_spreadsheet_shows_it() {
    let export = read("request;name\nREQ-1;Nina\n\n;Nora\n");
    assert_eq!(export.unread.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [4]);
    let export = read(r#"[{"request": "REQ-1"}, {"request": ""}]"#);
    assert_eq!(export.unread.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_quotation_mark_swallows_no_applications() {
    let head = "request;name;unit\nREQ-1;Nina;100089\n";
    for (rows, at) in [
        ("REQ-2;\"Nora;100089\nREQ-3;Nils;100089\n", "row 3"),
        ("REQ-2;\"Nora;100089\nREQ-3;\"Nils\";100089\n", "row 3"),
        ("REQ-2;\"Nora\nNyquist\";100089\n", "row 3"),
        ("REQ-2;Nora;100089\nREQ-3;Nils\n", "row 4"),
        ("REQ-2;Nora;100089;\n", "row 3"),
    ] {
        let error = read_export(&format!("{head}{rows}"), &Columns::default(), TODAY).unwrap_err();
        assert!(error.words().en().contains(at), "{rows}: {error}");
    }
}
