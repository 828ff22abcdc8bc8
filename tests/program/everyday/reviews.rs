//! The quarter's review of a trust's user list, by two reviewers in clones of their own: made, answered, signed and taken in.

use super::bench::{AHUS, LEADER, Person, STAVANGER, World};
use super::pages::shows;

pub(super) const BRANCH: &str = "access/review-ahus-2026-Q4";
pub(super) const LIST: &str = "reviews/ahus/2026-Q4.yaml";
pub(super) const STAVANGERS: &str = "access/review-helse-stavanger-2026-Q4";

/// The text that is typed at each row.
pub(super) const KEEP: (&str, &str) = ("for å slutte: ", "b\n");
const END: (&str, &str) = ("for å slutte: ", "a\n");
/// The number that is typed if over half of the accesses would end.
const FIVE: (&str, &str) = ("hvis det er meningen: ", "5\n");
const YES: (&str, &str) = ("[j/N] ", "j\n");

/// Lars makes the list of Ahus and answers it, and Bjørn answers what Lars may not.
pub(super) fn answer_all_of_ahus(lars: &Person<'_>, bjorn: &Person<'_>) {
    lars.runs(&["review", "start"]).ends(0);
    lars.types("portvakt review answer", &[KEEP; 5]).ends(0);
    bjorn.types("portvakt review answer --trust ahus", &[KEEP; 2]).ends(0);
}

#[test]
fn two_reviewers_answer_and_sign_one_list_from_their_own_clones() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    let made = lars.types("portvakt review start", &[]).ends(0).takes_at_most(30);
    shows("kontroll", "lage", &made);
    made.says("7 tilganger").says(&format!("Sendt som grenen {BRANCH}"));
    let answered = lars.types("portvakt review answer", &[KEEP; 5]).ends(0);
    shows("kontroll", "svare", &answered);
    let answered = answered.says("godkjent av Anne Fiktivsen (anne.fiktivsen) 2023-05-03");
    answered.says("Dette er ditt eget").says("2 uten svar").takes_at_most(40);
    // The other reviewer has fetched nothing by hand, and finds the list with its answers.
    bjorn
        .runs(&["review", "show", "--trust", "ahus"])
        .ends(0)
        .says(BRANCH)
        .says("behold, Lars Demostad (lars.demostad)");
    bjorn.runs(&["review", "form", "ahus", "2026-Q4"]).ends(0).says("behold");
    let rest = bjorn.types("portvakt review answer --trust ahus", &[KEEP; 2]).ends(0).takes_at_most(40);
    shows("kontroll", "den-andre", &rest);
    rest.says("2 svar skrevet").says("portvakt approve --waiting").says(BRANCH);
    let signed = lars.types("portvakt approve --waiting", &[YES]).ends(0).takes_at_most(30);
    shows("kontroll", "signere", &signed);
    signed.says(&format!("Signert, og sendt til {BRANCH}"));
    let signed = bjorn.types("portvakt approve --waiting", &[YES]).ends(0).takes_at_most(30);
    signed.says("Signert, og sendt til");
    let signatures = world.file_on(BRANCH, &format!("{LIST}.sig"));
    assert_eq!(signatures.matches("BEGIN SSH SIGNATURE").count(), 2, "{signatures}");
    assert_eq!(world.branches(), [BRANCH]);
    world.takes_in(BRANCH);
    // A merged list is read on the main branch.
    lars.runs(&["review", "show", "--trust", "ahus"]).ends(0).never_says(BRANCH).says("den teller fra");
}

#[test]
fn a_list_that_was_taken_in_with_one_of_two_signatures_waits_for_the_other_reviewer() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    answer_all_of_ahus(&lars, &bjorn);
    lars.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    world.merge(BRANCH);
    lars.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Ingenting venter på deg.");
    let signed = bjorn.types("portvakt approve --waiting", &[YES]).ends(0);
    let signed = signed.says("# På hovedgrenen, uten signaturen din:").says("reviewed by: bjorn.lederesen");
    signed.says(&format!("Svar i ditt navn i `{LIST}`")).says("Sendt som grenen access/signatures");
    world.takes_in("access/signatures");
    lars.runs(&["review", "show", "--trust", "ahus"]).ends(0).says("den teller fra");
}

