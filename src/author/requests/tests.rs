//! Tests which applications wait, since when, and who may decide them.
#![allow(clippy::disallowed_methods, reason = "these tests read the example from its folder")]

use jiff::civil::date;
use portvakt_core::diag::Code;
use portvakt_core::model::RequestId;
use portvakt_core::policy::REQUIRED_FILES;
use portvakt_core::tree::Snapshot;

use super::*;
use crate::export::{Columns, read_export};

const TODAY: Date = date(2026, 11, 23);
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Returns the example tree with these files added.
fn desk(more: &[(&str, &str)]) -> AuthorDesk {
    let mut files = BTreeMap::new();
    let read = |path: &str| std::fs::read(format!("{ROOT}/{path}")).unwrap();
    for path in REQUIRED_FILES {
        files.insert(FilePath::new(path), read(path));
    }
    files.insert(FilePath::new("desired-state/register.yaml"), read("desired-state/register.yaml"));
    for folder in ["ahus", "helse-bergen", "nasjonal", "unn"] {
        for entry in std::fs::read_dir(format!("{ROOT}/desired-state/{folder}")).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let path = format!("desired-state/{folder}/{name}");
            files.insert(FilePath::new(&path), read(&path));
        }
    }
    for (path, text) in more {
        files.insert(FilePath::new(path), text.as_bytes().to_vec());
    }
    AuthorDesk::open(Snapshot::of(files), TODAY).unwrap_or_else(|findings| panic!("{findings:#?}"))
}

fn waits(desk: &AuthorDesk, rows: &str) -> Vec<WaitingRequest> {
    let export =
        read_export(&format!("request;name;unit;role;date\n{rows}\n"), &Columns::default(), TODAY).unwrap();
    waiting_requests(desk, &export, &BTreeMap::new())
}

fn id(text: &str) -> PersonId {
    PersonId::new(text).unwrap()
}

#[test]
fn what_no_file_names_and_nobody_has_rejected_waits_and_the_oldest_comes_first() {
    let rejected =
        "rejected:\n  - request: REQ-A\n    on: 2026-11-20\n    by: bjorn.lederesen\n    reason: no need\n";
    let desk = desk(&[("requests/ahus.yaml", rejected)]);
    let known = desk.requests().into_iter().next().unwrap();
    let found = waits(
        &desk,
        &format!(
            "REQ-A;Nina Nyquist;100089;LU;2026-11-20\nREQ-B;Nina Nyquist;100089;LU;2026-11-20\n{known};Nina Nyquist;100089;LU;\nREQ-C;Nora Nyquist;100089;LU;2026-11-17"
        ),
    );
    let numbers: Vec<&str> = found.iter().map(|one| one.application.number.as_str()).collect();
    assert_eq!(numbers, ["REQ-C", "REQ-B"]);
    assert_eq!(found[0].working_days, Some(4));
}

#[test]
fn what_another_trust_has_rejected_goes_on_waiting_and_says_who_rejected_it() {
    let by = "ingrid.koordinatorsen";
    let rejected =
        format!("rejected:\n  - request: req-a\n    on: 2026-11-20\n    by: {by}\n    reason: no need\n");
    let rows = "REQ-A;Nina Nyquist;100089;LU;2026-11-20";
    let found = waits(&desk(&[("requests/helse-bergen.yaml", rejected.as_str())]), rows);
    let notices: Vec<&RequestNotice> = found.iter().flat_map(|one| &one.notices).collect();
    assert_eq!(notices, [&RequestNotice::RejectedAt(TrustId::new("helse-bergen").unwrap(), id(by))]);
    // The application's own trust decides it. It does not matter what another trust has written.
    let both = [("requests/helse-bergen.yaml", rejected.as_str()), ("requests/ahus.yaml", rejected.as_str())];
    assert!(waits(&desk(&both), rows).is_empty());
}

