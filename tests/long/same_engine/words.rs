//! A tree in plain words. Cases are made of it, and the model reads it. The program sees only the bytes that are
//! written from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::civil::Date;

use crate::same_engine::keys::{Bench, NAMESPACE};

pub type Id = &'static str;
pub type Day = Date;

/// Who approved is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    Signature,
    Forge,
    Declared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    Known,
    Contacted(Day),
    Uncertain,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub application: Id,
    pub unit: u32,
    pub role: Id,
    pub from: Day,
    pub until: Option<Day>,
    pub request: u32,
    pub by: Id,
    pub on: Day,
    pub identity: Identity,
    pub revoked: Option<(Id, Day)>,
}

/// What a file says about its person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    pub employer: Id,
    pub staff: Id,
    pub lis: bool,
    pub login: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub about: About,
    pub entries: Vec<Entry>,
    pub signatures: Vec<Signature>,
    /// Half a line too much: nobody can read it.
    pub broken: bool,
}

/// Everything an approver puts their name to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    pub person: Id,
    pub about: About,
    pub application: Id,
    pub unit: u32,
    pub role: Id,
    pub from: Day,
    pub until: Option<Day>,
    pub request: u32,
    pub identity: Identity,
    pub by: Id,
    pub on: Day,
}

impl Said {
    pub fn of(person: Id, about: &About, e: &Entry) -> Self {
        Self {
            person,
            about: about.clone(),
            application: e.application,
            unit: e.unit,
            role: e.role,
            from: e.from,
            until: e.until,
            request: e.request,
            identity: e.identity,
            by: e.by,
            on: e.on,
        }
    }

    /// The fixed text of the laws.
    pub fn text(&self) -> String {
        let none = || "none".to_owned();
        let identity = match self.identity {
            Identity::Known => "known".to_owned(),
            Identity::Uncertain => "uncertain".to_owned(),
            Identity::Contacted(on) => format!("contacted by phone on {on}"),
        };
        format!(
            "portvakt access statement 1\nregister: smerteregisteret\nperson: {}\nemployer: {}\nstaff: {}\n\
             position: {}\nlogin: {}\napplication: {}\nunit: {}\nrole: {}\nfrom: {}\nuntil: {}\nrequest: R{}\n\
             identity: {identity}\napproved by: {}\napproved on: {}\n",
            self.person,
            self.about.employer,
            self.about.staff,
            if self.about.lis { "lis" } else { "none" },
            self.about.login.map_or_else(none, str::to_owned),
            self.application,
            self.unit,
            self.role,
            self.from,
            self.until.map_or_else(|| "open".to_owned(), |day| day.to_string()),
            self.request,
            self.by,
            self.on,
        )
    }
}

/// A signature in the file beside a person's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub key: usize,
    /// For this register, or for another.
    pub here: bool,
    pub over: Box<Said>,
}

/// A signature beside the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    pub key: usize,
    pub here: bool,
    pub over: Box<Settings>,
    pub by: Id,
    pub on: Day,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub person: Id,
    pub office: Id,
    pub from: Day,
    pub until: Option<Day>,
    pub suspended: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub person: Id,
    pub key: usize,
    pub from: Option<Day>,
    /// The last day.
    pub until: Option<Day>,
}

/// `register.yaml`, as far as it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    pub evidence: Mode,
    pub most: BTreeMap<Id, u32>,
    pub max_lis_months: u32,
    pub appointments: Vec<Appointment>,
    /// A comment: other bytes that mean the same.
    pub note: u32,
}

/// All protected files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub register: Register,
    pub keys: Vec<KeyLine>,
    pub revoked: BTreeSet<usize>,
    /// Policies that are cut out, by their ids.
    pub cut: BTreeSet<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub settings: Settings,
    pub consents: Vec<Consent>,
    /// By trust and person.
    pub files: BTreeMap<(Id, Id), File>,
}

/// What is not looked at in any case: two people's worth of appointments, four trusts, a test unit.
pub const APPLICATIONS: [Id; 2] = ["smerteregisteret", "rapporteket-smerte"];
pub const TRUSTS: [(Id, &[u32]); 5] = [
    ("nasjonal", &[0]),
    ("helse-bergen", &[100_082]),
    ("ahus", &[100_089, 200_089]),
    ("helse-fonna", &[100_084]),
    ("utvikling", &[900_000_001]),
];
pub const EMPLOYERS: [Id; 6] =
    ["ahus", "helse-fonna", "helse-bergen", "helse-vest-ikt", "helse-nord-ikt", "nhn"];

pub fn trust_of(unit: u32) -> Id {
    TRUSTS.iter().find(|(_, units)| units.contains(&unit)).unwrap().0
}

pub fn path(trust: Id, person: Id) -> String {
    format!("desired-state/{trust}/{person}.yaml")
}