#[test]
fn ctrl_c_ends_the_answering_and_what_was_answered_is_kept() {
    let world = World::new();
    let lars = world.person(AHUS);
    lars.runs(&["review", "start"]).ends(0);
    let stops = [KEEP, ("for å slutte: ", "\x03")];
    lars.types_to_openssh("portvakt review answer", &stops).ends(0).says("1 svar skrevet; 6 uten svar");
    assert_eq!(world.file_on(BRANCH, LIST).matches("    answer: keep\n").count(), 1);
}

#[test]
fn the_review_stands_among_the_tasks_and_whoever_has_several_trusts_chooses_one() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    let made = lars.types("portvakt", &[("Nummer: ", "12\n")]).ends(0);
    made.says("7 tilganger").says("`portvakt review answer --trust ahus`.").takes_at_most(12);
    let answered = lars.types("portvakt", &[("Nummer: ", "13\n"), KEEP, KEEP, KEEP, KEEP, KEEP]).ends(0);
    answered.says("5 svar skrevet").says("2 uten svar").takes_at_most(22);
    // The leader of the register is coordinator nowhere, and is asked.
    let rest = bjorn.types("portvakt", &[("Nummer: ", "13\n"), ("Nummer: ", "1\n"), KEEP, KEEP]).ends(0);
    let rest = rest.takes_at_most(20);
    rest.says("hvilket helseforetak").says("1 Akershus universitetssykehus HF").says("2 svar skrevet");
    let list = world.file_on(BRANCH, LIST);
    assert_eq!(list.matches("answered_by: bjorn.lederesen").count(), 2, "{list}");
    // If nobody can be asked, the command says what is missing.
    bjorn.runs(&["review", "start"]).ends(2).says("hvilket helseforetak").says("--trust");
    assert_eq!(world.branches(), [BRANCH]);
}

#[test]
fn a_delegate_answers_for_the_coordinator_who_signs_too() {
    let world = World::new();
    let (lars, halvor, bjorn) = (world.person(AHUS), world.person(STAVANGER), world.person(LEADER));
    lars.runs(&["review", "start"]).ends(0);
    let named = lars.types("portvakt review delegate halvor --until 20.12.26", &[]).ends(0);
    let named = named.takes_at_most(50);
    shows("kontroll", "stedfortreder", &named);
    let named = named.says("Halvor Liksomdal (halvor.liksomdal) kan svare for Lars Demostad (lars.demostad)");
    named.says("fra 2026-11-23 til 2026-12-20").says("portvakt approve --waiting").says(BRANCH);
    // The delegate may not answer the coordinator's own row, and is not asked about it.
    let answered = halvor.types("portvakt review answer --trust ahus", &[KEEP; 5]).ends(0);
    answered.says("Dette gjelder den du er stedfortreder for").says("5 svar skrevet; 2 uten svar");
    bjorn.types("portvakt review answer --trust ahus", &[KEEP; 2]).ends(0).says("2 svar skrevet");
    for person in [&halvor, &bjorn] {
        person.types("portvakt approve --waiting", &[YES]).ends(0).says("Signert, og sendt til");
    }
    assert_eq!(world.judged(BRANCH), (1, "review-unsigned".to_owned()));
    let signed = lars.types("portvakt approve --waiting", &[YES]).ends(0);
    signed.says("delegates: halvor.liksomdal 2026-11-23 to 2026-12-20");
    world.takes_in(BRANCH);
    lars.runs(&["review", "show", "--trust", "ahus"]).ends(0).says("den teller fra");
}

