//! The tree as people mean it, and the changes that cover it, by mistake or on purpose, until a person corrects them.
//!
//! Everything here is text and plain values. Nothing of the tested program is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use portvakt_test_bench::register::TRUSTS as TRUST_LINES;
pub use portvakt_test_bench::register::{COORDINATOR, LEADER};
use portvakt_test_bench::{Access, Register, about};

pub type Day = jiff::civil::Date;

/// The trusts: folder, unit, approver, and the number of people in the beginning.
pub const TRUSTS: [(&str, u32, &str, usize); 3] = [
    ("ahus", 100_089, "lc.ahusen", 9),
    ("helse-fonna", 100_084, "lc.fonnasen", 7),
    ("helse-bergen", 100_082, LEADER, 6),
];

/// A second unit, which is the first trust's in the beginning. A unit may move to another trust.
pub const NORTH: u32 = 100_090;

/// The number of people at that unit in the beginning.
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

/// The limits of removals: the least number and the percentage for a trust, and the least number, the percentage and
/// the most for all.
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

/// Returns how many people may gain something, by the law's default.
pub fn additions(size: usize) -> usize {
    20.max(size / 5)
}

/// The register's settings, with the second unit at one of the trusts.
pub fn register(limits: Limits, north_at: &str) -> String {
    let north = |trust: &str| {
        if trust == north_at { format!(", {NORTH}: Nordbyhagen") } else { String::new() }
    };
    let (bergen, ahus, fonna) = (north("helse-bergen"), north("ahus"), north("helse-fonna"));
    let trusts = vec![
        TRUST_LINES[0].to_owned(),
        format!(
            "helse-bergen: {{name: Helse Bergen HF, org_no: 983974724, host: true, units: {{100082: Haukeland{bergen}}}}}"
        ),
        format!("ahus: {{name: Ahus HF, org_no: 983971636, units: {{100089: Ahus{ahus}}}}}"),
        format!("helse-fonna: {{name: Helse Fonna HF, org_no: 983974694, units: {{100084: Fonna{fonna}}}}}"),
    ];
    Register { most_coordinators: 30, trusts, limits: limits.0, ..Register::default() }.text()
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
        let mut text = about(&self.person, &format!("Navn {name}"), &self.employer, "health");
        text.push_str("access:\n");
        for e in &self.access {
            let access = Access {
                application: &e.application,
                unit: &e.unit,
                role: &e.role,
                from: &e.from,
                until: e.until.as_ref().map(|until| until as &dyn Display),
                request: &e.request,
                by: &e.by,
                on: &e.on,
                identity: "known",
                contacted: None,
                revoked: e.revoked.as_ref().map(|(on, by)| (on as &dyn Display, by.as_str())),
            };
            access.write(&mut text);
        }
        text
    }
}

/// The trust and the person of a file.
pub type Place = (String, String);

pub fn path(trust: &str, name: &str) -> String {
    format!("desired-state/{trust}/{name}.yaml")
}

/// The effects that the law allows on the access in a covered file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// The law allows no effect: it is an error, a move or a copy.
    Nothing,
    /// The file is not there: absence, once it has lasted.
    Absence,
    /// It stands elsewhere and is not in order there: absence, after seven red days.
    Moved,
}

/// A change that nobody meant.
#[derive(Debug, Clone)]
pub struct Slip {
    pub kind: String,
    pub who: String,
    pub since: i64,
    /// The content at these paths instead. `None` means that there is no file.
    pub over: BTreeMap<String, Option<Vec<u8>>>,
    pub covers: BTreeMap<Place, Takes>,
    /// The folder that is odd as a whole.
    pub folder: Option<String>,
    /// The SQL that undoes a change of the memory.
    pub undo: Vec<String>,
}

/// The kinds of slips with the whole folder of a trust: it is away, another one is in its place, it lies elsewhere, or it
/// lacks files and an archive lies in it. No other mistake is made meanwhile.
pub const OF_FOLDERS: [&str; 4] = ["folderaway", "folderswap", "foldermoved", "folderodd"];

