//! Offices and service accounts on the national list: reviewed like an access, by somebody else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, date};
use portvakt_core::change::Base;
use portvakt_core::diag::{Code, Lang};
use portvakt_core::model::{
    Account, AccountId, Answered, ApplicationId, Review, ReviewedBy, Right, RoleId, RowAnswer, Setting,
    TrustId, UnitId,
};
use portvakt_core::parse;
use portvakt_core::review::{
    self, AnswerFollowed, Due, JudgedReviews, ReadBack, ReviewState, Start, closed, followed_setting,
    settings_at,
};

use super::world::{LC, LEADER, World, codes, id, one, path};

const MADE: Date = date(2026, 11, 20);
const ON: Date = date(2026, 11, 24);
const COORDINATOR: &str = "nasjonal.eksempelvik";
const LIST: &str = "reviews/nasjonal/2026-Q4.yaml";
const REGISTER: &str = "desired-state/register.yaml";

/// A register with two service accounts, and an account that was made by hand for Ola.
fn world() -> World {
    let mut world = World::new();
    world.edit(
        REGISTER,
        "accounts: {ignore: [], adopt: {}}",
        "accounts: {ignore: [svc-import, \"90000001\"], adopt: {hand-1: ola.testesen}}",
    );
    world
}

fn list_of(world: &World, trust: &str) -> Review {
    let (rules, base, trust) = (world.rules(), world.base(MADE), TrustId::new(trust).unwrap());
    review::start(&Start {
        rules: &rules,
        base: &base,
        trust: &trust,
        tree: world.tree().digest(),
        today: MADE,
    })
}

/// Answers everything with `keep`. The register leader answers all but their own office, and the national coordinator
/// answers that one.
fn answered(mut list: Review) -> Review {
    for row in &mut list.settings {
        let by = if row.setting.person() == Some(&id(LEADER)) { COORDINATOR } else { LEADER };
        row.answered = Some(Answered { answer: RowAnswer::Keep { until: None }, by: id(by) });
    }
    list.reviewed = [LEADER, COORDINATOR].map(|by| ReviewedBy { by: id(by), on: ON }).to_vec();
    list
}

fn text(list: &Review) -> String {
    review::written(list, Lang::Nb, |person| person.to_string(), |_| Vec::new())
}

fn judged(world: &World, list: &Review) -> JudgedReviews {
    let mut world = world.clone();
    world.put(LIST, text(list));
    world.judged(&BTreeSet::new(), ON)
}

fn due(judged: &JudgedReviews) -> Due {
    judged.due[&TrustId::new("nasjonal").unwrap()]
}

fn answer(list: &mut Review, about: &str, answer: RowAnswer, by: &str) {
    let is_it = |setting: &Setting| {
        setting.person() == Some(&id(about)) || setting.account() == Some(&AccountId::new(about))
    };
    let row = list.settings.iter_mut().find(|row| is_it(&row.setting)).unwrap();
    row.answered = Some(Answered { answer, by: id(by) });
}

#[test]
fn the_national_list_has_the_offices_and_the_service_accounts_and_reads_back() {
    let world = world();
    let list = list_of(&world, "nasjonal");
    let about = |setting: &Setting| match setting {
        Setting::Appointment { person, office, .. } => format!("{office}: {person}"),
        Setting::Ignored { account } => account.to_string(),
        Setting::Adopted { account, person } => format!("{account}: {person}"),
    };
    let rows: Vec<String> = list.settings.iter().map(|row| about(&row.setting)).collect();
    assert_eq!(
        rows,
        [
            "register-leader: leder.eksempelvik",
            "national-coordinator: nasjonal.eksempelvik",
            "system-manager: system.eksempelvik",
            "90000001",
            "svc-import",
            "hand-1: ola.testesen",
        ]
    );
    assert!(list_of(&world, "ahus").settings.is_empty());
    let register = world.rules().register;
    let mut list = answered(list);
    answer(&mut list, "system.eksempelvik", RowAnswer::Keep { until: Some(date(2027, 6, 30)) }, LEADER);
    answer(&mut list, "svc-import", RowAnswer::End, LEADER);
    for lang in [Lang::Nb, Lang::En] {
        let text = review::written(&list, lang, |_| "Åse Øl".to_owned(), |_| Vec::new());
        let read = parse::review(&path(LIST), text.as_bytes(), &register)
            .unwrap_or_else(|why| panic!("{why:?}\n{text}"));
        assert_eq!((&read.review, read.settings.len()), (&list, 6), "{text}");
        // An answer that is given later changes its row and no other byte.
        let mut new = list.clone();
        answer(&mut new, "svc-import", RowAnswer::Change, LEADER);
        let rewritten = review::rewritten(&text, &read, &new);
        assert_eq!(rewritten, text.replacen("    answer: end", "    answer: change", 1));
    }
}