#[test]
fn a_delegate_is_asked_about_the_reviewer_they_stand_in_for_only_if_another_one_named_them_too() {
    let world = World::new();
    let (lars, halvor, bjorn) = (world.person(AHUS), world.person(STAVANGER), world.person(LEADER));
    lars.runs(&["review", "start"]).ends(0);
    lars.runs(&["review", "delegate", "halvor", "--until", "20.12.26"]).ends(0);
    // Geir may not review, so a delegate of his answers for nobody.
    let named = "  - {person: halvor.liksomdal, by: lars.demostad, from: 2026-11-23, until: 2026-12-20}\n";
    let list = world.file_on(BRANCH, LIST);
    assert!(list.contains(named), "{list}");
    let of_both = format!("{named}{}", named.replace("lars.demostad", "geir.eksempelvik"));
    world.sends((BRANCH, BRANCH), LIST, &format!("{}\n", list.replace(named, &of_both)));
    let of_lars = "Dette gjelder den du er stedfortreder for";
    let answered = halvor.types("portvakt review answer --trust ahus", &[KEEP; 5]).ends(0).says(of_lars);
    answered.says("5 svar skrevet; 2 uten svar");
    let asked = halvor.types("portvakt review answer --trust ahus lars.demostad", &[]).ends(0).says(of_lars);
    asked.says("Ingenting ble besvart.");
    // The options refuse what the questions leave out.
    let refused = halvor.runs(&["review", "answer", "--trust", "ahus", "lars.demostad", "--keep"]).ends(1);
    refused.says("reviewer-not-entitled").says("`halvor.liksomdal` er stedfortreder for `lars.demostad`");
    let also = ["review", "delegate", "halvor", "--trust", "ahus", "--until", "20.12.26"];
    bjorn.runs(&also).ends(0);
    let rest = halvor.types("portvakt review answer --trust ahus", &[KEEP; 2]).ends(0);
    rest.says("2 svar skrevet").never_says(of_lars);
}

#[test]
fn a_delegate_who_is_taken_out_while_answering_has_answered_nothing() {
    let world = World::new();
    let (lars, halvor) = (world.person(AHUS), world.person(STAVANGER));
    lars.runs(&["review", "start"]).ends(0);
    lars.runs(&["review", "delegate", "halvor", "--until", "20.12.26"]).ends(0);
    let named = "delegates:\n  - {person: halvor.liksomdal, by: lars.demostad, from: 2026-11-23, until: 2026-12-20}\n";
    let list = world.file_on(BRANCH, LIST);
    assert!(list.contains(named), "{list}");
    let without = format!("{}\n", list.replace(named, ""));
    let mut takes_out = |step: usize| {
        if step == 4 {
            world.sends((BRANCH, BRANCH), LIST, &without);
        }
    };
    let line = "portvakt review answer --trust ahus";
    let told = halvor.types_while(line, &[KEEP; 5], &mut takes_out).ends(1);
    told.says("En annen har skrevet i listen i mellomtiden.")
        .says("reviewer-not-entitled")
        .says("`halvor.liksomdal` kan ikke svare i denne listen")
        .never_says("svar skrevet");
    assert_eq!(world.file_on(BRANCH, LIST), without.trim_end());
}

#[test]
fn a_delegate_of_one_reviewer_less_leaves_out_the_answer_about_the_other() {
    let world = World::new();
    let (lars, halvor, bjorn) = (world.person(AHUS), world.person(STAVANGER), world.person(LEADER));
    lars.runs(&["review", "start"]).ends(0);
    for reviewer in [&lars, &bjorn] {
        reviewer.runs(&["review", "delegate", "halvor", "--trust", "ahus", "--until", "20.12.26"]).ends(0);
    }
    let named = "  - {person: halvor.liksomdal, by: bjorn.lederesen, from: 2026-11-23, until: 2026-12-20}\n";
    let list = world.file_on(BRANCH, LIST);
    assert!(list.contains(named), "{list}");
    let of_lars = format!("{}\n", list.replace(named, ""));
    let mut takes_out = |step: usize| {
        if step == 6 {
            world.sends((BRANCH, BRANCH), LIST, &of_lars);
        }
    };
    let line = "portvakt review answer --trust ahus";
    let told = halvor.types_while(line, &[KEEP; 7], &mut takes_out).ends(0);
    told.says("Utelatt, siden du ikke lenger kan svare på dem: 2.").says("5 svar skrevet; 2 uten svar");
    assert_eq!(world.file_on(BRANCH, LIST).matches("answered_by: halvor.liksomdal").count(), 5);
}

