//! A register with one trust whose user list is reviewed, as a tree in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::civil::Date;
use portvakt_core::change::Base;
use portvakt_core::decide::{ChangeToCheck, Checked, Nothing, accepted_tree, check_against, rules_of};
use portvakt_core::diag::{Code, Finding, Lang};
use portvakt_core::judge::{ForgeInquiry, Rules};
use portvakt_core::model::{
    Account, AccountId, Answered, ApplicationId, Delegation, Digest, FilePath, PersonId, Review, ReviewedBy,
    Right, RoleId, RowAnswer, TrustId, UnitId,
};
use portvakt_core::policy::REQUIRED_FILES;
use portvakt_core::review::{self, JudgedReviews, ReviewCase, Start};
use portvakt_core::tree::Snapshot;

pub const LEADER: &str = "leder.eksempelvik";
pub const LC: &str = "lc.ahusen";
pub const LIST: &str = "reviews/ahus/2026-Q4.yaml";

const REGISTER: &str = "
id: smerteregisteret
evidence: declared
name: Smerteregisteret
time_zone: Europe/Oslo
applications: {smerteregisteret: Smerteregisteret, rapporteket-smerte: Rapporteket - Smerte}
roles:
  SC: {name: Leder, counted: true}
  LC: {name: Koordinator, counted: true}
  LU: {name: Bruker}
coordinators: {role: LC, application: smerteregisteret}
offices: {register-leader: Leder, national-coordinator: Koordinator, system-manager: Forvalter, ict-administrator: IKT}
administrators:
  - {person: leder.eksempelvik, name: Leder Eksempelvik, office: register-leader, from: 2015-01-01}
  - {person: nasjonal.eksempelvik, name: Nasjonal Eksempelvik, office: national-coordinator, from: 2015-01-01}
  - {person: system.eksempelvik, name: System Eksempelvik, office: system-manager, from: 2015-01-01}
trusts:
  nasjonal: {name: Nasjonalt, kind: national, units: {0: Nasjonal}}
  helse-bergen: {name: Helse Bergen HF, host: true, units: {100082: Haukeland}}
  ahus: {name: Ahus HF, units: {100089: Ahus, 200089: Ski}}
  helse-fonna: {name: Helse Fonna HF, units: {100084: Fonna}}
ict_bodies: {helse-vest-ikt: Helse Vest IKT, helse-nord-ikt: Helse Nord IKT, nhn: Norsk helsenett}
review_months: 3
reviews_from: 2026-09-01
contact_in_git: false
accounts: {ignore: [], adopt: {}}
";

pub fn id(text: &str) -> PersonId {
    PersonId::new(text).unwrap()
}

/// Returns an account in use with a right at Ahus.
pub fn account(name: &str, person: Option<&str>) -> Account {
    let right = Right {
        application: ApplicationId::new("smerteregisteret").unwrap(),
        unit: UnitId(100_089),
        role: RoleId::new("LU").unwrap(),
    };
    Account {
        id: AccountId::new(name),
        person: person.map(id),
        name: "Test Testesen".to_owned(),
        login: None,
        email: None,
        active: true,
        rights: BTreeMap::from([(right, None)]),
        subscriptions: Vec::new(),
    }
}

pub fn path(text: &str) -> FilePath {
    FilePath::new(text)
}

/// Returns a person's file with one entry. `more` are lines about the person.
pub fn person(id: &str, unit: u32, role: &str, by: &str, on: &str, more: &str) -> String {
    let employer = if more.contains("employer:") { "" } else { "employer: ahus\n" };
    format!(
        "person: {id}\nname: Test Testesen\n{employer}staff: health\n{more}access:\n  - application: \
         smerteregisteret\n    unit: {unit}\n    role: {role}\n    from: {on}\n    request: REQ-{id}\n    approved: \
         {{by: {by}, on: {on}, identity: known}}\n"
    )
}

/// The files of a tree.
#[derive(Clone)]
pub struct World(pub BTreeMap<FilePath, Vec<u8>>);

impl World {
    /// Makes Ahus with its coordinator, two nurses and a registrar without an end, and Fonna with its coordinator.
    pub fn new() -> Self {
        let mut world = Self(BTreeMap::new());
        for name in REQUIRED_FILES {
            world.put(name, std::fs::read(Path::new(crate::ROOT).join(name)).unwrap());
        }
        world.put("desired-state/register.yaml", REGISTER);
        world.put("desired-state/ahus/lc.ahusen.yaml", person(LC, 100_089, "LC", LEADER, "2026-01-05", ""));
        for nurse in ["ola.testesen", "per.testesen"] {
            let file = person(nurse, 100_089, "LU", LC, "2026-02-05", "");
            world.put(&format!("desired-state/ahus/{nurse}.yaml"), file);
        }
        let registrar = person("kari.testesen", 200_089, "LU", LC, "2026-03-05", "position: lis\n");
        world.put("desired-state/ahus/kari.testesen.yaml", registrar);
        let fonna = person("lc.fonnasen", 100_084, "LC", LEADER, "2026-11-01", "employer: helse-fonna\n");
        world.put("desired-state/helse-fonna/lc.fonnasen.yaml", fonna);
        world
    }

