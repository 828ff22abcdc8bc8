//! The tree as people mean it, and the changes that cover it, by mistake or on purpose, until somebody corrects them.
//!
//! Everything here is text and plain values. Nothing of the tested program is used.

use std::collections::BTreeMap;
use std::fmt::Write as _;

pub type Day = jiff::civil::Date;

pub const LEADER: &str = "leder.eksempelvik";
pub const COORDINATOR: &str = "nasjonal.eksempelvik";

/// Folder, unit, who approves there, and how many people it has in the beginning.
pub const TRUSTS: [(&str, u32, &str, usize); 3] = [
    ("ahus", 100_089, "lc.ahusen", 9),
    ("helse-fonna", 100_084, "lc.fonnasen", 7),
    ("helse-bergen", 100_082, LEADER, 6),
];

/// A second unit, of the first trust in the beginning: a unit may move to another one.
pub const NORTH: u32 = 100_090;

/// How many people it has in the beginning.
pub const NORTHERNERS: usize = 3;

/// People everybody else rests on: they never leave, and no mistake that the law lets act is made with their files.
pub const PILLARS: [&str; 3] = [LEADER, "lc.ahusen", "lc.fonnasen"];

pub fn approver(trust: &str, role: &str) -> &'static str {
    let own = TRUSTS.iter().find(|known| known.0 == trust).map_or(LEADER, |known| known.2);
    if role == "LC" { LEADER } else { own }
}

pub fn unit_of(trust: &str) -> u32 {
    TRUSTS.iter().find(|known| known.0 == trust).map_or(0, |known| known.1)
}

pub fn trust_of(unit: &str) -> &'static str {
    TRUSTS.iter().find(|known| known.1.to_string() == unit).map_or("nasjonal", |known| known.0)
}

/// How many may lose something: per trust at least, percent; in all at least, percent, most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits(pub [usize; 5]);

pub const LIMITS: Limits = Limits([2, 10, 3, 5, 10]);
pub const RAISED: Limits = Limits([100, 100, 100, 100, 1000]);

impl Limits {
    pub fn trust(self, size: usize) -> usize {
        self.0[0].max(size * self.0[1] / 100)
    }
    pub fn all(self, size: usize) -> usize {
        self.0[2].max(size * self.0[3] / 100).min(self.0[4])
    }
}

/// How many may gain something, by the law's default.
pub fn additions(size: usize) -> usize {
    20.max(size / 5)
}

/// The register's settings, with the second unit at one of the trusts.
pub fn register(limits: Limits, north_at: &str) -> String {
    let north = |trust: &str| {
        if trust == north_at { format!(", {NORTH}: Nordbyhagen") } else { String::new() }
    };
    let (bergen, ahus, fonna) = (north("helse-bergen"), north("ahus"), north("helse-fonna"));
    let [trust, percent, all, all_percent, most] = limits.0;
    format!(
        "id: smerteregisteret
evidence: declared
name: Smerteregisteret
time_zone: Europe/Oslo
applications: {{smerteregisteret: Smerteregisteret, rapporteket-smerte: Rapporteket - Smerte}}
roles:
  SC: {{name: Leder, counted: true}}
  LC: {{name: Koordinator, counted: true}}
  LU: {{name: Bruker}}
coordinators: {{role: LC, application: smerteregisteret}}
most_coordinators: 30
offices: {{register-leader: Leder, national-coordinator: Koordinator, system-manager: Forvalter, ict-administrator: IKT}}
administrators:
  - {{person: {LEADER}, name: Leder Eksempelvik, office: register-leader, from: 2015-01-01}}
  - {{person: {COORDINATOR}, name: Nasjonal Eksempelvik, office: national-coordinator, from: 2015-01-01}}
  - {{person: system.eksempelvik, name: System Eksempelvik, office: system-manager, from: 2015-01-01}}
trusts:
  nasjonal: {{name: Nasjonalt, kind: national, units: {{0: Nasjonal}}}}
  helse-bergen: {{name: Helse Bergen HF, org_no: 983974724, host: true, units: {{100082: Haukeland{bergen}}}}}
  ahus: {{name: Ahus HF, org_no: 983971636, units: {{100089: Ahus{ahus}}}}}
  helse-fonna: {{name: Helse Fonna HF, org_no: 983974694, units: {{100084: Fonna{fonna}}}}}
ict_bodies: {{helse-vest-ikt: Helse Vest IKT, helse-nord-ikt: Helse Nord IKT, nhn: Norsk helsenett}}
removal_limits:
  trust: {{least: {trust}, percent: {percent}}}
  all: {{least: {all}, percent: {all_percent}, most: {most}}}
max_lis_months: 12
review_months: 3
contact_in_git: false
accounts: {{ignore: [], adopt: {{}}}}
"
    )
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub application: String,
    pub unit: u32,
    pub role: String,
    pub from: Day,
    pub until: Option<Day>,
    pub request: String,
    pub by: String,
    pub on: Day,
    pub revoked: Option<(Day, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub person: String,
    pub employer: String,
    pub access: Vec<Entry>,
}

impl File {
    pub fn text(&self) -> String {
        let name: String = self.person.chars().filter(char::is_ascii_alphabetic).collect();
        let mut text = format!(
            "person: {}\nname: Navn {name}\nemployer: {}\nstaff: health\naccess:\n",
            self.person, self.employer
        );
        for e in &self.access {
            let _ = write!(
                text,
                "  - application: {}\n    unit: {}\n    role: {}\n    from: {}\n",
                e.application, e.unit, e.role, e.from
            );
            if let Some(until) = e.until {
                let _ = writeln!(text, "    until: {until}");
            }
            let _ = write!(
                text,
                "    request: {}\n    approved:\n      by: {}\n      on: {}\n      identity: known\n",
                e.request, e.by, e.on
            );
            if let Some((on, by)) = &e.revoked {
                let _ = writeln!(text, "    revoked: {{on: {on}, by: {by}, reason: has left}}");
            }
        }
        text
    }
}

/// Trust and person: where a file stands.
pub type Place = (String, String);

pub fn path(trust: &str, name: &str) -> String {
    format!("desired-state/{trust}/{name}.yaml")
}

/// What the law lets become of the access in a file that something lies over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing: an error, a move, a copy.
    Nothing,
    /// The file is not there: absence, once it has lasted.
    Absence,
    /// It stands elsewhere and is not in order there: absence, after seven red days.
    Moved,
}

