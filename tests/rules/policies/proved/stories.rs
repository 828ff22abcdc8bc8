//! An example is told as a story: who does what for whom and where, and what is unusual.

use portvakt_core::diag::Lang;
use portvakt_core::model::{EmployerId, OfficeId};
use portvakt_core::proof::{
    DifferenceWay, Example, ExpectedAnswer, May, PolicyDifference, ProofVerdict, case, story,
};
use serde_json::json;

use super::{change, entity, grant, promised, sentences, tells, unlock};
use crate::policies::fixture;

#[test]
fn a_story_says_who_does_what_for_whom_and_where() {
    let plain = grant(&["national-coordinator"], &[], &json!({}), &json!({}));
    assert_eq!(
        tells(&plain, May::Do),
        [
            "Whoever is national coordinator (`national-coordinator`) may approve access as LU in smerteregisteret at a health trust for a health worker, employed there.",
            "Den som er national-coordinator (`national-coordinator`), kan godkjenne tilgang som LU i smerteregisteret ved et helseforetak for helsepersonell, ansatt der.",
        ]
    );
    let [en, nb] = tells(&grant(&[], &[], &json!({}), &json!({})), May::Not);
    assert!(en.starts_with("Somebody without any office may not approve access as LU"), "{en}");
    assert!(nb.starts_with("En uten noe verv kan ikke godkjenne tilgang som LU"), "{nb}");
    let [en, _] = tells(&grant(&[], &["B", "D"], &json!({}), &json!({})), May::Do);
    assert!(
        en.starts_with(
            "Whoever is register coordinator of the trust it is about and register coordinator of another trust may"
        ),
        "{en}"
    );
}

#[test]
fn a_story_says_what_is_unusual_and_nothing_else() {
    let access = json!({
        "role": entity("Role", "LC"),
        "position": "lis",
        "employer": {"id": entity("Employer", "nhn"), "ictBody": true, "ownTrust": false},
        "trust": {"id": entity("Trust", "B"), "kind": entity("TrustKind", "test"), "host": false},
    });
    let context = json!({
        "requestSpent": true, "identity": entity("Identity", "uncertain"), "holdersAfterChange": 3, "months": 14,
    });
    let [en, nb] = tells(&grant(&["system-manager"], &[], &access, &context), May::Do);
    for words in [
        "approve access as LC",
        "at the test unit for a registrar (LIS), employed by `nhn`",
        "on a request that has been used",
        "whose identity is in doubt",
        "where 3 would hold the role and at most 2 may",
        "for 14 months where at most 12 are allowed",
    ] {
        assert!(en.contains(words), "`{words}` is not in {en}");
    }
    for words in
        ["ved testenheten", "ansatt i `nhn`", "på en søknad som er brukt", "i 14 måneder der høyst 12"]
    {
        assert!(nb.contains(words), "`{words}` is not in {nb}");
    }
    // Each fact that a policy may ask for and that is not as usual.
    let context = json!({
        "identity": entity("Identity", "contacted"), "holdersAfterChange": 1, "mostHolders": 3, "ownCoordinator": true,
        "months": 7, "maxLisMonths": 9,
    });
    let [en, nb] = tells(&grant(&["national-coordinator"], &[], &json!({}), &context), May::Now);
    assert!(
        en.ends_with(
            "for a health worker, employed there, who was contacted first, where 1 would hold the role, where at most 3 may hold a role, where the trust has a coordinator of its own, for 7 months, where a registrar may stay 9 months."
        ),
        "{en}"
    );
    assert!(
        nb.contains(", som ble kontaktet først, der 1 ville ha rollen, der høyst 3 kan ha en rolle, "),
        "{nb}"
    );
    assert!(nb.contains(", i 7 måneder, der en lege i spesialisering kan være 9 måneder."), "{nb}");
    let short = grant(&["national-coordinator"], &[], &json!({}), &json!({"months": 1}));
    assert!(tells(&short, May::Now)[0].ends_with("employed there, for 1 month."), "{short:?}");
    let open = grant(&["national-coordinator"], &[], &json!({}), &json!({"hasEnd": false, "months": 0}));
    let [en, _] = tells(&open, May::Now);
    assert!(en.ends_with("for a health worker, employed there, without an end date."), "{en}");
    let [en, _] = tells(&grant(&["national-coordinator"], &[], &json!({}), &json!({})), May::Now);
    assert!(en.ends_with("for a health worker, employed there."), "{en}");
    let surgeon = grant(&["national-coordinator"], &[], &json!({"position": "Asurgeon"}), &json!({}));
    let [en, nb] = tells(&surgeon, May::Do);
    assert!(en.ends_with("for a health worker, employed there, with the position `Asurgeon`."), "{en}");
    assert!(nb.ends_with("for helsepersonell, ansatt der, med stillingen `Asurgeon`."), "{nb}");
    let (policies, register) = (promised(), fixture::register());
    let text = case(&surgeon, ExpectedAnswer::Deny, "a case", &policies, &register).unwrap();
    assert!(text.contains("position: asurgeon"), "{text}");
    let [en, _] = tells(&unlock("LC", ["X", "B"]), May::Do);
    assert_eq!(
        en,
        "Whoever has access as LC in smerteregisteret at a health trust may unlock a form in a course of a real patient at another unit of their own trust; registration is under way."
    );
}