#[test]
fn a_list_that_ends_most_of_a_trust_is_signed_on_its_branch_by_whoever_types_the_number() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    lars.runs(&["review", "start", "--trust", "ahus"]).ends(0);
    lars.types("portvakt review answer --trust ahus --by lars", &[END; 5]).ends(0).says("2 uten svar");
    // Whoever gives the last answer writes it, and is asked for the number of the ends when they sign.
    let answered = bjorn.types("portvakt review answer --trust ahus --by bjørn", &[KEEP; 2]).ends(0);
    let answered = answered.never_says("hvis det er meningen").says("2 svar skrevet");
    answered.says("5 av 7 tilganger ville bli avsluttet").says("portvakt approve --waiting");
    let signatures = || {
        let files = world.names_in(BRANCH, "reviews/ahus");
        if files.contains(".sig") { world.file_on(BRANCH, &format!("{LIST}.sig")) } else { String::new() }
    };
    // Another number signs nothing, and neither does a `--yes` where nobody can be asked.
    let other = lars.types("portvakt approve --waiting", &[YES, ("hvis det er meningen: ", "3\n")]).ends(0);
    other.says("Det er et annet tall").says("Ingenting ble signert");
    lars.runs(&["approve", "--waiting", "--yes"]).ends(1).says("5 av 7 tilganger").says("--ends-most");
    assert_eq!(signatures(), "");
    let signed = lars.types("portvakt approve --waiting", &[YES, FIVE]).ends(0);
    signed.says(&format!("Signert, og sendt til {BRANCH}"));
    bjorn.runs(&["approve", "--waiting", "--yes", "--ends-most"]).ends(0).says("Signert, og sendt til");
    assert_eq!(signatures().matches("BEGIN SSH SIGNATURE").count(), 2, "{}", signatures());
    world.takes_in(BRANCH);
}

#[test]
fn what_is_kept_until_an_earlier_day_is_shown_counted_and_asked_for_before_it_is_signed() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    lars.runs(&["review", "start", "--trust", "ahus"]).ends(0);
    // The day is to come, and earlier than that of each of the five accesses.
    let until = ("for å slutte: ", "b 3.12.26\n");
    let answered = lars.types("portvakt review answer --trust ahus --by lars", &[until; 5]).ends(0);
    answered.says("2 uten svar").says("5 av 7 tilganger ville bli avsluttet");
    bjorn.types("portvakt review answer --trust ahus --by bjørn", &[KEEP; 2]).ends(0).says("2 svar skrevet");
    lars.runs(&["approve", "--waiting", "--yes"]).ends(1).says("5 av 7 tilganger").says("--ends-most");
    let signed = lars.types("portvakt approve --waiting", &[YES, FIVE]).ends(0);
    let signed = signed.says("av 7 rader beholdes 2, 5 slutter en tidligere dag, 0 endres, 0 avsluttes");
    // The sentence before it ends, and says the state in words that bend.
    let signed = signed.says(". Det meste av listen avsluttes.").says("har da tilstanden «");
    let signed =
        signed.says("portvakt review statement 2\n").says("\nkept: 0\nshortened: 5\nshortened row: ");
    let signed = signed.says(&format!("Svar i ditt navn i `{LIST}`:\n- Anne Fiktivsen (anne.fiktivsen): "));
    let earlier = ": behold til 2026-12-03, tidligere enn den ellers ville sluttet\n";
    assert_eq!(signed.transcript.matches(earlier).count(), 5, "{}", signed.transcript);
    let registrar = "- Geir Eksempelvik (geir.eksempelvik): LU ved Ahus (100089), smerteregisteret, fra 2026-10-25, til 2027-01-17";
    let signed = signed.says(&format!("{registrar}{earlier}"));
    signed.says("Rader som andre har svart på, og som du ikke signerer: 2.").says("Signert, og sendt til");
}

