//! The organisation that the policy cases use, and the policies of the repository. The people in it are facts without
//! names.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use portvakt_core::model::{
    ApplicationId, BudgetLimits, Coordinators, EmployerId, FilePath, OfficeId, Register, RoleId, RoleRules,
    Trust, TrustId, TrustKind, Unit, UnitId,
};
use portvakt_core::policy::{PROMISE_FILES, Policies, REQUIRED_FILES};

pub type Files = BTreeMap<FilePath, Arc<[u8]>>;

pub const SCHEMA: &str = "policies/schema.cedarschema";
pub const ADMINISTRATION: &str = "policies/administration.cedar";
pub const ADVICE: &str = "policies/advice.cedar";
pub const CAPABILITIES: &str = "policies/capabilities.cedar";

/// What may be done in a course.
pub const ACTS: [&str; 8] = [
    "register-form",
    "save-form",
    "unlock-form",
    "read-course",
    "read-national",
    "change-consent",
    "remove-consent",
    "register-reservation",
];

pub const NATIONAL: u32 = 0;
pub const BERGEN: u32 = 100_082;
pub const AHUS: u32 = 100_089;
pub const TEST: u32 = 900_000_001;

/// The files below `policies/` that count.
pub fn files() -> Files {
    let root = Path::new(crate::ROOT);
    REQUIRED_FILES
        .iter()
        .map(|path| (FilePath::new(path), Arc::from(std::fs::read(root.join(path)).unwrap())))
        .collect()
}

/// The files below `policies/` that count, with the promises.
pub fn with_promises() -> Files {
    let root = Path::new(crate::ROOT);
    let promises = PROMISE_FILES
        .iter()
        .map(|path| (FilePath::new(path), Arc::from(std::fs::read(root.join(path)).unwrap())));
    files().into_iter().chain(promises).collect()
}

/// The policies of the repository.
pub fn policies() -> Policies {
    Policies::load(&files()).unwrap_or_else(|findings| {
        panic!(
            "{}",
            portvakt_core::diag::human(
                &findings,
                portvakt_core::diag::Colour::Never,
                portvakt_core::diag::Lang::En
            )
        )
    })
}

/// Returns the files with some words in one of them replaced everywhere. The words must occur.
pub fn edited(path: &str, from: &str, to: &str) -> Files {
    let mut files = files();
    let path = FilePath::new(path);
    let text = String::from_utf8(files[&path].to_vec()).unwrap();
    assert!(text.contains(from), "`{from}` is not in {path}");
    files.insert(path, Arc::from(text.replace(from, to).into_bytes()));
    files
}

/// A register with the places of the procedure.
pub fn register() -> Register {
    let trust = |id: &str, kind, host| {
        let trust =
            Trust { name: id.to_owned(), kind, org_no: None, host, most_coordinators: 2, previously: None };
        (TrustId::new(id).unwrap(), trust)
    };
    let unit = |id, trust: &str| {
        let unit = Unit {
            name: trust.to_owned(),
            trust: TrustId::new(trust).unwrap(),
            from: None,
            until: None,
            test_only: id == TEST,
            national: id == NATIONAL,
        };
        (UnitId(id), unit)
    };
    let named = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    Register {
        evidence: portvakt_core::model::Evidence::Declared,
        id: "smerte".to_owned(),
        name: "Smerteregisteret".to_owned(),
        time_zone: "Europe/Oslo".to_owned(),
        applications: named(&["smerteregisteret", "rapporteket-smerte"])
            .into_iter()
            .map(|id| (ApplicationId::new(&id).unwrap(), id))
            .collect(),
        trusts: BTreeMap::from([
            trust("helse-bergen", TrustKind::Trust, true),
            trust("ahus", TrustKind::Trust, false),
            trust("oslo", TrustKind::Trust, false),
            trust("nasjonal", TrustKind::National, false),
            trust("test", TrustKind::Test, false),
        ]),
        units: BTreeMap::from([
            unit(NATIONAL, "nasjonal"),
            unit(BERGEN, "helse-bergen"),
            unit(AHUS, "ahus"),
            unit(4_207_789, "oslo"),
            unit(705_758, "oslo"),
            unit(TEST, "test"),
        ]),
        ict_bodies: named(&["helse-vest-ikt", "helse-nord-ikt", "nhn"])
            .into_iter()
            .map(|id| (EmployerId::new(&id).unwrap(), id))
            .collect(),
        roles: [("SC", true), ("LC", true), ("LU", false)]
            .map(|(id, counted)| (RoleId::new(id).unwrap(), RoleRules { name: id.to_owned(), counted }))
            .into(),
        coordinators: Coordinators {
            role: RoleId::new("LC").unwrap(),
            application: ApplicationId::new("smerteregisteret").unwrap(),
        },
        offices: named(&["register-leader", "national-coordinator", "system-manager", "ict-administrator"])
            .into_iter()
            .map(|id| (OfficeId::new(&id).unwrap(), id))
            .collect(),
        appointments: Vec::new(),
        removal_limits: BudgetLimits::REMOVALS,
        addition_limits: BudgetLimits::ADDITIONS,
        max_lis_months: 12,
        review_months: 3,
        reviews_from: None,
        proofs: None,
        contact_in_git: false,
        ignored_accounts: Default::default(),
        adopted_accounts: Default::default(),
        code_owners: Default::default(),
    }
}
