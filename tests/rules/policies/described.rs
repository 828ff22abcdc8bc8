//! Tests how two schemas describe the same request. Equal parts can be compared. A part that one schema lacks is asked
//! of one set. All other differences are named.

use std::collections::BTreeMap;

use portvakt_core::diag::Lang;
use portvakt_core::model::FilePath;
use portvakt_core::policy::{Described, OtherWords, Policies, WordSet};
use portvakt_core::proof::{DifferenceWay, PolicyDifference, PolicyEffect, ProofVerdict, changed};

use super::fixture;

fn edited(from: &str, to: &str) -> Policies {
    Policies::load(&fixture::edited(fixture::SCHEMA, from, to)).unwrap()
}

/// Returns how the requests of each action are described after a change.
fn described(after: &Policies, before: &Policies) -> BTreeMap<String, Described> {
    let all = after.described(before).unwrap();
    all.into_iter().map(|(kind, how)| (kind.action, how)).collect()
}

/// The actions that are not described alike.
fn differ(after: &Policies, before: &Policies) -> BTreeMap<String, Described> {
    let all = described(after, before);
    all.into_iter().filter(|(_, how)| *how != Described::Alike).collect()
}

fn each(actions: &[&str], how: &Described) -> BTreeMap<String, Described> {
    actions.iter().map(|action| ((*action).to_owned(), how.clone())).collect()
}

const ABOUT_ACCESS: [&str; 3] = ["change", "grant", "revoke"];
const ABOUT_RECORDS: [&str; 8] = [
    "change-consent",
    "read-course",
    "read-national",
    "register-form",
    "register-reservation",
    "remove-consent",
    "save-form",
    "unlock-form",
];

/// Returns the schema with one more action.
fn printing() -> Policies {
    edited("\"register-reservation\" appliesTo", "\"register-reservation\", \"print-form\" appliesTo")
}

#[test]
fn words_that_no_request_has_change_no_description() {
    let now = fixture::policies();
    assert_eq!(described(&now, &now).len(), 15);
    for (from, to) in [
        ("// Places and employers, named", "// Employers and places, named"),
        ("entity Watch;", "entity Watch;\n\nentity Ward in [Trust];"),
        // A type that has a name, and the same type without one.
        (
            "    trust: AtTrust,\n}",
            "    trust: {\n        id: Trust,\n        kind: TrustKind,\n        host: Bool,\n    },\n}",
        ),
    ] {
        let other = edited(from, to);
        for (after, before) in [(&now, &other), (&other, &now)] {
            assert_eq!(differ(after, before), BTreeMap::new(), "{to}");
        }
    }
}

#[test]
fn an_action_that_one_schema_alone_has_appears_or_disappears() {
    let (now, other) = (fixture::policies(), printing());
    assert_eq!(differ(&other, &now), each(&["print-form"], &Described::Appears));
    assert_eq!(differ(&now, &other), each(&["print-form"], &Described::Disappears));
}

#[test]
fn a_fact_that_the_other_policies_cannot_ask_for_is_told_besides() {
    let now = fixture::policies();
    let older = edited("    others: Others,\n", "");
    let fact = || vec!["resource.others".to_owned()];
    assert_eq!(differ(&now, &older), each(&ABOUT_ACCESS, &Described::MoreTold(fact())));
    assert_eq!(differ(&older, &now), each(&ABOUT_ACCESS, &Described::LessTold(fact())));
    // If the policies with the fact ask for it, the others cannot be compared.
    let mut files = fixture::edited(fixture::SCHEMA, "    others: Others,\n", "    others?: Others,\n");
    let path = FilePath::new(fixture::ADMINISTRATION);
    let asks = "\n@id(\"asks\")\n@rule(\"R1\")\n@says(\"Asks.\")\n@says_nb(\"Spør.\")\nforbid (principal is Administrator, action == Action::\"grant\", resource is Access)\nwhen { resource has others && resource.role == Role::\"SC\" };\n";
    let text = String::from_utf8(files[&path].to_vec()).unwrap() + asks;
    files.insert(path, text.into_bytes().into());
    let asking = Policies::load(&files).unwrap();
    assert_eq!(differ(&older, &asking), each(&ABOUT_ACCESS, &Described::LessTold(fact())));
    assert_eq!(differ(&asking, &older), each(&ABOUT_ACCESS, &Described::MoreTold(fact())));
    assert_eq!(
        differ(&asking, &now),
        each(&ABOUT_ACCESS, &Described::Otherwise(fact())),
        "one that may be missing is another fact than one that may not"
    );
}

