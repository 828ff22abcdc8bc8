//! The settings of a tree in plain words: the register, the keys and the policies, the signatures beside them, and the files
//! that are written from them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use portvakt_test_bench::register::{TEST_TRUST, TRUSTS as TRUST_LINES};

use super::{Day, Id, Mode};
use crate::same_engine::keys::Bench;

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
    /// The last day of the access. `None` means that it has no end.
    pub until: Option<Day>,
}

/// `register.yaml`, as far as it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Register {
    pub evidence: Mode,
    pub most: BTreeMap<Id, u32>,
    pub max_lis_months: u32,
    pub appointments: Vec<Appointment>,
    /// The number of a comment. It changes the bytes and not the meaning.
    pub note: u32,
}

/// The content of the protected files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub register: Register,
    pub keys: Vec<KeyLine>,
    pub revoked: BTreeSet<usize>,
    /// Policies that are cut out, by their ids.
    pub cut: BTreeSet<Id>,
}

impl Register {
    pub fn text(&self) -> String {
        let evidence = match self.evidence {
            Mode::Signature => "signature",
            Mode::Declared => "declared",
            Mode::Forge => {
                "forge\nforge: {kind: github, api: 'https://api.github.com', project: o/r, branch: main, accounts: {}}"
            }
        };
        let appointment = |a: &Appointment| {
            let until = a.until.map_or_else(String::new, |until| format!(", until: {until}"));
            let suspended = if a.suspended { ", suspended: true" } else { "" };
            let Appointment { person, office, from, .. } = a;
            format!("person: {person}, name: Navn, office: {office}, from: {from}{until}{suspended}")
        };
        let most = |trust: Id| {
            self.most.get(trust).map_or_else(String::new, |most| format!(", most_coordinators: {most}"))
        };
        let (bergen, ahus, fonna) = (most("helse-bergen"), most("ahus"), most("helse-fonna"));
        let trusts = vec![
            TRUST_LINES[0].to_owned(),
            format!(
                "helse-bergen: {{name: Helse Bergen HF, org_no: 983974724, host: true{bergen}, units: {{100082: Haukeland}}}}"
            ),
            format!("ahus: {{name: Ahus HF, org_no: 983971636{ahus}, units: {{100089: Ahus, 200089: Ski}}}}"),
            format!(
                "helse-fonna: {{name: Helse Fonna HF, org_no: 983974694{fonna}, units: {{100084: Fonna}}}}"
            ),
            TEST_TRUST.to_owned(),
        ];
        let text = portvakt_test_bench::Register {
            before: format!("# {}\n", self.note),
            evidence: evidence.to_owned(),
            administrators: self.appointments.iter().map(appointment).collect(),
            trusts,
            max_lis_months: self.max_lis_months,
            ..Default::default()
        };
        text.text()
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