#[test]
fn what_is_due_is_told_of_the_trusts_that_a_branch_touches_and_of_the_others_in_one_line() {
    let world = World::with_reviews_from("2026-09-01");
    let halvor = world.person(STAVANGER);
    let grant = ["grant", "Siv", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--identity", "known"];
    let more = ["--application", "smerteregisteret", "--request", "REQ-2026-0411", "--yes", "--unsigned"];
    halvor.runs(&[&grant[..], &more[..]].concat()).ends(0);
    let told = halvor.runs(&["approve", "--waiting", "--yes"]).ends(0).says("Signert, og sendt til");
    let told = told.says("Helse Stavanger HF: kontrollen av brukerlisten skal være gjort innen 2026-12-01");
    let told = told.says("denne endringen ikke gjelder: 12 kontroller").never_says("UNN HF: kontrollen");
    assert_eq!(told.transcript.matches("review-due-soon").count(), 2, "{}", told.transcript);
    halvor.runs(&["end", "aksel", "--yes"]).ends(0);
    let told =
        halvor.runs(&["explain", "aksel"]).ends(0).says("Underveis").says("Helse Stavanger HF: kontrollen");
    assert_eq!(told.transcript.matches("review-due-soon").count(), 2, "{}", told.transcript);
    // A user who asks for all that is due gets all of it.
    let all = halvor.runs(&["check", "--no-base"]).ends(0);
    assert_eq!(all.transcript.matches("review-due-soon").count(), 13, "{}", all.transcript);
}

#[test]
fn a_list_is_made_from_the_newest_main_branch_and_not_from_an_old_folder() {
    let world = World::new();
    let (lars, halvor) = (world.person(AHUS), world.person(STAVANGER));
    halvor.gives_ylva_access();
    lars.runs(&["review", "start", "--trust", "helse-stavanger"]).ends(0);
    let list = world.file_on(STAVANGERS, "reviews/helse-stavanger/2026-Q4.yaml");
    assert!(list.contains("person: ylva.nyansatt"), "{list}");
}

#[test]
fn the_evidence_in_a_clone_is_of_what_was_taken_in_and_not_of_the_folder() {
    let world = World::new();
    let (lars, bjorn) = (world.person(AHUS), world.person(LEADER));
    let evidence = ["review", "evidence", "ahus", "2026-Q4"];
    lars.runs(&["review", "start", "--trust", "ahus"]).ends(0);
    // A list that somebody has begun in their folder is no evidence of anything.
    bjorn.runs(&["review", "start", "--trust", "ahus", "--here"]).ends(0);
    let none = bjorn.runs(&evidence).ends(1).says("det finnes ingen liste 2026-Q4").says(BRANCH);
    // Another list cannot be made, so the one on the branch is shown.
    none.never_says("review start").says("review show --trust ahus --quarter 2026-Q4");
    let show = ["review", "show", "--trust", "ahus", "--quarter", "2026-Q4"];
    bjorn.runs(&show).ends(0).says(BRANCH);
    let here = bjorn.runs(&[&evidence[..], &["--here"]].concat()).ends(0).json();
    assert_eq!(here["reviewers"], serde_json::json!([]), "{here}");
    world.merge(BRANCH);
    // Lars has not fetched it, and has no list in his folder.
    let told = lars.runs(&evidence).ends(0).never_says(BRANCH).json();
    assert_eq!(told["file"], LIST, "{told}");
    assert_eq!(told["rows"].as_array().unwrap().len(), 7, "{told}");
    lars.runs(&["review", "facts", "--trust", "ahus"]).says("I en klone av filene huskes ingenting");
}

#[test]
fn whoever_answers_and_whoever_reads_is_told_what_has_changed_since_the_list_was_made() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["review", "start"]).ends(0).says(STAVANGERS);
    halvor.runs(&["revoke", "aksel", "--yes"]).ends(0);
    world.takes_in("access/revoke-aksel.demostad");
    let revoked =
        "trukket tilbake av Halvor Liksomdal (halvor.liksomdal) 2026-11-23, etter at listen ble laget";
    let quit = [("for å slutte: ", "q\n")];
    let asked = halvor.types("portvakt review answer aksel", &quit).ends(0);
    asked.says("Aksel Demostad").says(&format!("! {revoked}")).says("Ingenting ble besvart.");
    let answer = ["review", "answer", "aksel", "--keep"];
    halvor.runs(&answer).ends(0).says(&format!("Aksel Demostad (aksel.demostad): {revoked}"));
    let show = ["review", "show", "--trust", "helse-stavanger"];
    let shown = halvor.runs(&show).ends(0).says(revoked);
    assert_eq!(shown.transcript.matches("etter at listen ble laget").count(), 1, "{}", shown.transcript);
    let json = halvor.runs(&[&["--format", "json"][..], &show[..]].concat()).ends(0).json();
    assert_eq!(json["since-the-list"][0].as_str().unwrap().split(' ').next(), Some("revoked"), "{json}");
}

