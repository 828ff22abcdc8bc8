//! A change of the policies is told in each direction.

use portvakt_core::diag::{Code, Lang};
use portvakt_core::policy::Policies;
use portvakt_core::proof::{DifferenceWay, Example, ExampleEntity, May, ProofVerdict, Unsure, changed};
use serde_json::json;

use super::{change, entity, grant, sentences, shows, tells};
use crate::policies::fixture;

const SAME: &str = "The policies decide the same for every request.";
const SAME_ADVICE: &str = "The advice is the same for every request.";

#[test]
fn a_change_is_told_in_each_direction_and_nothing_changed_is_said_too() {
    let (policies, register) = (fixture::policies(), fixture::register());
    let example = grant(&["system-manager"], &[], &json!({}), &json!({}));
    let all = [
        change(DifferenceWay::More, None, Some("LU"), shows(&example)),
        change(DifferenceWay::More, None, Some("LC"), ProofVerdict::Holds),
        change(DifferenceWay::Less, None, Some("SC"), ProofVerdict::Fails(None)),
    ];
    let told = changed(&all, &register, [&policies, &policies]);
    assert_eq!((told.more.len(), told.less.len(), told.unsure.len()), (1, 1, 0));
    assert!(!told.is_nothing());
    assert_eq!(
        sentences(&all, Lang::En),
        [
            "Whoever is system manager (`system-manager`) could now approve access as LU in smerteregisteret at a health trust for a health worker, employed there.",
            "Whoever could approve access as SC could do so no longer; there is no example to show.",
            SAME_ADVICE,
        ]
    );
    assert_eq!(sentences(&all[1..2], Lang::En), [SAME, SAME_ADVICE]);
    let less = change(DifferenceWay::Less, None, Some("LU"), shows(&example));
    assert!(
        sentences(&[less], Lang::Nb)[0]
            .contains(", kan ikke lenger godkjenne tilgang som LU i smerteregisteret")
    );
}

#[test]
fn a_schema_that_differs_is_told_and_nothing_is_called_the_same() {
    let (before, register) = (fixture::policies(), fixture::register());
    let edited =
        |from, to| Policies::load(&fixture::edited("policies/schema.cedarschema", from, to)).unwrap();
    let same = [change(DifferenceWay::More, None, None, ProofVerdict::Holds)];
    // Comments and layout of a schema say nothing.
    let laid_out = edited("// Places and employers, named", "// Employers and places,\n\n// named");
    let told = changed(&same, &register, [&before, &laid_out]);
    assert!(told.is_nothing() && told.known().len() == 2, "{told:?}");
    let other = edited("entity Employer;", "entity Employer in [Trust];");
    for sides in [[&before, &other], [&other, &before]] {
        let told = changed(&same, &register, sides);
        assert!(!told.is_nothing());
        for (lang, words) in [
            (Lang::En, "what the schema changes by itself was not computed"),
            (Lang::Nb, "hva skjemaet alene endrer, er ikke beregnet"),
        ] {
            let known = told.known();
            let [only] = known.as_slice() else { panic!("{known:?}") };
            assert!(only.get(lang).contains(words), "{known:?}");
        }
    }
}

#[test]
fn what_is_not_known_is_never_told_as_the_same() {
    let (policies, register) = (fixture::policies(), fixture::register());
    for advice in [None, Some("more-than-one-sc")] {
        let unsure = [change(DifferenceWay::More, advice, None, ProofVerdict::Unsure(Unsure::Unknown))];
        assert_eq!(sentences(&unsure, Lang::En), Vec::<String>::new());
        let told = changed(&unsure, &register, [&policies, &policies]);
        assert!(!told.is_nothing() && told.unsure[0].code == Code::NotProved);
        let words = told.unsure[0].message.get(Lang::En);
        assert_eq!(
            words.contains("the advice `more-than-one-sc` comes for the same requests"),
            advice.is_some()
        );
    }
}

#[test]
fn who_could_approve_their_own_access_is_told_in_one_sentence() {
    let own = grant(&[], &["B"], &json!({}), &json!({"self": true}));
    assert_eq!(
        tells(&own, May::Now),
        [
            "Whoever is register coordinator of the trust it is about could now approve their own access: LU in smerteregisteret at a health trust (a health worker, employed there).",
            "Den som er registerkoordinator ved helseforetaket det gjelder, kan nå godkjenne sin egen tilgang: LU i smerteregisteret ved et helseforetak (helsepersonell, ansatt der).",
        ]
    );
}

#[test]
fn an_advice_that_comes_for_other_requests_is_told_once_with_an_example() {
    let sc = grant(&["register-leader"], &[], &json!({"role": entity("Role", "SC")}), &json!({}));
    let advice = Some("more-than-one-sc");
    let all = [
        change(DifferenceWay::More, advice, None, shows(&sc)),
        change(DifferenceWay::More, advice, None, shows(&sc)),
    ];
    let told = sentences(&all, Lang::En);
    assert_eq!((told.len(), told[0].as_str()), (2, SAME), "{told:?}");
    for words in [
        "The advice `more-than-one-sc` could now come where it did not: More than one person would hold SC",
        "For example: Whoever is register leader (`register-leader`) wants to approve access as SC in smerteregisteret",
    ] {
        assert!(told[1].contains(words), "`{words}` is not in {told:?}");
    }
    // Nobody asks if the program looks at a trust by itself.
    let watch = Example {
        principal: ExampleEntity { kind: "Watch".to_owned(), facts: json!({}) },
        action: "inspect".to_owned(),
        resource: ExampleEntity {
            kind: "UserList".to_owned(),
            facts: json!({"trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "trust"), "host": false}}),
        },
        context: json!({"users": 1, "coordinators": 0, "coordinatorsBefore": 1}),
        decided_by: Vec::new(),
    };
    let less = [change(DifferenceWay::Less, Some("last-administrator-leaves"), None, shows(&watch))];
    let told = sentences(&less, Lang::Nb);
    assert!(told[1].starts_with("Rådet `last-administrator-leaves` kan ikke lenger komme der det kom før: "));
    assert!(
        told[1].ends_with("For eksempel: Ved et helseforetak: 1 person med tilgang; koordinatorer (LC): 0, og før endringen 1."),
        "{told:?}"
    );
}

#[test]
fn comments_and_layout_change_nothing_and_a_word_does() {
    let before = fixture::policies();
    let edited = |path, from, to| Policies::load(&fixture::edited(path, from, to)).unwrap();
    let path = "policies/administration.cedar";
    let commented = edited(path, "// ---- Who may approve ----", "// ---- Who approves ----\n\n");
    assert!(before.digest() != commented.digest());
    assert!(before.read_as(&commented) && commented.read_as(&before));
    for (path, from, to) in [
        (
            path,
            "when { context.self };\n\n// Applicants who",
            "when { context.self && resource.role == Role::\"SC\" };\n\n// Applicants who",
        ),
        ("policies/advice.cedar", "context.months > 3", "context.months > 6"),
        // Words of the schema are not read for their meaning.
        ("policies/schema.cedarschema", "// Places and employers, named", "// Employers and places, named"),
    ] {
        assert!(!before.read_as(&edited(path, from, to)), "{path}");
    }
}