#[test]
fn saturdays_and_sundays_are_no_working_days() {
    for (since, days) in [
        (date(2026, 11, 23), 0),
        (date(2026, 11, 22), 1),
        (date(2026, 11, 21), 1),
        (date(2026, 11, 20), 1),
        (date(2026, 11, 18), 3),
        (date(2026, 11, 17), 4),
        (date(2026, 11, 16), 5),
    ] {
        assert_eq!(working_days(since, TODAY), days, "{since}");
    }
}

#[test]
fn what_is_asked_for_is_said_in_the_words_of_the_register() {
    let desk = desk(&[]);
    let [one] = <[WaitingRequest; 1]>::try_from(waits(&desk, "REQ-B;Nina Nyquist;Ahus;lu;")).unwrap();
    assert_eq!(one.unit, Some(UnitId(100_089)));
    assert_eq!(one.trust.as_ref().map(TrustId::as_str), Some("ahus"));
    assert_eq!(one.role.as_ref().map(RoleId::as_str), Some("LU"));
    assert_eq!(one.applications.len(), desk.rules.register.applications.len(), "all, where none is named");
    assert!(one.may_decide.contains(&id("bjorn.lederesen")), "{:?}", one.may_decide);
    // If two applications are asked for, or one that does not exist, a person must choose.
    let [two] = <[WaitingRequest; 1]>::try_from(waits(&desk, "REQ-B;Nina Nyquist;Nowhere;LU, LC;")).unwrap();
    assert_eq!((two.unit, two.role, two.may_decide), (None, None, Vec::new()));
    let words: Vec<&str> = two.unclear.iter().map(|word| word.typed.as_str()).collect();
    assert_eq!(words, ["Nowhere", "LU, LC"]);
    // One unit may be named in two ways.
    let [same] =
        <[WaitingRequest; 1]>::try_from(waits(&desk, "REQ-B;Nina Nyquist;Ahus, 100089;lu;")).unwrap();
    assert_eq!((same.unit, same.unclear), (Some(UnitId(100_089)), Vec::new()));
}

#[test]
fn whoever_decides_sees_former_users_and_names_that_are_alike() {
    let desk = desk(&[]);
    let names = desk.names();
    let (person, name) = names
        .iter()
        .find(|(person, _)| {
            desk.base
                .people
                .get(*person)
                .is_some_and(|known| known.grants.values().any(|one| one.lives(TODAY)))
        })
        .unwrap();
    let notices = |name: &str| waits(&desk, &format!("REQ-B;{name};100089;LU;")).remove(0).notices;
    assert!(notices(&name.to_uppercase()).contains(&RequestNotice::HasAccess(person.clone(), name.clone())));
    assert!(notices(&format!("{name}n")).contains(&RequestNotice::Alike(person.clone(), name.clone())));
    assert!(notices("Xylofon Quiz").is_empty());

    let former = BTreeMap::from([(id("gro.gammelsen"), "Gro Gammelsen".to_owned())]);
    let export =
        read_export("request;name\nREQ-B;Gro Gammelsen\nREQ-C;Gro Gamelsen\n", &Columns::default(), TODAY)
            .unwrap();
    let found = waiting_requests(&desk, &export, &former);
    let gone = |notice: fn(PersonId, String) -> RequestNotice| {
        vec![notice(id("gro.gammelsen"), "Gro Gammelsen".to_owned())]
    };
    assert_eq!(found[0].notices, gone(RequestNotice::Former));
    assert_eq!(found[1].notices, gone(RequestNotice::Alike));
}