impl Slip {
    pub fn is_of_folder(&self) -> bool {
        OF_FOLDERS.contains(&self.kind.as_str())
    }
}

/// Another id of a person, with its approval.
#[derive(Debug, Clone)]
pub struct Renaming {
    pub to: String,
    pub by: String,
    pub on: Day,
}

/// An application that was rejected at a trust.
#[derive(Debug, Clone)]
pub struct Rejection {
    pub trust: String,
    pub request: String,
    pub on: Day,
    pub by: String,
}

/// The files as people mean them, and the changes over them.
#[derive(Debug, Clone)]
pub struct Desk {
    pub files: BTreeMap<Place, File>,
    pub deleted: BTreeMap<Place, File>,
    pub slips: Vec<Slip>,
    /// The rejections in their order. None is taken back.
    pub rejected: Vec<Rejection>,
    pub limits: Limits,
    /// The trust of the unit that moves.
    pub north_at: &'static str,
    /// Ids that trusts have now, by those they had in the beginning, under which everything here stands.
    pub called: BTreeMap<&'static str, String>,
    /// The current ids of people by the ids of the beginning, with the approval and its day.
    pub people_called: BTreeMap<String, Renaming>,
    pub policies: BTreeMap<String, Vec<u8>>,
}

impl Desk {
    /// Returns the current tree: the files as they are meant, covered by the changes over them.
    pub fn tree(&self) -> BTreeMap<String, Vec<u8>> {
        let mut tree = self.policies.clone();
        tree.insert(
            "desired-state/register.yaml".to_owned(),
            register(self.limits, self.north_at).into_bytes(),
        );
        for ((trust, person), file) in &self.files {
            tree.insert(path(trust, person), file.text().into_bytes());
        }
        for Rejection { trust, request, on, by } in &self.rejected {
            let entry = format!(
                "  - request: {request}\n    on: {on}\n    by: {by}\n    reason: no need at the unit\n"
            );
            let list = tree.entry(format!("requests/{trust}.yaml"));
            list.or_insert_with(|| b"rejected:\n".to_vec()).extend(entry.into_bytes());
        }
        for slip in &self.slips {
            for (path, bytes) in &slip.over {
                match bytes {
                    Some(bytes) => tree.insert(path.clone(), bytes.clone()),
                    None => tree.remove(path),
                };
            }
        }
        let away = self.slips.iter().filter(|slip| slip.kind == "folderaway");
        let away: Vec<String> = away.map(|slip| format!("desired-state/{}/", slip.who)).collect();
        tree.retain(|path, _| !away.iter().any(|folder| path.starts_with(folder)));
        // If a plain file is at this path, there is no folder, even if other files were put into it.
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

    /// The paths of the folders that a slip has moved as a whole.
    pub fn folders_moved(&self) -> BTreeSet<String> {
        let of_folders = self.slips.iter().filter(|slip| slip.is_of_folder());
        let now = of_folders.map(|slip| self.called.get(slip.who.as_str()).unwrap_or(&slip.who));
        now.map(|folder| format!("desired-state/{folder}")).collect()
    }

    /// Somebody puts every folder back.
    pub fn put_folders_back(&mut self) {
        self.slips.retain(|slip| !slip.is_of_folder());
    }

    /// The places of somebody's files.
    pub fn places(&self, person: &str) -> Vec<Place> {
        self.files.keys().filter(|(_, whose)| whose == person).cloned().collect()
    }

    /// Returns the place of a person's file, if they have only one.
    pub fn only(&self, person: &str) -> Option<Place> {
        let mut places = self.places(person);
        if places.len() == 1 { places.pop() } else { None }
    }

    /// Returns the change that covers a file or its whole folder.
    pub fn over(&self, place: &Place) -> Option<&Slip> {
        self.slips
            .iter()
            .find(|slip| slip.covers.contains_key(place) || slip.folder.as_ref() == Some(&place.0))
    }

    pub fn is_covered(&self, person: &str) -> bool {
        self.places(person).iter().any(|place| self.over(place).is_some())
    }
}