/// Returns the schema with one more role.
fn role_more() -> Policies {
    edited("entity Role enum [\"SC\", \"LC\", \"LU\"];", "entity Role enum [\"SC\", \"XX\", \"LC\", \"LU\"];")
}

/// A set in which words of this type may stand, with those that both schemas have.
fn set(fact: &str, kind: &str, known: &[&str]) -> WordSet {
    let known = known.iter().map(|id| (*id).to_owned()).collect();
    WordSet { fact: fact.to_owned(), kind: Some(kind.to_owned()), known }
}

fn words(condition: &str, sets: &[WordSet]) -> OtherWords {
    OtherWords {
        words: vec!["Role::\"XX\"".to_owned()],
        condition: Some(condition.to_owned()),
        sets: sets.to_vec(),
        left: Vec::new(),
    }
}

#[test]
fn a_word_that_one_schema_alone_has_is_told_with_where_it_may_stand() {
    let (now, role) = (fixture::policies(), role_more());
    let entries = WordSet { fact: "resource.others.entries".to_owned(), kind: None, known: Vec::new() };
    let roles = set("resource.others.roles", "Role", &["LC", "LU", "SC"]);
    let access = words("resource.role == Role::\"XX\"", &[entries, roles]);
    let record = words("principal.role == Role::\"XX\"", &[]);
    for (after, before, how) in [
        (&role, &now, Described::MoreWords as fn(OtherWords) -> Described),
        (&now, &role, Described::LessWords as fn(OtherWords) -> Described),
    ] {
        let mut expected = each(&ABOUT_ACCESS, &how(access.clone()));
        expected.extend(each(&ABOUT_RECORDS, &how(record.clone())));
        assert_eq!(differ(after, before), expected);
    }
    // The order of the words says nothing.
    let order =
        edited("entity Role enum [\"SC\", \"LC\", \"LU\"];", "entity Role enum [\"LU\", \"LC\", \"SC\"];");
    assert_eq!(differ(&order, &now), BTreeMap::new());
    // One word for another is neither more nor less.
    let [one, other] = ["XX", "YY"].map(|id| {
        edited(
            "entity Role enum [\"SC\", \"LC\", \"LU\"];",
            &format!("entity Role enum [\"SC\", \"LC\", \"LU\", \"{id}\"];"),
        )
    });
    let both = [&ABOUT_ACCESS[..], &ABOUT_RECORDS].concat();
    assert_eq!(differ(&one, &other), each(&both, &Described::Otherwise(vec!["Role".to_owned()])));
}

/// Returns the schema with one more office, which stands in sets alone.
fn office_more() -> Policies {
    edited("\"ict-administrator\"];", "\"ict-administrator\", \"auditor\"];")
}

/// Returns the policies with one more that asks whether two sets are the same.
fn comparing_sets() -> Policies {
    let mut files = fixture::files();
    let path = FilePath::new(fixture::ADMINISTRATION);
    let asks = "\n@id(\"asks\")\n@rule(\"R1\")\n@says(\"Asks.\")\n@says_nb(\"Spør.\")\nforbid (principal is Administrator, action == Action::\"grant\", resource is Access)\nwhen { principal.offices == resource.offices && resource.role == Role::\"SC\" };\n";
    let text = String::from_utf8(files[&path].to_vec()).unwrap() + asks;
    files.insert(path, text.into_bytes().into());
    Policies::load(&files).unwrap()
}