#[test]
fn what_is_wrong_in_a_row_about_the_settings_is_told() {
    let world = world();
    let register = world.rules().register;
    let plain = text(&answered(list_of(&world, "nasjonal")));
    for (from, to, code) in [
        ("  - office: register-leader\n", "  - person: x\n", "not-yaml"),
        ("    from: 2015-01-01\n", "", "bad-value"),
        ("  - account: \"svc-import\"\n", "  - account: \"svc-import\"\n    from: 2015-01-01\n", "bad-value"),
        ("  - account: \"svc-import\"\n", "  - office: x\n    account: \"svc-import\"\n", "bad-value"),
        ("  - account: \"svc-import\"\n", "  - account: \"90000001\"\n", "duplicate-entry"),
        ("  - account: \"svc-import\"\n", "  - account: \"svc-import\"\n    unit: 1\n", "unknown-key"),
        (
            "  - account: \"svc-import\"\n    answer: keep\n",
            "  - account: \"svc-import\"\n    answer: keep\n    keep_until: 2027-01-01\n",
            "bad-value",
        ),
        ("# leder.eksempelvik", "# 90000002", "personal-number"),
    ] {
        assert!(plain.contains(from), "{from}\n{plain}");
        let changed = plain.replacen(from, to, 1);
        let findings = parse::review(&path(LIST), changed.as_bytes(), &register).unwrap_err();
        assert!(findings.iter().any(|finding| finding.code.as_str() == code), "{to}: {findings:?}");
    }
}

#[test]
fn an_administrator_is_reviewed_by_somebody_else() {
    let world = world();
    let list = answered(list_of(&world, "nasjonal"));
    let good = judged(&world, &list);
    assert_eq!((due(&good).last, due(&good).state), (Some(ON), ReviewState::Done), "{:?}", good.findings);
    let mut own = list.clone();
    answer(&mut own, LEADER, RowAnswer::Keep { until: None }, LEADER);
    let refused = judged(&world, &own);
    assert_eq!(due(&refused).last, None);
    let told = one(&refused.findings, Code::ReviewOwnRow);
    let who = told.way_out.en();
    assert!(who.contains("`nasjonal.eksempelvik`") && !who.contains("`leder.eksempelvik`"), "{who}");
    // An account that is somebody's is theirs too, and a trust's coordinator has no say here.
    let mut silent = list.clone();
    silent.settings[3].answered = None;
    let mut stranger = list.clone();
    answer(&mut stranger, "svc-import", RowAnswer::Keep { until: None }, LC);
    stranger.reviewed.push(ReviewedBy { by: id(LC), on: ON });
    for (list, code) in [(silent, "review-incomplete"), (stranger, "reviewer-not-entitled")] {
        let judged = judged(&world, &list);
        assert_eq!(due(&judged).last, None);
        assert!(codes(&judged.findings).contains(&code), "{code}: {:?}", judged.findings);
    }
}

#[test]
fn an_office_or_account_without_a_row_keeps_the_review_open() {
    let world = world();
    let list = answered(list_of(&world, "nasjonal"));
    for gone in 0..list.settings.len() {
        let mut shorter = list.clone();
        shorter.settings.remove(gone);
        let judged = judged(&world, &shorter);
        assert_eq!(due(&judged).last, None);
        let told = one(&judged.findings, Code::ReviewIncomplete).message.en().to_owned();
        assert!(told.contains("missing from the list: 1"), "{told}");
    }
    // A person who is appointed after the list was made has no row.
    let mut later = world.clone();
    later.edit(
        REGISTER,
        "administrators:\n",
        "administrators:\n  - {person: ny.eksempelvik, name: Ny, office: system-manager, from: 2026-11-21}\n",
    );
    assert_eq!(due(&judged(&later, &list)).last, Some(ON));
}