#[test]
fn an_access_that_would_be_one_coordinator_too_many_is_told() {
    let lc = |person: &str, name: &str, request: &str| {
        format!(
            "person: {person}\nname: {name}\nemployer: ahus\nstaff: health\naccess:\n  - application: smerteregisteret\n    unit: 100089\n    role: LC\n    from: 2026-10-01\n    request: {request}\n    approved: {{by: bjorn.lederesen, on: 2026-10-01, identity: known}}\n"
        )
    };
    let (one, two) = (lc("una.enersen", "Una Enersen", "REQ-U"), lc("toa.tosen", "Toa Tosen", "REQ-T"));
    let desk = desk(&[
        ("desired-state/ahus/una.enersen.yaml", one.as_str()),
        ("desired-state/ahus/toa.tosen.yaml", two.as_str()),
    ]);
    let most = desk.rules.register.trusts["ahus"].most_coordinators;
    let too_many = |role: &str| {
        let found = waits(&desk, &format!("REQ-B;Xylofon Quiz;100089;{role};")).remove(0);
        found.notices.into_iter().find_map(|notice| match notice {
            RequestNotice::TooMany(_, holders, most) => Some((holders, most)),
            _ => None,
        })
    };
    let (holders, told) = too_many("LC").unwrap();
    assert!(holders > most && told == most, "{holders} {most}");
    assert_eq!(too_many("LU"), None);
}

#[test]
fn the_number_of_another_persons_row_is_told() {
    let found = waits(&desk(&[]), "REQ-B;Xylofon Quiz;100089;LU;\nREQ-B;Quiz Xylofon Zeta;100089;LU;");
    assert!(found.iter().all(|one| one.notices.contains(&RequestNotice::SharedNumber)), "{found:?}");
}

#[test]
fn an_earlier_version_of_a_file_says_who_it_was() {
    let path = FilePath::new("desired-state/ahus/gro.gammelsen.yaml");
    let text =
        "# a file\nperson: gro.gammelsen\nname: \"Gro Gammelsen\" # as she is called\nemployer: ahus\n";
    assert_eq!(former_of(&path, text.as_bytes()), Some((id("gro.gammelsen"), "Gro Gammelsen".to_owned())));
    assert_eq!(former_of(&FilePath::new("desired-state/register.yaml"), text.as_bytes()), None);
    assert_eq!(former_of(&path, b"person: x"), None);
}

fn rejection(request: &str, reason: &str) -> Rejection {
    Rejection {
        request: RequestId::new(request).unwrap(),
        on: TODAY,
        by: id("bjorn.lederesen"),
        reason: reason.to_owned(),
    }
}

#[test]
fn a_rejection_goes_to_the_end_of_the_trusts_list_and_the_rest_stays_as_it_is() {
    let trust = TrustId::new("ahus").unwrap();
    let text =
        |draft: &ChangeDraft| String::from_utf8(draft.files[0].after.as_ref().unwrap().to_vec()).unwrap();
    let first = reject(&desk(&[]), &trust, &rejection("REQ-B", "not employed: see above")).unwrap();
    assert_eq!(first.files[0].path.as_str(), "requests/ahus.yaml");
    assert_eq!(
        text(&first),
        "# yaml-language-server: $schema=../schemas/rejections.json\nrejected:\n  - request: REQ-B\n    on: 2026-11-23\n    by: bjorn.lederesen\n    reason: 'not employed: see above'\n"
    );
    assert!(first.approvers.contains(&id("bjorn.lederesen")));
    let before = format!("# the list\n{}    # said in a meeting\n", text(&first));
    let desk = desk(&[("requests/ahus.yaml", before.as_str())]);
    let second = reject(&desk, &trust, &rejection("REQ-C", "no need")).unwrap();
    assert!(
        text(&second).starts_with(&before) && text(&second).ends_with("reason: no need\n"),
        "{}",
        text(&second)
    );
    assert_ne!(second.tree(&desk.tree).digest(), desk.tree.digest());
}

#[test]
fn a_rejection_has_the_line_ends_of_the_list() {
    let trust = TrustId::new("ahus").unwrap();
    let before = "rejected:\r\n  - request: REQ-B\r\n    on: 2026-11-23\r\n    by: bjorn.lederesen\r\n    reason: no need";
    let desk = desk(&[("requests/ahus.yaml", before)]);
    let draft = reject(&desk, &trust, &rejection("REQ-C", "not employed")).unwrap();
    let written = draft.files[0].over(before.as_bytes()).unwrap();
    let text = String::from_utf8(written.to_vec()).unwrap();
    assert!(text.starts_with(&format!("{before}\r\n  - request: REQ-C\r\n")), "{text:?}");
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count(), "{text:?}");
    // The file has changed since it was read, so none of its bytes is taken as a line end.
    assert_eq!(draft.files[0].over(b"\r\n"), draft.files[0].after);
}