#[test]
fn a_word_in_sets_is_taken_out_unless_the_policies_without_it_compare_sets() {
    let (now, office) = (fixture::policies(), office_more());
    let known = ["ict-administrator", "national-coordinator", "register-leader", "system-manager"];
    let (own, others) =
        (set("principal.offices", "Office", &known), set("resource.offices", "Office", &known));
    let of = |sets: &[&WordSet], left: &[&str]| {
        Described::MoreWords(OtherWords {
            words: vec!["Office::\"auditor\"".to_owned()],
            condition: None,
            sets: sets.iter().map(|set| (*set).clone()).collect(),
            left: left.iter().map(|fact| (*fact).to_owned()).collect(),
        })
    };
    let mut expected = each(&ABOUT_ACCESS, &of(&[&own, &others], &[]));
    expected.extend(each(&["attest", "release", "suspend"], &of(&[&own], &[])));
    assert_eq!(differ(&office, &now), expected);
    // It is not known what a new word changes about sets that are the same, or not.
    let comparing = comparing_sets();
    expected.extend(each(&["grant"], &of(&[], &["principal.offices", "resource.offices"])));
    assert_eq!(differ(&office, &comparing), expected);
}

#[test]
fn a_word_in_a_fact_that_may_be_missing_is_asked_for_where_the_fact_is_there() {
    let with = |ids: &str| {
        let more = format!("entity Shift enum [{ids}];\n\nentity Access {{\n    shift?: Shift,\n");
        edited("entity Access {\n", &more)
    };
    let (fewer, more) = (with("\"day\""), with("\"day\", \"night\""));
    let words = OtherWords {
        words: vec!["Shift::\"night\"".to_owned()],
        condition: Some("resource has shift && resource.shift == Shift::\"night\"".to_owned()),
        sets: Vec::new(),
        left: Vec::new(),
    };
    assert_eq!(differ(&more, &fewer), each(&ABOUT_ACCESS, &Described::MoreWords(words)));
}

#[test]
fn facts_inside_others_and_types_above_others_are_described_otherwise() {
    let now = fixture::policies();
    let unit = edited("    national: Bool,\n", "    national: Bool,\n    ward?: Bool,\n");
    let of = |whose: &str| Described::Otherwise(vec![format!("{whose}.unit")]);
    let mut expected = each(&ABOUT_ACCESS, &of("resource"));
    expected.extend(each(&ABOUT_RECORDS, &of("principal")));
    assert_eq!(differ(&unit, &now), expected);
    // The parents of a type say which things are in which.
    let above = edited("entity Employer;", "entity Employer in [Trust];");
    let employer = Described::Otherwise(vec!["Employer".to_owned()]);
    assert_eq!(differ(&above, &now), each(&ABOUT_ACCESS, &employer));
}

fn change(action: &str, way: DifferenceWay, verdict: ProofVerdict) -> PolicyDifference {
    PolicyDifference { way, advice: None, action: action.to_owned(), role: None, verdict }
}

fn told(changed: &PolicyEffect, lang: Lang) -> String {
    changed.known().iter().map(|told| format!("{}\n", told.get(lang))).collect()
}

const SAME: &str = "The policies decide the same for every request.";

