//! Edits files as people write them. What was meant changes, and no other byte does.

use jiff::civil::date;
use portvakt_core::model::{Approval, Email, Identity, PersonId, RequestId, RoleId};
use portvakt_core::parse;

use super::*;

const REGISTER: &str = include_str!("../../../desired-state/register.yaml");

fn register() -> Register {
    parse::register(&FilePath::new("desired-state/register.yaml"), REGISTER.as_bytes()).unwrap()
}

const PATH: &str = "desired-state/helse-stavanger/wenche.fiktivsen.yaml";

const PLAIN: &str = "\
# Wenche, who is here for the winter
person: wenche.fiktivsen   # the id
name: Wenche Fiktivsen
employer: helse-stavanger
staff: health
position: lis

access:
  # the first one
  - application: smerteregisteret
    unit: 100083
    role: LU
    from: 2026-10-25 # a Sunday
    until: 2027-01-18 # when the ward changes
    request: REQ-2026-0155
    approved:
      by: kristin.skinnvik
      on: 2026-10-21
      identity: contacted
      contacted: {channel: phone, on: 2026-10-20}
  # and the second
  - application: rapporteket-smerte
    unit: 100083
    role: LU
    from: 2026-10-25
    request: REQ-2026-0155
    approved: {by: kristin.skinnvik, on: 2026-10-21, identity: known}
# the end
";

/// Returns what the file says after the edit, and the lines that differ: first the removed lines, then the added ones.
fn edited(text: &str, edit: impl FnOnce(&mut WantedFile)) -> (String, Vec<String>, Vec<String>) {
    let (path, register) = (FilePath::new(PATH), register());
    let mut wanted = WantedFile::of(&parse::person(&path, text.as_bytes(), &register).unwrap());
    edit(&mut wanted);
    let bytes =
        rewritten(&path, text.as_bytes(), &register, &wanted).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    let after = String::from_utf8(bytes).unwrap();
    let lines = |text: &str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
    let (before, now) = (lines(text), lines(&after));
    let without = |these: &[String], those: &[String]| {
        let mut rest = those.to_vec();
        let gone = these.iter().filter(|line| match rest.iter().position(|other| other == *line) {
            Some(at) => {
                rest.remove(at);
                false
            }
            None => true,
        });
        gone.cloned().collect::<Vec<_>>()
    };
    (after.clone(), without(&before, &now), without(&now, &before))
}

fn approval() -> Approval {
    Approval {
        by: PersonId::new("ingrid.koordinatorsen").unwrap(),
        on: date(2026, 11, 29),
        identity: Identity::Known,
    }
}

#[test]
fn an_extension_changes_the_end_and_the_approval_and_keeps_every_comment() {
    let (text, gone, came) = edited(PLAIN, |wanted| {
        let grant = wanted.grants.get_mut(&0).unwrap();
        grant.until = Some(date(2027, 4, 18));
        grant.approval =
            Approval { by: grant.approval.by.clone(), on: date(2026, 11, 29), ..grant.approval.clone() };
    });
    assert_eq!(gone, ["    until: 2027-01-18 # when the ward changes\n", "      on: 2026-10-21\n"]);
    assert_eq!(came, ["    until: 2027-04-18 # when the ward changes\n", "      on: 2026-11-29\n"]);
    assert!(text.contains("# Wenche, who is here") && text.ends_with("# the end\n"));
}

#[test]
fn a_first_end_stands_in_the_line_after_the_start() {
    let (text, gone, came) =
        edited(PLAIN, |wanted| wanted.grants.get_mut(&1).unwrap().until = Some(date(2027, 4, 18)));
    assert!(gone.is_empty(), "{gone:?}");
    assert_eq!(came, ["    until: 2027-04-18\n"]);
    assert!(text.contains(
        "    from: 2026-10-25\n    until: 2027-04-18\n    request: REQ-2026-0155\n    approved: {"
    ));
}

