//! A tree in plain words. Cases are made of it, and the model reads it. The program sees only the bytes that are
//! written from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Display, Write as _};

use jiff::civil::Date;
use portvakt_test_bench::{Access, about};

use crate::same_engine::keys::{Bench, NAMESPACE};

mod settings;

pub use settings::{Appointment, Consent, KeyLine, Register, Settings};

pub type Id = &'static str;
pub type Day = Date;

/// The kind of evidence that the register asks for.
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

/// The content of a file about its person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    pub employer: Id,
    pub staff: Id,
    pub lis: bool,
    pub login: Option<Id>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The number of the name that the file gives the person.
    pub name: u32,
    pub about: About,
    pub entries: Vec<Entry>,
    pub signatures: Vec<Signature>,
    /// The signatures about the identity of the person.
    pub identified: Vec<Identified>,
    /// Tells whether the file has half a line too much, so that nobody can read it.
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

/// A signature beside a person's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    pub key: usize,
    /// Tells whether it is made for this register, and not for another.
    pub here: bool,
    pub over: Box<Said>,
}

/// A signature over a name of the person, beside their file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    pub key: usize,
    pub name: u32,
    pub by: Id,
    pub on: Day,
}

/// An application that was rejected at Ahus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    pub request: u32,
    pub by: Id,
    pub on: Day,
    /// The key of a signature beside the list, and whether it is for this register.
    pub signed: Option<(usize, bool)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    pub settings: Settings,
    pub consents: Vec<Consent>,
    /// The rejections. No number occurs twice.
    pub rejected: Vec<Rejected>,
    /// The persons' files, by trust and person.
    pub files: BTreeMap<(Id, Id), File>,
}

/// Constants of every case, which no edit changes.
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

/// The one list of rejected applications that changes.
pub const REJECTED_AT: Id = "ahus";

impl Rejected {
    /// The fixed text of the laws.
    pub fn text(&self) -> String {
        format!(
            "portvakt rejection statement 1\nregister: smerteregisteret\ntrust: {REJECTED_AT}\nrequest: R{}\nreason: no \
             need\nrejected by: {}\nrejected on: {}\n",
            self.request, self.by, self.on
        )
    }
}

/// The list as a file.
pub fn list_text(rejected: &[Rejected]) -> String {
    let mut text = "rejected:\n".to_owned();
    for one in rejected {
        let _ = writeln!(
            text,
            "  - request: R{}\n    on: {}\n    by: {}\n    reason: no need",
            one.request, one.on, one.by
        );
    }
    text
}

/// The signatures beside the list.
pub fn list_signatures(rejected: &[Rejected], bench: &mut Bench) -> String {
    let signed = rejected.iter().filter_map(|one| one.signed.map(|(key, here)| (one, key, here)));
    signed
        .map(|(one, key, here)| {
            let namespace = if here { NAMESPACE } else { "portvakt@annet" };
            bench.sign(key, namespace, &one.text())
        })
        .collect()
}

pub fn path(trust: Id, person: Id) -> String {
    format!("desired-state/{trust}/{person}.yaml")
}

/// One of the names of a person.
fn name(person: Id, number: u32) -> String {
    let own = person.replace(|c: char| !c.is_alphabetic(), "");
    if number == 0 { format!("Navn {own}") } else { format!("Navn {own} {}", "I".repeat(number as usize)) }
}

impl File {
    /// A file about a person that gives no access.
    pub fn of(about: About) -> Self {
        let (entries, signatures, identified) = (Vec::new(), Vec::new(), Vec::new());
        Self { name: 0, about, entries, signatures, identified, broken: false }
    }

    pub fn text(&self, person: Id) -> String {
        let mut text = about(person, &name(person, self.name), self.about.employer, self.about.staff);
        if self.about.lis {
            text.push_str("position: lis\n");
        }
        if let Some(login) = self.about.login {
            let _ = writeln!(text, "login: {login}");
        }
        text.push_str(if self.broken { "access: [\n" } else { "access:\n" });
        for e in &self.entries {
            let (identity, contacted) = match &e.identity {
                Identity::Known => ("known", None),
                Identity::Uncertain => ("uncertain", None),
                Identity::Contacted(on) => ("contacted", Some(on as &dyn Display)),
            };
            let request = format!("R{}", e.request);
            let access = Access {
                application: e.application,
                unit: &e.unit,
                role: e.role,
                from: &e.from,
                until: e.until.as_ref().map(|until| until as &dyn Display),
                request: &request,
                by: e.by,
                on: &e.on,
                identity,
                contacted,
                revoked: e.revoked.as_ref().map(|(by, on)| (on as &dyn Display, *by)),
            };
            access.write(&mut text);
        }
        text
    }

    pub fn signature_file(&self, person: Id, bench: &mut Bench) -> String {
        let mut text = String::new();
        for s in &self.signatures {
            let namespace = if s.here { NAMESPACE } else { "portvakt@annet" };
            text.push_str(&bench.sign(s.key, namespace, &s.over.text()));
        }
        for s in &self.identified {
            let block = bench.sign(s.key, NAMESPACE, &self.identity(person, s));
            let _ = write!(text, "by: {}\non: {}\n{block}", s.by, s.on);
        }
        text
    }

    /// The fixed text about a name of the person.
    fn identity(&self, person: Id, s: &Identified) -> String {
        format!(
            "portvakt person statement 1\nregister: smerteregisteret\nperson: {person}\nname: {}\nlogin: {}\n\
             e-mail: not stated\napproved by: {}\napproved on: {}\n",
            name(person, s.name),
            self.about.login.unwrap_or("none"),
            s.by,
            s.on
        )
    }

    pub fn said(&self, person: Id) -> BTreeSet<Said> {
        if self.broken {
            return BTreeSet::new();
        }
        self.entries.iter().map(|e| Said::of(person, &self.about, e)).collect()
    }
}