#[test]
fn a_trust_of_the_list_is_named_by_its_id_or_by_a_unit() {
    for typed in ["ahus\n", "Ahus\n", "akershus\n"] {
        let world = World::new();
        let start = [("Nummer: ", typed)];
        let made = world.person(LEADER).types("portvakt review start", &start).ends(0);
        made.says("hvilket helseforetak").says("7 tilganger").never_says("Skriv et nummer");
        assert_eq!(world.branches(), [BRANCH]);
    }
}

#[test]
fn an_answer_is_corrected_by_naming_the_person_alone() {
    let world = World::new();
    let halvor = world.person(STAVANGER);
    halvor.runs(&["review", "start"]).ends(0);
    halvor.runs(&["review", "answer", "wenche", "--end"]).ends(0).says("1 svar skrevet");
    let asked = halvor.types("portvakt review answer wenche", &[KEEP]).ends(0);
    asked.says("1 av 1: Wenche Fiktivsen").says("besvart: avslutt, Halvor").says("1 svar skrevet");
    let list = world.file_on(STAVANGERS, "reviews/helse-stavanger/2026-Q4.yaml");
    assert!(list.contains("    answer: keep") && !list.contains("answer: end"), "{list}");
    // One's own is another's to answer, and a person without a row has none.
    halvor.types("portvakt review answer halvor", &[]).ends(0).says("Dette er ditt eget");
    halvor.types("portvakt review answer lars", &[]).ends(1).says("ingen slik rad for `lars.demostad`");
    // Where nobody can be asked, the answer is missing.
    halvor.runs(&["review", "answer", "wenche"]).ends(1).says("svaret mangler");
}

#[test]
fn answers_given_without_a_network_are_kept_and_sent_later() {
    let world = World::new();
    let lars = world.person(AHUS);
    lars.runs(&["review", "start", "--trust", "ahus"]).ends(0);
    lars.loses_the_network();
    for person in ["anne.fiktivsen", "hilde.utkastli"] {
        let answer = ["review", "answer", "--trust", "ahus", "--by", AHUS, person, "--keep"];
        lars.runs(&answer).ends(0).says("ikke sendt");
    }
    lars.finds_the_network();
    lars.runs(&["send"]).ends(0).says(BRANCH);
    let list = world.file_on(BRANCH, LIST);
    assert_eq!(list.matches("answered_by: lars.demostad").count(), 4, "{list}");
}

#[test]
fn the_same_answer_once_more_sends_nothing() {
    let world = World::new();
    let lars = world.person(AHUS);
    lars.runs(&["review", "start", "--trust", "ahus"]).ends(0);
    let answer = ["review", "answer", "--trust", "ahus", "--by", AHUS, "anne.fiktivsen", "--keep"];
    lars.runs(&answer).ends(0).says("Sendt som grenen");
    lars.runs(&answer).ends(0).never_says("Sendt som grenen");
}

#[test]
fn with_here_the_files_of_the_clone_are_used_and_nothing_is_sent() {
    let world = World::new();
    let lars = world.person(AHUS);
    lars.runs(&["review", "start", "--trust", "ahus", "--here"]).ends(0).never_says("Sendt");
    let answer = ["review", "answer", "--trust", "ahus", "--by", AHUS, "anne.fiktivsen", "--keep", "--here"];
    lars.runs(&answer).ends(0).says("2 svar skrevet").never_says("Sendt");
    lars.runs(&["review", "show", "--trust", "ahus", "--here"])
        .ends(0)
        .says("behold, Lars Demostad (lars.demostad)");
    assert!(world.branches().is_empty());
}