#[test]
fn an_end_that_is_taken_away_takes_its_line_alone() {
    let (_, gone, came) = edited(PLAIN, |wanted| {
        wanted.facts.vouched.position = None;
        for grant in wanted.grants.values_mut() {
            grant.vouched.position = None;
        }
    });
    assert_eq!(
        (gone.as_slice(), came.as_slice()),
        (["position: lis\n".to_owned()].as_slice(), [].as_slice())
    );
}

#[test]
fn a_revocation_stands_after_the_approval_however_that_is_written() {
    let mark = |grant: &mut Grant| {
        grant.revoked = Some(Revocation {
            on: date(2026, 11, 29),
            by: PersonId::new("kristin.skinnvik").unwrap(),
            reason: "sluttet: #1, \"i går\"".to_owned(),
        });
    };
    let (text, gone, came) = edited(PLAIN, |wanted| wanted.grants.values_mut().for_each(mark));
    assert!(gone.is_empty(), "{gone:?}");
    assert_eq!(came.len(), 8, "{came:?}");
    assert!(
        text.contains("on: 2026-10-20}\n    revoked:\n      on: 2026-11-29\n      by: kristin.skinnvik\n"),
        "{text}"
    );
    assert!(text.contains("identity: known}\n    revoked:\n"), "{text}");
}

#[test]
fn another_identity_changes_the_values_alone() {
    let (text, ..) = edited(PLAIN, |wanted| {
        for grant in wanted.grants.values_mut() {
            grant.approval = approval();
        }
    });
    assert!(!text.contains("contacted"), "{text}");
    let (text, ..) = edited(&text, |wanted| {
        for grant in wanted.grants.values_mut() {
            let identity = Identity::Contacted { channel: "phone, twice".to_owned(), on: date(2026, 11, 28) };
            grant.approval = Approval { identity, ..approval() };
        }
    });
    assert!(text.contains("# the first one") && text.contains("# and the second"), "{text}");
    assert!(
        text.contains("      identity: contacted\n      contacted:\n        channel: phone, twice\n"),
        "{text}"
    );
    assert!(text.contains("contacted: {channel: 'phone, twice', on: 2026-11-28}}\n"), "{text}");
}

/// An approval with a comment at each line.
const SAID: &str = "    approved: # in the meeting
      by: kristin.skinnvik # for Halvor
      # the day of the meeting
      on: 2026-10-21 # a Wednesday
      identity: contacted # not known before
      contacted: # by the ward
        channel: phone # the switchboard
        # before the meeting
        on: 2026-10-20 # a Tuesday
";

#[test]
fn comments_in_an_approval_stay() {
    let old = "    approved:\n      by: kristin.skinnvik\n      on: 2026-10-21\n      identity: contacted\n      contacted: {channel: phone, on: 2026-10-20}\n";
    assert!(PLAIN.contains(old));
    let before = PLAIN.replace(old, SAID);
    let comments = |text: &str| -> Vec<String> {
        let said = text.lines().filter_map(|line| line.split_once('#'));
        said.map(|(_, said)| said.trim().to_owned()).collect()
    };
    let first = |identity: Identity| {
        move |wanted: &mut WantedFile| {
            wanted.grants.get_mut(&0).unwrap().approval = Approval { identity, ..approval() };
        }
    };
    let (known, ..) = edited(&before, first(Identity::Known));
    assert_eq!(comments(&known), comments(&before), "{known}");
    assert!(known.contains("      identity: known # not known before\n"), "{known}");
    let again = Identity::Contacted { channel: "letter".to_owned(), on: date(2026, 11, 28) };
    let (again, gone, _) = edited(&before, first(again));
    assert_eq!(comments(&again), comments(&before), "{again}");
    assert!(again.contains("        channel: letter # the switchboard\n"), "{again}");
    assert_eq!(gone.len(), 4, "who, when, by what means and on which day: {gone:?}");
}

