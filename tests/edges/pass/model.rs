//! The rules of a grant, written down in plain code without Cedar. The verdicts of whole passes are compared with them.
//! Each pass judges many random entries, and each entry is independent of the others.

use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::pass::fixture::*;

#[derive(Debug, Clone)]
struct Asked {
    trust: &'static str,
    unit: u32,
    role: &'static str,
    staff: &'static str,
    employer: &'static str,
    lis: bool,
    until: Option<&'static str>,
    report: bool,
    by: By,
    identity: &'static str,
    future: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Leader,
    Coordinator,
    Manager,
    Ict,
    LcAhus,
    LcFonna,
    LcBergen,
    LcReportOnly,
    LcLater,
    Nobody,
    Oneself,
}

impl By {
    fn id(self, oneself: &str) -> &str {
        match self {
            Self::Leader => LEADER,
            Self::Coordinator => COORDINATOR,
            Self::Manager => MANAGER,
            Self::Ict => ICT,
            Self::LcAhus => LC_AHUS,
            Self::LcFonna => LC_FONNA,
            Self::LcBergen => "lc.bergensen",
            Self::LcReportOnly => "lc.rapportsen",
            Self::LcLater => "lc.senere",
            Self::Nobody => "ingen.eksempelvik",
            Self::Oneself => oneself,
        }
    }
}

/// The procedure for one new entry of a person without any office (R3-R43). Limits over sets have another test.
fn may(asked: &Asked) -> bool {
    let national_leadership = matches!(asked.by, By::Leader | By::Coordinator);
    let hospital = matches!(asked.trust, "helse-bergen" | "ahus" | "helse-fonna");
    let body = matches!(asked.employer, "helse-vest-ikt" | "helse-nord-ikt" | "nhn");
    let own = match asked.by {
        By::LcAhus => asked.trust == "ahus",
        By::LcFonna => asked.trust == "helse-fonna",
        _ => false,
    };
    let somebody = match asked.by {
        By::Leader | By::Coordinator => asked.staff == "health" && hospital,
        By::LcAhus | By::LcFonna => asked.staff == "health" && own && asked.role != "LC",
        By::Manager => asked.staff == "ict" && body,
        By::Ict => asked.staff == "ict" && asked.trust == "utvikling",
        By::LcBergen | By::LcReportOnly | By::LcLater | By::Nobody | By::Oneself => false,
    };
    let test_unit = asked.trust != "utvikling"
        || (asked.staff == "ict" && matches!(asked.employer, "helse-nord-ikt" | "nhn"));
    let stay = !asked.lis || matches!(asked.until, Some("2026-06-30" | "2027-01-05"));
    somebody
        && test_unit
        && stay
        && asked.role != "SC"
        && (asked.role != "LC" || national_leadership)
        && asked.identity != "uncertain"
        && !asked.future
}

fn asked() -> impl Strategy<Value = Asked> {
    let places = vec![
        ("ahus", AHUS),
        ("ahus", 200_089),
        ("helse-fonna", FONNA),
        ("helse-bergen", BERGEN),
        ("utvikling", TEST),
    ];
    let by = vec![
        By::Leader,
        By::Coordinator,
        By::Manager,
        By::Ict,
        By::LcAhus,
        By::LcAhus,
        By::LcFonna,
        By::LcBergen,
        By::LcReportOnly,
        By::LcLater,
        By::Nobody,
        By::Oneself,
    ];
    (
        proptest::sample::select(places),
        prop_oneof![8 => Just("LU"), 1 => Just("LC"), 1 => Just("SC")],
        prop_oneof![4 => Just("health"), 3 => Just("ict"), 1 => Just("other")],
        proptest::sample::select(vec!["ahus", "helse-bergen", "helse-vest-ikt", "helse-nord-ikt", "nhn"]),
        proptest::bool::weighted(0.3),
        proptest::sample::select(vec![None, Some("2026-06-30"), Some("2027-01-05"), Some("2027-01-06")]),
        any::<bool>(),
        proptest::sample::select(by),
        prop_oneof![5 => Just("known"), 1 => Just("uncertain")],
        proptest::bool::weighted(0.1),
    )
        .prop_map(|((trust, unit), role, staff, employer, lis, until, report, by, identity, future)| {
            Asked { trust, unit, role, staff, employer, lis, until, report, by, identity, future }
        })
}

fn base() -> World {
    let mut tree = Tree::with(&[
        file("helse-bergen", "lc.bergensen", [lc(BERGEN, "R1", LEADER)]),
        file("ahus", "lc.rapportsen", [lc(200_089, "R1", LEADER).rapporteket().until("2026-03-31")]),
        file("ahus", "lc.senere", [lc(AHUS, "R1", LEADER).from("2026-04-01")]),
    ]);
    // Everybody is asked about by themselves: the limit on coordinators is out of the way.
    tree.edit("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: 100");
    // This test needs hundreds of people at once.
    let many = "addition_limits: {trust: {least: 1000}, all: {least: 1000}}\nmax_lis_months";
    tree.edit("desired-state/register.yaml", "max_lis_months", many);
    World::new(tree)
}

fn compare(entries: &[Asked]) -> (usize, usize) {
    let mut world = base();
    let mut expected = BTreeMap::new();
    for (number, asked) in entries.iter().enumerate() {
        let who = format!("spurt{number}.testesen");
        let mut e = entry(asked.role, asked.unit, &format!("REQ-{number}"), asked.by.id(&who));
        e.until = asked.until.map(str::to_owned);
        asked.identity.clone_into(&mut e.identity);
        if asked.future {
            e = e.on("2026-03-03");
        }
        if asked.report {
            e = e.rapporteket();
        }
        let mut f = file(asked.trust, &who, [e]);
        asked.staff.clone_into(&mut f.staff);
        asked.employer.clone_into(&mut f.employer);
        f.position = asked.lis.then(|| "lis".to_owned());
        world.put(&f);
        expected.insert(who, may(asked));
    }
    let decided = world.pass();
    for (number, asked) in entries.iter().enumerate() {
        let who = format!("spurt{number}.testesen");
        let path = format!("desired-state/{}/{who}.yaml", asked.trust);
        let told: Vec<_> = decided
            .findings
            .iter()
            .filter(|f| f.place.as_ref().is_some_and(|place| place.file.as_str() == path))
            .collect();
        assert_eq!(world.has(&who), expected[&who], "{asked:#?}\n{told:#?}");
    }
    let permitted = expected.values().filter(|may| **may).count();
    (permitted, expected.len() - permitted)
}

#[test]
fn verdicts_are_those_of_the_procedure() {
    let config = ProptestConfig {
        cases: 12,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let (permitted, refused) = (Cell::new(0), Cell::new(0));
    let mut runner = TestRunner::new(config);
    let ran = runner.run(&vec(asked(), 150..350), |entries| {
        let (yes, no) = compare(&entries);
        permitted.set(permitted.get() + yes);
        refused.set(refused.get() + no);
        Ok(())
    });
    ran.unwrap_or_else(|why| panic!("{why}"));
    // A model that says no to everything would agree, too. Of about three thousand questions one in fourteen is
    // permitted.
    assert!(permitted.get() > 60 && refused.get() > 600, "{permitted:?} {refused:?}");
}