impl Register {
    pub fn text(&self) -> String {
        let evidence = match self.evidence {
            Mode::Signature => "evidence: signature\n".to_owned(),
            Mode::Declared => "evidence: declared\n".to_owned(),
            Mode::Forge => "evidence: forge\nforge: {kind: github, api: 'https://api.github.com', project: o/r, branch: main, accounts: {}}\n".to_owned(),
        };
        let mut appointments = String::new();
        for a in &self.appointments {
            let until = a.until.map_or_else(String::new, |until| format!(", until: {until}"));
            let suspended = if a.suspended { ", suspended: true" } else { "" };
            let _ = writeln!(
                appointments,
                "  - {{person: {}, name: Navn, office: {}, from: {}{until}{suspended}}}",
                a.person, a.office, a.from
            );
        }
        let most = |trust: Id| {
            self.most.get(trust).map_or_else(String::new, |most| format!(", most_coordinators: {most}"))
        };
        format!(
            "# {note}
id: smerteregisteret
{evidence}name: Smerteregisteret
time_zone: Europe/Oslo
applications: {{smerteregisteret: Smerteregisteret, rapporteket-smerte: Rapporteket - Smerte}}
roles:
  SC: {{name: Leder, counted: true}}
  LC: {{name: Koordinator, counted: true}}
  LU: {{name: Bruker}}
coordinators: {{role: LC, application: smerteregisteret}}
most_coordinators: 2
offices: {{register-leader: Leder, national-coordinator: Koordinator, system-manager: Forvalter, ict-administrator: IKT}}
administrators:
{appointments}trusts:
  nasjonal: {{name: Nasjonalt, kind: national, units: {{0: Nasjonal}}}}
  helse-bergen: {{name: Helse Bergen HF, org_no: 983974724, host: true{bergen}, units: {{100082: Haukeland}}}}
  ahus: {{name: Ahus HF, org_no: 983971636{ahus}, units: {{100089: Ahus, 200089: Ski}}}}
  helse-fonna: {{name: Helse Fonna HF, org_no: 983974694{fonna}, units: {{100084: Fonna}}}}
  utvikling: {{name: Utvikling, kind: test, units: {{900000001: Utvikling}}}}
ict_bodies: {{helse-vest-ikt: Helse Vest IKT, helse-nord-ikt: Helse Nord IKT, nhn: Norsk helsenett}}
removal_limits:
  trust: {{least: 2, percent: 10}}
  all: {{least: 3, percent: 5, most: 10}}
max_lis_months: {lis}
review_months: 3
contact_in_git: false
accounts: {{ignore: [], adopt: {{}}}}
",
            note = self.note,
            lis = self.max_lis_months,
            bergen = most("helse-bergen"),
            ahus = most("ahus"),
            fonna = most("helse-fonna"),
        )
    }
}

impl Settings {
    pub fn allowed_signers(&self, bench: &Bench) -> String {
        let mut text = String::new();
        let stamp = |day: Day| format!("{:04}{:02}{:02}", day.year(), day.month(), day.day());
        for line in &self.keys {
            let mut options = Vec::new();
            if let Some(from) = line.from {
                options.push(format!("valid-after=\"{}\"", stamp(from)));
            }
            if let Some(until) = line.until {
                // OpenSSH's end is the first moment that does not count.
                options.push(format!("valid-before=\"{}\"", stamp(until.tomorrow().unwrap())));
            }
            let options = options.join(",");
            let _ = writeln!(text, "{} {options} {}", line.person, bench.public(line.key));
        }
        text
    }

    pub fn revoked_keys(&self, bench: &Bench) -> String {
        self.revoked.iter().map(|key| format!("{}\n", bench.public(*key))).collect()
    }

    /// A policy file without those that are cut out.
    pub fn policies(&self, whole: &str) -> String {
        let mut text = whole.to_owned();
        for id in &self.cut {
            let start = text.find(&format!("@id(\"{id}\")")).unwrap();
            let end = start + text[start..].find("\n\n").unwrap();
            text.replace_range(start..end, "");
        }
        text
    }
}

impl File {
    pub fn text(&self, person: Id) -> String {
        let mut text = format!(
            "person: {person}\nname: Navn {}\nemployer: {}\nstaff: {}\n",
            person.replace(|c: char| !c.is_alphabetic(), ""),
            self.about.employer,
            self.about.staff
        );
        if self.about.lis {
            text.push_str("position: lis\n");
        }
        if let Some(login) = self.about.login {
            let _ = writeln!(text, "login: {login}");
        }
        text.push_str(if self.broken { "access: [\n" } else { "access:\n" });
        for e in &self.entries {
            let _ = write!(
                text,
                "  - application: {}\n    unit: {}\n    role: {}\n    from: {}\n",
                e.application, e.unit, e.role, e.from
            );
            if let Some(until) = e.until {
                let _ = writeln!(text, "    until: {until}");
            }
            let (identity, more) = match e.identity {
                Identity::Known => ("known", String::new()),
                Identity::Uncertain => ("uncertain", String::new()),
                Identity::Contacted(on) => {
                    ("contacted", format!("      contacted: {{channel: phone, on: {on}}}\n"))
                }
            };
            let _ = write!(
                text,
                "    request: R{}\n    approved:\n      by: {}\n      on: {}\n      identity: {identity}\n{more}",
                e.request, e.by, e.on
            );
            if let Some((by, on)) = e.revoked {
                let _ = writeln!(text, "    revoked: {{on: {on}, by: {by}, reason: has left}}");
            }
        }
        text
    }

    pub fn signature_file(&self, bench: &mut Bench) -> String {
        let blocks = self.signatures.iter().map(|s| {
            let namespace = if s.here { NAMESPACE } else { "portvakt@annet" };
            bench.sign(s.key, namespace, &s.over.text())
        });
        blocks.collect()
    }

    pub fn said(&self, person: Id) -> BTreeSet<Said> {
        if self.broken {
            return BTreeSet::new();
        }
        self.entries.iter().map(|e| Said::of(person, &self.about, e)).collect()
    }
}