#[test]
fn what_is_said_beside_a_value_that_goes_stays() {
    let before = PLAIN.replace("position: lis\n", "position: lis\nlogin: wenche.f # as in the old system\n");
    let (text, gone, came) = edited(&before, |wanted| {
        wanted.facts.vouched.login = None;
        for grant in wanted.grants.values_mut() {
            grant.vouched.login = None;
            grant.until = None;
        }
    });
    assert_eq!(
        gone,
        ["login: wenche.f # as in the old system\n", "    until: 2027-01-18 # when the ward changes\n"]
    );
    assert_eq!(came, ["# as in the old system\n", "    # when the ward changes\n"]);
    assert!(text.contains("position: lis\n# as in the old system\n"), "{text}");
}

#[test]
fn a_value_in_one_line_goes_with_its_comma() {
    let before = PLAIN.replace(
        "{by: kristin.skinnvik, on: 2026-10-21, identity: known}",
        "{by: kristin.skinnvik, on: 2026-10-21, contacted: {channel: phone, on: 2026-10-20}, identity: contacted}",
    );
    let (text, ..) = edited(&before, |wanted| wanted.grants.get_mut(&1).unwrap().approval = approval());
    assert!(
        text.contains("    approved: {by: ingrid.koordinatorsen, on: 2026-11-29, identity: known}\n"),
        "{text}"
    );
}

#[test]
fn each_line_keeps_its_own_end() {
    // The same file after a person added lines with other line ends on another machine.
    let mixed = PLAIN.replace('\n', "\r\n").replace("request: REQ-2026-0155\r\n", "request: REQ-2026-0155\n");
    let (text, gone, came) = edited(&mixed, |wanted| {
        let grant = wanted.grants.get_mut(&0).unwrap();
        grant.until = None;
        grant.key.request = RequestId::new("REQ-2026-0156").unwrap();
        wanted.grants.get_mut(&1).unwrap().until = Some(date(2027, 4, 18));
    });
    assert_eq!(gone, ["    until: 2027-01-18 # when the ward changes\r\n", "    request: REQ-2026-0155\n"]);
    let new =
        ["    # when the ward changes\r\n", "    request: REQ-2026-0156\n", "    until: 2027-04-18\r\n"];
    assert_eq!(came, new, "{text:?}");
}

#[test]
fn a_new_entry_goes_to_the_end_of_the_list() {
    let (text, gone, came) = edited(PLAIN, |wanted| {
        let mut grant = wanted.grants[&0].clone();
        grant.key.request = RequestId::new("REQ-2026-0900").unwrap();
        grant.approval = approval();
        wanted.added.push(grant);
    });
    assert!(gone.is_empty(), "{gone:?}");
    assert_eq!(came.len(), 11 - 1, "{came:?}\n{text}");
    assert!(text.contains("  - application: smerteregisteret\n    unit: 100083\n    role: LU\n    from: 2026-10-25\n    until: 2027-01-18\n    request: REQ-2026-0900\n    approved:\n      by: ingrid.koordinatorsen\n"), "{text}");
}

#[test]
fn facts_come_in_their_order_before_the_list() {
    let (text, gone, came) = edited(PLAIN, |wanted| {
        let login = Some(portvakt_core::model::Login::new("wenche.fiktivsen").unwrap());
        wanted.facts.name = "Wenche Fiktivsen Åsen".to_owned();
        wanted.facts.vouched.login.clone_from(&login);
        wanted.facts.vouched.position = None;
        for grant in wanted.grants.values_mut() {
            grant.vouched = wanted.facts.vouched.clone();
        }
    });
    assert_eq!(gone, ["name: Wenche Fiktivsen\n", "position: lis\n"]);
    assert_eq!(came, ["name: Wenche Fiktivsen Åsen\n", "login: wenche.fiktivsen\n"]);
    assert!(text.contains("staff: health\nlogin: wenche.fiktivsen\n"), "{text}");
}

