//! Generates trees of any size, for measurements and tests. The same seed gives the same bytes, and no clock is used.
//! The shares of roles are like those of a register in use. Every grant obeys the rules and has an approver who may
//! approve it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use jiff::civil::{Date, date};
use portvakt_core::diag::{Text, text};
use portvakt_core::model::{FilePath, PersonId, Register, TrustId, TrustKind, UnitId};
use portvakt_core::parse;

use super::{ExampleError, people, policies, schemas, vacant, write_file};

/// Writes the example's register, policies and schemas below a folder, and the files of `people` made-up people.
///
/// # Errors
/// The function fails when `desired-state`, `policies` or `schemas` is there already, or cannot be written.
pub fn generate(people: u64, seed: u64, into: &Path) -> Result<(), ExampleError> {
    vacant(into)?;
    for (path, bytes) in files(people, seed)? {
        write_file(into, path.as_str(), &bytes)?;
    }
    schemas().try_for_each(|(path, bytes)| write_file(into, &path, &bytes))
}

/// The same files as values, without writing to disk. The register and the policies come first, then each person.
///
/// # Errors
/// The function fails when the example's own register is not valid. The example's tests rule this out.
pub fn files(people: u64, seed: u64) -> Result<impl Iterator<Item = (FilePath, Vec<u8>)>, ExampleError> {
    let (path, bytes) = register_file()?;
    let register = parse::register(&path, &bytes).map_err(|findings| {
        let messages = findings.into_iter().map(|finding| finding.message);
        ExampleError::Register(Text::joined(messages, "; "))
    })?;
    let fixed = policies().into_iter().map(|(path, bytes)| (FilePath::new(&path), bytes));
    Ok(std::iter::once((path, bytes)).chain(fixed).chain(Generator::new(register, people, seed)))
}

fn register_file() -> Result<(FilePath, Vec<u8>), ExampleError> {
    let path = "desired-state/register.yaml";
    let bytes = people().into_iter().find(|(name, _)| name == path).map(|(_, bytes)| bytes);
    bytes
        .map(|bytes| (FilePath::new(path), bytes))
        .ok_or_else(|| ExampleError::Register(text!(en: "it is missing", nb: "det mangler")))
}

const GIVEN: &[&str] = &[
    "Anne", "Lars", "Hilde", "Geir", "Solveig", "Tor", "Randi", "Knut", "Berit", "Even", "Guri", "Odd",
    "Liv", "Per", "Eli", "Rolf", "Tuva", "Magnus", "Maja", "Ivar",
];
const FAMILY: &[&str] =
    &["Testesen", "Eksempelvik", "Fiktivsen", "Liksomdal", "Oppdiktsen", "Demostad", "Skinnvik", "Utkastli"];

/// A trust (one folder of the tree) with its units.
struct TrustFolder {
    trust: TrustId,
    kind: TrustKind,
    host: bool,
    units: Vec<UnitId>,
}

/// The place and role that one person gets.
struct Post {
    folder: usize,
    role: &'static str,
    registrar: bool,
}

struct Generator {
    folders: Vec<TrustFolder>,
    /// These posts are filled first: the leader's post, then one or two coordinators for each trust. At most a third of
    /// the people have one.
    first: std::vec::IntoIter<Post>,
    coordinators: BTreeMap<usize, Vec<PersonId>>,
    random: Random,
    next: u64,
    people: u64,
    /// The second file of a person who works at two trusts. It is the next file to be handed out.
    waiting: Option<(FilePath, Vec<u8>)>,
}

/// The first line of each file. It tells editors which schema to use.
const MODELINE: &str = "# yaml-language-server: $schema=../../schemas/person.json";
const LEADER: &str = "bjorn.lederesen";
const NATIONAL: &str = "ingrid.koordinatorsen";

impl Generator {
    fn new(register: Register, people: u64, seed: u64) -> Self {
        let mut random = Random(seed);
        let folders: Vec<TrustFolder> = register
            .trusts
            .iter()
            .map(|(id, trust)| TrustFolder {
                trust: id.clone(),
                kind: trust.kind,
                host: trust.host,
                units: register
                    .units
                    .iter()
                    .filter(|(_, unit)| unit.trust == *id)
                    .map(|(unit, _)| *unit)
                    .collect(),
            })
            .collect();
        let mut first = Vec::new();
        for (folder, known) in folders.iter().enumerate() {
            match known.kind {
                TrustKind::National => first.insert(0, Post { folder, role: "SC", registrar: false }),
                TrustKind::Trust => {
                    for _ in 0..=random.below(2) {
                        first.push(Post { folder, role: "LC", registrar: false });
                    }
                }
                TrustKind::Test => {}
            }
        }
        // In a small tree, too, most people have no office.
        first.truncate(usize::try_from(people / 3).unwrap_or(usize::MAX).max(2));
        let first = first.into_iter();
        Self { folders, first, coordinators: BTreeMap::new(), random, next: 0, people, waiting: None }
    }

    /// Whether people without an office work in this folder. A trust needs a coordinator first, and a small tree does not
    /// have one at each.
    fn takes_people(&self, folder: usize, kind: TrustKind) -> bool {
        let fits = self.folders.get(folder).is_some_and(|known| known.kind == kind);
        fits && (kind != TrustKind::Trust || self.coordinators.contains_key(&folder))
    }

    /// A post for a person without an office. One in fifty is technical staff. One in seven of the others is a
    /// registrar.
    fn post(&mut self) -> Post {
        let kind = if self.random.below(50) == 0 { TrustKind::Test } else { TrustKind::Trust };
        let fitting: Vec<usize> = (0..self.folders.len()).filter(|at| self.takes_people(*at, kind)).collect();
        let folder = fitting.get(self.random.below(fitting.len())).copied().unwrap_or_default();
        let registrar = kind == TrustKind::Trust && self.random.below(7) == 0;
        Post { folder, role: "LU", registrar }
    }