    pub fn put(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        self.0.insert(path(name), bytes.as_ref().to_vec());
    }

    pub fn edit(&mut self, name: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.0[&path(name)].clone()).unwrap();
        assert!(text.contains(from), "{from}");
        self.put(name, text.replacen(from, to, 1));
    }

    pub fn tree(&self) -> Snapshot {
        Snapshot::of(self.0.clone())
    }

    pub fn rules(&self) -> Rules {
        rules_of(&self.tree()).unwrap_or_else(|findings| panic!("{findings:?}"))
    }

    /// Everything in the tree, as accepted.
    pub fn base(&self, today: Date) -> Base {
        let (tree, rules) = (self.tree(), self.rules());
        accepted_tree(&tree, &rules.register, today).base
    }

    pub fn list(&self, today: Date) -> Review {
        let (rules, base, trust) = (self.rules(), self.base(today), TrustId::new("ahus").unwrap());
        review::start(&Start { rules: &rules, base: &base, trust: &trust, tree: self.tree().digest(), today })
    }

    pub fn put_list(&mut self, list: &Review) {
        self.put_list_at(LIST, list);
    }

    pub fn put_list_at(&mut self, place: &str, list: &Review) {
        let rules = self.rules();
        let text = review::written(
            list,
            Lang::Nb,
            |person| person.to_string(),
            |row| {
                review::sentences(
                    &rules,
                    &portvakt_core::model::Right {
                        application: row.key.application.clone(),
                        unit: row.key.unit,
                        role: row.role.clone(),
                    },
                )
            },
        );
        self.put(place, text);
    }

    /// Judges the reviews from the tree alone, as a whole pass would.
    pub fn judged(&self, used: &BTreeSet<Digest>, today: Date) -> JudgedReviews {
        self.judged_by(&self.base(today), used, today)
    }

    pub fn judged_by(&self, base: &Base, used: &BTreeSet<Digest>, today: Date) -> JudgedReviews {
        let (tree, rules) = (self.tree(), self.rules());
        let first = review::oldest(base, today);
        review::judge_all(&ReviewCase {
            forge: ForgeInquiry::Asked,
            ..ReviewCase::of_files(tree.reviews(), &rules, base, used, &first, today)
        })
    }

    /// Returns a check of the change from this tree to another.
    pub fn check(&self, after: &Self, today: Date) -> Checked {
        let (base, tree) = (self.tree(), after.tree());
        check_against(&ChangeToCheck { base: &base, tree: &tree, past: &Nothing, reviews: None, today })
    }
}

/// Answers every row with `keep`. The coordinator answers all but their own, and the register leader answers that one.
pub fn answered(mut list: Review, on: Date) -> Review {
    for row in &mut list.rows {
        let by = if row.key.person == id(LC) { LEADER } else { LC };
        row.answered = Some(Answered { answer: RowAnswer::Keep { until: None }, by: id(by) });
    }
    list.reviewed = [LC, LEADER].map(|by| ReviewedBy { by: id(by), on }).to_vec();
    list
}

pub fn delegation(person: &str, by: &str, from: Date, until: Date) -> Delegation {
    Delegation { person: id(person), by: id(by), from, until }
}

/// Returns whether a finding tells when the national list is due. It is always due, because of its offices.
fn is_of_the_national_list(finding: &&Finding) -> bool {
    finding.message.en().starts_with("Nasjonalt: the review of the user list")
}

/// Returns the codes of the findings about reviews. The due day of the national list is left out.
pub fn codes(findings: &[Finding]) -> Vec<&'static str> {
    let others = findings.iter().filter(|finding| !is_of_the_national_list(finding));
    let mut codes: Vec<&str> = others.map(|finding| finding.code.as_str()).collect();
    codes.retain(|code| code.starts_with("review"));
    codes.sort_unstable();
    codes
}

pub fn one(findings: &[Finding], code: Code) -> &Finding {
    let others = findings.iter().filter(|finding| !is_of_the_national_list(finding));
    let mut of_it = others.filter(|finding| finding.code == code);
    let found = of_it.next().unwrap_or_else(|| panic!("no {code}: {findings:?}"));
    assert!(of_it.next().is_none(), "more than one {code}");
    found
}