#[test]
fn an_action_that_comes_or_goes_is_told_with_what_is_permitted_of_it() {
    let (now, other, register) = (fixture::policies(), printing(), fixture::register());
    for (sides, way, verdict, en, nb) in [
        (
            [&now, &other],
            DifferenceWay::More,
            ProofVerdict::Fails(None),
            "New in the schema: `print-form`, which nobody could ask for before. The changed policies permit it to those who are told here.",
            "Nytt i skjemaet: `print-form`, som ingen kunne be om før. De endrede tilgangsreglene tillater det for dem",
        ),
        ([&now, &other], DifferenceWay::More, ProofVerdict::Holds, "permit it to nobody", "ikke for noen"),
        (
            [&other, &now],
            DifferenceWay::Less,
            ProofVerdict::Fails(None),
            "Gone from the schema: `print-form`, which nobody can ask for any more. The policies before permitted it to those",
            "Borte fra skjemaet: `print-form`, som ingen kan be om lenger. Tilgangsreglene som gjaldt før, tillot det for dem",
        ),
        ([&other, &now], DifferenceWay::Less, ProofVerdict::Holds, "permitted it to nobody", "ikke for noen"),
    ] {
        let same = verdict == ProofVerdict::Holds;
        let changed = changed(&[change("print-form", way, verdict)], &register, sides);
        assert!(changed.schema_differs && !changed.left_out && !changed.is_nothing(), "{changed:?}");
        let (english, norwegian) = (told(&changed, Lang::En), told(&changed, Lang::Nb));
        assert!(english.contains(en), "`{en}` is not in {english}");
        assert!(norwegian.contains(nb), "`{nb}` is not in {norwegian}");
        assert_eq!(english.contains(SAME), same, "{english}");
    }
    // A question that nobody has asked has no result.
    let nothing =
        changed(&[change("grant", DifferenceWay::More, ProofVerdict::Holds)], &register, [&now, &other]);
    let english = told(&nothing, Lang::En);
    assert!(nothing.left_out && !english.contains("the same for every request"), "{english}");
    assert!(english.contains("was not computed. That does not mean that they permit nothing."), "{english}");
}

#[test]
fn what_was_left_out_is_named_and_nothing_is_called_the_same() {
    let (now, register) = (fixture::policies(), fixture::register());
    let above = edited("entity Employer;", "entity Employer in [Trust];");
    let same = [change("grant", DifferenceWay::More, ProofVerdict::Holds)];
    let left = changed(&same, &register, [&now, &above]);
    let english = told(&left, Lang::En);
    assert!(left.left_out && !english.contains("the same for every request"), "{english}");
    let words = "Left out: the schema describes requests of `change`, `grant`, `revoke` otherwise than before (`Employer`).";
    assert!(english.contains(words), "{english}");
    assert!(told(&left, Lang::Nb).contains("Utelatt: skjemaet beskriver forespørsler om `change`, "));
    let older = edited("    others: Others,\n", "");
    let known = changed(&same, &register, [&older, &now]);
    let english = told(&known, Lang::En);
    assert!(!known.left_out && english.contains(SAME), "{english}");
    let words = "New in the schema: `resource.others`, which the policies before do not ask for. Requests of `change`, `grant`, `revoke` were compared";
    assert!(english.contains(words), "{english}");
    let english = told(&changed(&same, &register, [&now, &older]), Lang::En);
    assert!(english.contains("Gone from the schema: `resource.others`"), "{english}");

    let role = role_more();
    for (sides, words) in [
        ([&now, &role], "New in the schema: `Role::\"XX\"`. Nobody could use it before"),
        ([&role, &now], "Gone from the schema: `Role::\"XX\"`. Nobody can use it any more"),
    ] {
        let found = changed(&same, &register, sides);
        let english = told(&found, Lang::En);
        assert!(!found.left_out && english.contains(SAME), "{english}");
        assert_eq!(english.matches(words).count(), 1, "{english}");
        let taken_out = "Requests of `change`, `grant`, `revoke` with such a word in `resource.others.entries`, `resource.others.roles` were compared with the same requests without it there.";
        assert!(english.contains(taken_out) && !english.contains("Left out"), "{english}");
    }
    let left = changed(&same, &register, [&comparing_sets(), &office_more()]);
    let english = told(&left, Lang::En);
    assert!(left.left_out && !english.contains(SAME), "{english}");
    let words =
        "Left out: such a word in `principal.offices`, `resource.offices`, where it is about `grant`.";
    assert_eq!((english.matches("Left out").count(), english.contains(words)), (1, true), "{english}");
    assert!(told(&left, Lang::Nb).contains("Utelatt: et slikt ord i `principal.offices`"));
}