    /// The approver of a post. National administrators approve coordinators, and everybody at the host. At other trusts
    /// the trust's own coordinator approves. For the test unit the administrators of the ICT bodies approve.
    fn approver(&mut self, post: &Post) -> String {
        let of_two = |random: &mut Random, one: &str, other: &str| {
            if random.below(2) == 0 { one.to_owned() } else { other.to_owned() }
        };
        let Some(folder) = self.folders.get(post.folder) else { return LEADER.to_owned() };
        match (folder.kind, post.role) {
            (TrustKind::National, _) => NATIONAL.to_owned(),
            (TrustKind::Test, _) => of_two(&mut self.random, "nils.nordprove", "sigrid.forvaltersen"),
            (TrustKind::Trust, "LU") if !folder.host => {
                let own = self.coordinators.get(&post.folder).map(Vec::as_slice).unwrap_or_default();
                own.get(self.random.below(own.len())).map_or_else(|| LEADER.to_owned(), ToString::to_string)
            }
            (TrustKind::Trust, _) => of_two(&mut self.random, LEADER, NATIONAL),
        }
    }

    fn one(&mut self, number: u64) -> Option<(FilePath, Vec<u8>)> {
        let post = self.first.next().unwrap_or_else(|| self.post());
        let leader = post.role == "SC";
        let given = GIVEN.get(self.random.below(GIVEN.len()))?;
        let family = FAMILY.get(self.random.below(FAMILY.len()))?;
        let (id, name) = if leader {
            (LEADER.to_owned(), "Bjørn Lederesen".to_owned())
        } else {
            (format!("{given}.{family}-{number}").to_lowercase(), format!("{given} {family}"))
        };
        let person = PersonId::new(&id).ok()?;
        if post.role == "LC" {
            self.coordinators.entry(post.folder).or_default().push(person.clone());
        }
        let folder = self.folders.get(post.folder)?;
        let (employer, staff) = match folder.kind {
            TrustKind::Trust => (folder.trust.to_string(), "health"),
            TrustKind::National => ("helse-bergen".to_owned(), "health"),
            TrustKind::Test => (["helse-nord-ikt", "nhn"].get(self.random.below(2))?.to_string(), "ict"),
        };
        let mut head =
            format!("{MODELINE}\nperson: {id}\nname: {name}\nemployer: {employer}\nstaff: {staff}\n");
        if post.registrar {
            head.push_str("position: lis\n");
        }
        head.push_str("access:\n");
        // One in two hundred works at a second trust too, and has a file there.
        if post.role == "LU"
            && folder.kind == TrustKind::Trust
            && !post.registrar
            && self.random.below(200) == 0
        {
            let second =
                (post.folder + 1..self.folders.len()).find(|at| self.takes_people(*at, TrustKind::Trust));
            if let Some(folder) = second {
                let other = Post { folder, role: "LU", registrar: false };
                self.waiting = self.file(&head, &person, &other, number);
            }
        }
        self.file(&head, &person, &post, number)
    }

    fn file(
        &mut self,
        head: &str,
        person: &PersonId,
        post: &Post,
        number: u64,
    ) -> Option<(FilePath, Vec<u8>)> {
        let by = self.approver(post);
        let from = match (post.role, post.registrar) {
            ("LU", false) => later(date(2023, 1, 2), self.random.below(1200)),
            ("LU", true) => later(date(2026, 8, 3), self.random.below(60)),
            _ => later(date(2021, 1, 4), self.random.below(300)),
        };
        let until = post.registrar.then(|| later(from, 80 + self.random.below(9)));
        let approved = later(from, 0).saturating_sub(jiff::Span::new().days(1 + self.random.small(10)));
        let both = post.role != "LU" || self.random.below(5) == 0;
        let folder = self.folders.get(post.folder)?;
        let unit = folder.units.get(self.random.below(folder.units.len()))?;
        let mut text = head.to_owned();
        let applications = ["smerteregisteret", "rapporteket-smerte"];
        for application in applications.iter().take(if both { 2 } else { 1 }) {
            let _ =
                writeln!(text, "  - application: {application}\n    unit: {unit}\n    role: {}", post.role);
            let _ = writeln!(text, "    from: {from}");
            if let Some(until) = until {
                let _ = writeln!(text, "    until: {until}");
            }
            let _ = writeln!(text, "    request: REQ-{}-{number:06}-{}", from.year(), post.folder);
            let _ =
                writeln!(text, "    approved:\n      by: {by}\n      on: {approved}\n      identity: known");
        }
        Some((FilePath::of_person(&folder.trust, person), text.into_bytes()))
    }
}

impl Iterator for Generator {
    type Item = (FilePath, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(second) = self.waiting.take() {
            return Some(second);
        }
        if self.next == self.people {
            return None;
        }
        self.next += 1;
        self.one(self.next)
    }
}

fn later(date: Date, days: usize) -> Date {
    date.saturating_add(jiff::Span::new().days(i64::try_from(days).unwrap_or_default()))
}

/// The SplitMix64 generator. It is written out here, so that no new version of a library can change its numbers.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`. It is 0 if `end` is 0.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(1).max(1);
        usize::try_from(self.next() % end).unwrap_or_default()
    }

    fn small(&mut self, end: u8) -> i64 {
        i64::try_from(self.below(usize::from(end))).unwrap_or_default()
    }
}