#[test]
fn a_story_has_words_for_each_action_and_the_names_of_the_register() {
    for action in fixture::ACTS {
        let told = tells(&Example { action: action.to_owned(), ..unlock("LC", ["X", "B"]) }, May::Now);
        assert!(told.iter().all(|told| !told.contains(action) && !told.contains('`')), "{told:?}");
    }
    for (action, words) in [
        ("unlock-form", "kan nå låse opp et skjema i et forløp"),
        ("read-national", "kan nå lese nasjonale data i et forløp"),
        ("change-consent", "kan nå endre samtykke i et forløp"),
    ] {
        let [_, nb] = tells(&Example { action: action.to_owned(), ..unlock("LC", ["X", "B"]) }, May::Now);
        assert!(nb.contains(words), "`{words}` is not in {nb}");
    }
    // The same is true without an example.
    let gone = PolicyDifference {
        action: "change-consent".to_owned(),
        ..change(DifferenceWay::Less, None, Some("LU"), ProofVerdict::Fails(None))
    };
    assert_eq!(
        sentences(&[gone], Lang::Nb)[0],
        "De som kunne endre samtykke som LU, kan ikke lenger det; det er ikke noe eksempel å vise."
    );

    let mut register = fixture::register();
    for (id, role) in &mut register.roles {
        role.name = format!("Navnet på {id}");
    }
    for name in register.applications.values_mut() {
        *name = "Navnet".to_owned();
    }
    let told = story(&unlock("LC", ["X", "B"]), May::Do, &register);
    let starts =
        "Den som har tilgang som Navnet på LC (LC) i Navnet ved et helseforetak, kan låse opp et skjema";
    assert!(told.get(Lang::Nb).starts_with(starts), "{told:?}");
    let besides = json!({"others": {"roles": [entity("Role", "SC")]}});
    let told = story(&grant(&[], &["B"], &besides, &json!({})), May::Do, &register);
    let told = told.get(Lang::En);
    assert!(told.contains("may approve access as Navnet på LU (LU) in Navnet at a health trust"), "{told}");
    assert!(told.ends_with(", who also has Navnet på SC (SC)."), "{told}");

    // A name with a comma is one name, and an employer has the one of the register.
    let office = OfficeId::new("ict-administrator").unwrap();
    register.offices.insert(office, "Brukeradministrator, Helse Nord IKT".to_owned());
    register.ict_bodies.insert(EmployerId::new("nhn").unwrap(), "Norsk helsenett".to_owned());
    let employer = json!({"id": entity("Employer", "nhn"), "ictBody": true, "ownTrust": false});
    let example = grant(&["ict-administrator"], &[], &json!({"employer": employer}), &json!({}));
    let told = story(&example, May::Do, &register);
    let (en, nb) = (told.get(Lang::En), told.get(Lang::Nb));
    assert!(
        en.starts_with("Whoever is ICT administrator (`ict-administrator`) may approve access as "),
        "{en}"
    );
    assert!(en.ends_with("for a health worker, employed by Norsk helsenett."), "{en}");
    assert!(
        nb.starts_with("Den som er «Brukeradministrator, Helse Nord IKT» (`ict-administrator`), kan "),
        "{nb}"
    );
    assert!(nb.ends_with("for helsepersonell, ansatt i Norsk helsenett."), "{nb}");
}