#[test]
fn the_national_list_is_due_for_its_offices_though_nobody_has_access_there() {
    let world = World::new();
    let at = |today| due(&world.judged(&BTreeSet::new(), today));
    assert_eq!(at(date(2026, 11, 1)).due, Some(date(2026, 12, 1)));
    assert_eq!(at(date(2026, 12, 2)).state, ReviewState::Overdue);
    let told = world.judged(&BTreeSet::new(), date(2027, 1, 2));
    assert_eq!(due(&told).state, ReviewState::Escalated);
    assert!(told.findings.iter().any(|finding| finding.message.en().starts_with("Nasjonalt: ")));
}

#[test]
fn without_a_national_level_the_host_has_the_settings() {
    let mut register = (*World::new().rules().register).clone();
    assert_eq!(settings_at(&register).map(TrustId::as_str), Some("nasjonal"));
    register.trusts.remove("nasjonal");
    assert_eq!(settings_at(&register).map(TrustId::as_str), Some("helse-bergen"));
    register.trusts.remove("helse-bergen");
    assert_eq!(settings_at(&register), None);
}

#[test]
fn what_a_review_says_of_the_settings_is_open_until_they_say_so_and_the_store_shows_it() {
    let mut world = world();
    let mut list = answered(list_of(&world, "nasjonal"));
    answer(&mut list, "system.eksempelvik", RowAnswer::End, LEADER);
    answer(&mut list, "svc-import", RowAnswer::End, LEADER);
    world.put(LIST, text(&list));
    let follows = |world: &World, about: &str, today| {
        let (base, register) = (Base::default(), world.rules().register);
        let is_it = |setting: &Setting| {
            setting.person() == Some(&id(about)) || setting.account() == Some(&AccountId::new(about))
        };
        let row = list.settings.iter().find(|row| is_it(&row.setting)).unwrap();
        followed_setting(row, &register, &base, today)
    };
    let told = |world: &World, today| {
        let (base, rules) = (world.base(today), world.rules());
        let judged = world.judged_by(&base, &BTreeSet::new(), today);
        codes(&review::open_answers(&judged, &base, &rules.register, |_| None, today).1)
    };
    assert_eq!(told(&world, ON), ["review-answers-open"]);
    world.edit(REGISTER, "office: system-manager,", "until: 2026-11-24, office: system-manager,");
    world.edit(REGISTER, "svc-import, ", "");
    assert_eq!(follows(&world, "system.eksempelvik", ON), AnswerFollowed::EndsOn(ON));
    assert_eq!(follows(&world, "svc-import", ON), AnswerFollowed::Done);
    assert_eq!(told(&world, ON), [""; 0]);
    let after = date(2026, 11, 25);
    assert_eq!(follows(&world, "system.eksempelvik", after), AnswerFollowed::Done);

    let right = Right {
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(100_089),
        role: RoleId::new("LU").unwrap(),
    };
    let account = |active, rights: &[&Right]| Account {
        id: AccountId::new("svc-import"),
        person: None,
        name: "Import".to_owned(),
        login: None,
        email: None,
        active,
        rights: rights.iter().map(|right| ((*right).clone(), None)).collect(),
        subscriptions: Vec::new(),
    };
    let closes = |account: Option<Account>, today| {
        let (base, rules) = (world.base(today), world.rules());
        let judged = world.judged_by(&base, &BTreeSet::new(), today);
        let accounts: BTreeMap<_, _> = account.into_iter().map(|one| (one.id.clone(), one)).collect();
        let store = ReadBack { base: &base, register: &rules.register, accounts: &accounts, today };
        closed(&judged, &BTreeSet::new(), &store).len()
    };
    assert_eq!(closes(None, ON), 0, "the office is not over yet");
    assert_eq!(closes(Some(account(true, &[&right])), after), 0);
    assert_eq!(closes(Some(account(false, &[&right])), after), 1);
    assert_eq!(closes(Some(account(true, &[])), after), 1);
    assert_eq!(closes(None, after), 1);
}