#[test]
fn what_may_not_stand_in_a_list_is_not_written() {
    let trust = TrustId::new("ahus").unwrap();
    let desk = desk(&[]);
    for (reason, code) in [
        ("born 01017012345", Code::PersonalNumber),
        ("wrote from nina@sykehus.test", Code::BadValue),
        ("a\u{200b}b", Code::BadValue),
    ] {
        match reject(&desk, &trust, &rejection("REQ-B", reason)) {
            Err(EditError::Otherwise(findings)) => {
                assert!(findings.iter().any(|finding| finding.code == code), "{findings:?}");
            }
            other => panic!("{reason}: {other:?}"),
        }
    }
    let broken = self::desk(&[("requests/ahus.yaml", "rejected: [x\n")]);
    assert!(matches!(reject(&broken, &trust, &rejection("REQ-B", "no need")), Err(EditError::InError(_))));
}

#[test]
fn a_rejection_is_taken_out_and_the_rest_of_the_list_stays_as_it_is() {
    let list = "rejected:\n  # by mail\n  - on: 2026-11-20\n    request: REQ-B\n    by: bjorn.lederesen\n    reason: sent twice\n  - request: REQ-C\n    on: 2026-11-20\n    by: bjorn.lederesen\n    reason: no need\n  - {request: REQ-D, on: 2026-11-20, by: bjorn.lederesen, reason: no need} # last\n";
    let desk = desk(&[("requests/ahus.yaml", list), ("requests/ahus.yaml.sig", "")]);
    let withdrawn = |number: &str| unreject(&desk, &RequestId::new(number).unwrap(), None);
    let (first, rest) = list.split_once("  - request: REQ-C\n").unwrap();
    let (_, last) = rest.split_once("no need\n").unwrap();
    let middle = &list[first.len()..list.len() - last.len()];
    for (number, left) in [
        ("req-b", format!("rejected:\n  # by mail\n{middle}{last}")),
        ("REQ-C", format!("{first}{last}")),
        ("REQ-D", format!("{first}{middle}")),
    ] {
        let withdrawn = withdrawn(number).unwrap().unwrap();
        assert!(withdrawn.rejection.request.as_str().eq_ignore_ascii_case(number));
        assert_eq!(withdrawn.trust.as_str(), "ahus");
        assert!(withdrawn.draft.approvers.is_empty(), "nobody signs it");
        let [file] = &withdrawn.draft.files[..] else { panic!("{:?}", withdrawn.draft) };
        assert_eq!(String::from_utf8_lossy(file.after.as_ref().unwrap()), left, "{number}");
    }
    assert!(withdrawn("REQ-E").unwrap().is_none());
    let unn = TrustId::new("unn").unwrap();
    assert!(unreject(&desk, &RequestId::new("REQ-C").unwrap(), Some(&unn)).unwrap().is_none());
    let broken = self::desk(&[("requests/ahus.yaml", "rejected: [x\n")]);
    let request = RequestId::new("REQ-C").unwrap();
    assert!(matches!(unreject(&broken, &request, None), Err(EditError::InError(_))));
}

#[test]
fn a_list_that_rejects_nothing_any_more_is_removed_with_its_signatures() {
    let list =
        "rejected:\n  - request: REQ-C\n    on: 2026-11-20\n    by: bjorn.lederesen\n    reason: no need\n";
    let desk = desk(&[("requests/ahus.yaml", list), ("requests/ahus.yaml.sig", "x\n")]);
    let withdrawn = unreject(&desk, &RequestId::new("REQ-C").unwrap(), None).unwrap().unwrap();
    let paths: Vec<&str> = withdrawn.draft.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["requests/ahus.yaml", "requests/ahus.yaml.sig"]);
    assert!(withdrawn.draft.files.iter().all(|file| file.before.is_some() && file.after.is_none()));
}