/// A file may be written in any form. The edit then says what was meant, or it is an error.
#[test]
fn unusual_files_are_edited_right_or_not_at_all() {
    let whole_flow = "{person: wenche.fiktivsen, name: W F, employer: helse-stavanger, staff: health, access: [{application: smerteregisteret, unit: 100083, role: LU, from: 2026-10-25, request: R-1, approved: {by: kristin.skinnvik, on: 2026-10-21, identity: known}}]}\n";
    let quoted = PLAIN.replace("2027-01-18 #", "\"2027-01-18\" #").replace("LU\n", "'LU'\n");
    let flow_entry = "person: wenche.fiktivsen\nname: W F\nemployer: helse-stavanger\nstaff: health\naccess:\n- {application: smerteregisteret, unit: 100083, role: LU, from: 2026-10-25, request: R-1, approved: {by: kristin.skinnvik, on: 2026-10-21, identity: known}}\n";
    let no_break = PLAIN.trim_end_matches("# the end\n").trim_end();
    let windows = PLAIN.replace('\n', "\r\n");
    let tight = PLAIN.replace("\n  - ", "\n- ").replace("\n    ", "\n  ").replace("\n  # ", "\n# ");
    for text in [whole_flow, &quoted, flow_entry, no_break, &windows, &tight] {
        let edits: [fn(&mut WantedFile); 4] = [
            |wanted| wanted.grants.get_mut(&0).unwrap().until = Some(date(2027, 4, 18)),
            |wanted| wanted.grants.get_mut(&0).unwrap().role = RoleId::new("LC").unwrap(),
            |wanted| wanted.grants.get_mut(&0).unwrap().approval = approval(),
            |wanted| {
                wanted.facts.email = None::<Email>;
                let mut grant = wanted.grants[&0].clone();
                grant.key.request = RequestId::new("REQ-2026-0900").unwrap();
                wanted.added.push(grant);
            },
        ];
        for (at, edit) in edits.into_iter().enumerate() {
            let (path, register) = (FilePath::new(PATH), register());
            let mut wanted = WantedFile::of(&parse::person(&path, text.as_bytes(), &register).unwrap());
            edit(&mut wanted);
            match rewritten(&path, text.as_bytes(), &register, &wanted) {
                Ok(after) => {
                    let now = WantedFile::of(&parse::person(&path, &after, &register).unwrap());
                    assert_eq!(now.facts, wanted.facts);
                    assert_eq!(now.grants.len(), wanted.grants.len() + wanted.added.len());
                    if text.contains("\r\n") {
                        let after = String::from_utf8(after).unwrap();
                        assert_eq!(after.matches("\r\n").count(), after.matches('\n').count(), "{after:?}");
                    }
                }
                Err(EditError::Unusual(_)) if at == 3 => {
                    assert!(
                        text == whole_flow,
                        "a list in one line may refuse a new entry, and nothing else may:\n{text}"
                    );
                }
                Err(why) => panic!("edit {at}: {why:?} of\n{text}"),
            }
        }
    }
}

#[test]
fn a_new_file_is_written_like_the_ones_people_write() {
    let (path, register) = (FilePath::new(PATH), register());
    let mut wanted = WantedFile::of(&parse::person(&path, PLAIN.as_bytes(), &register).unwrap());
    wanted.added = std::mem::take(&mut wanted.grants).into_values().collect();
    let text = String::from_utf8(new_file(&path, &register, &wanted).unwrap()).unwrap();
    assert!(text.starts_with("# yaml-language-server: $schema=../../schemas/person.json\nperson: wenche.fiktivsen\nname: Wenche Fiktivsen\nemployer: helse-stavanger\nstaff: health\nposition: lis\naccess:\n  - application: smerteregisteret\n    unit: 100083\n"), "{text}");
    assert!(text.contains("      identity: contacted\n      contacted:\n        channel: phone\n        on: 2026-10-20\n  - application: rapporteket-smerte\n"), "{text}");
}