/// Something that nobody meant.
#[derive(Debug, Clone)]
pub struct Slip {
    pub kind: String,
    pub who: String,
    pub since: i64,
    /// What stands at these paths instead; `None` for nothing.
    pub over: BTreeMap<String, Option<Vec<u8>>>,
    pub covers: BTreeMap<Place, Takes>,
    /// The folder that is odd as a whole.
    pub folder: Option<String>,
    /// SQL that undoes it, for what was changed in the memory.
    pub undo: Vec<String>,
}

/// Another id of somebody.
#[derive(Debug, Clone)]
pub struct Renaming {
    pub to: String,
    pub by: String,
    pub on: Day,
}

/// All files.
#[derive(Debug, Clone)]
pub struct Desk {
    pub files: BTreeMap<Place, File>,
    pub deleted: BTreeMap<Place, File>,
    pub slips: Vec<Slip>,
    pub limits: Limits,
    /// The trust of the unit that moves.
    pub north_at: &'static str,
    /// Ids that trusts have now, by those they had in the beginning, under which everything here stands.
    pub called: BTreeMap<&'static str, String>,
    /// Ids that people have now, with who approved that and when, by those they had in the beginning.
    pub people_called: BTreeMap<String, Renaming>,
    pub policies: BTreeMap<String, Vec<u8>>,
}

impl Desk {
    /// The tree as it stands: what is meant, and what lies over it.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let mut tree = self.policies.clone();
        tree.insert(
            "desired-state/register.yaml".to_owned(),
            register(self.limits, self.north_at).into_bytes(),
        );
        for ((trust, person), file) in &self.files {
            tree.insert(path(trust, person), file.text().into_bytes());
        }
        for slip in &self.slips {
            for (path, bytes) in &slip.over {
                match bytes {
                    Some(bytes) => tree.insert(path.clone(), bytes.clone()),
                    None => tree.remove(path),
                };
            }
        }
        // Where a plain file stands there is no folder, whatever else was put into it.
        let plain = |folder: &&String| tree.contains_key(&format!("desired-state/{folder}"));
        let folders = self.slips.iter().filter_map(|slip| slip.folder.as_ref()).filter(plain);
        let folders: Vec<String> = folders.map(|folder| format!("desired-state/{folder}/")).collect();
        tree.retain(|path, _| !folders.iter().any(|folder| path.starts_with(folder)));
        let nobody = self.called.is_empty() && self.people_called.is_empty();
        if nobody { tree } else { self.by_their_ids(tree) }
    }

    /// The same tree with trusts and people under the ids they have now: folders, files, employers, and the words that say
    /// so.
    fn by_their_ids(&self, tree: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
        let renamed = |(path, bytes): (String, Vec<u8>)| {
            let (mut path, mut text) = (path, String::from_utf8(bytes));
            for (old, new) in &self.called {
                let folder = format!("desired-state/{old}");
                if path == folder || path.starts_with(&format!("{folder}/")) {
                    path = path.replacen(&folder, &format!("desired-state/{new}"), 1);
                }
                if let Ok(text) = &mut text {
                    *text = text
                        .replace(&format!("employer: {old}\n"), &format!("employer: {new}\n"))
                        .replace(&format!("  {old}: {{name"), &format!("  {new}: {{previously: {old}, name"));
                }
            }
            for (old, Renaming { to, by, on }) in &self.people_called {
                if path.ends_with(&format!("/{old}.yaml")) {
                    path = path.replace(&format!("/{old}.yaml"), &format!("/{to}.yaml"));
                }
                if let Ok(text) = &mut text {
                    let said = format!(
                        "person: {to}\npreviously: {{person: {old}, approved: {{by: {by}, on: {on}, identity: known}}}}\n"
                    );
                    *text = text.replace(&format!("person: {old}\n"), &said);
                }
            }
            (path, text.map_or_else(std::string::FromUtf8Error::into_bytes, String::into_bytes))
        };
        tree.into_iter().map(renamed).collect()
    }

    /// The places of somebody's files.
    pub fn places(&self, person: &str) -> Vec<Place> {
        self.files.keys().filter(|(_, whose)| whose == person).cloned().collect()
    }

    /// The only file of somebody.
    pub fn only(&self, person: &str) -> Option<Place> {
        let mut places = self.places(person);
        if places.len() == 1 { places.pop() } else { None }
    }

    /// What lies over a file or over its whole folder.
    pub fn over(&self, place: &Place) -> Option<&Slip> {
        self.slips
            .iter()
            .find(|slip| slip.covers.contains_key(place) || slip.folder.as_ref() == Some(&place.0))
    }

    pub fn is_covered(&self, person: &str) -> bool {
        self.places(person).iter().any(|place| self.over(place).is_some())
    }
}
