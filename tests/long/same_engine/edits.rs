//! The edits that honest and dishonest people can make in a tree: to entries, files, settings, and the evidence beside
//! them.

use jiff::ToSpan;
pub use portvakt_test_bench::register::{COORDINATOR, ICT, LEADER, MANAGER};

pub use self::first::first;
pub use self::settings::alter;
use crate::same_engine::chance::Chance;
use crate::same_engine::model::Reviews;
use crate::same_engine::words::*;

mod entries;
mod first;
mod honest;
mod settings;
mod several;
mod signed;

pub const FORMER: Id = "gammel.ledersen";
pub const COMING: Id = "kommende.koordinatorsen";
pub const SUSPENDED: Id = "suspendert.systemsen";
/// A system manager in the register. The file that gave them access is deleted on the way to the base.
pub const LEFT: Id = "sluttet.systemsen";
pub const SECOND: Id = "andre.systemsen";

/// One of them, as the table below has it.
type Second = (usize, Id, Option<i64>, Option<i64>, bool);

/// All people with a key. The position is the number of the key.
pub const HOLDERS: [Id; 17] = [
    LEADER,
    COORDINATOR,
    MANAGER,
    ICT,
    FORMER,
    COMING,
    SUSPENDED,
    LEFT,
    SECOND,
    "lc.ahusen",
    "lc.skisen",
    "lc.fonnasen",
    "lc.bergensen",
    "lc.rapportsen",
    "lc.senere",
    "en.testesen",
    "to.testesen",
];
/// Second keys: number, owner, first and last day from today, and whether it is revoked.
const SECONDS: [Second; 6] = [
    (17, LEADER, None, Some(-3), false),
    (18, COORDINATOR, None, None, true),
    (19, "lc.ahusen", Some(-1), None, false),
    (20, "lc.fonnasen", None, Some(5), false),
    (21, MANAGER, Some(2), None, false),
    (22, COORDINATOR, None, None, false),
];
/// Keys of nobody. The last one is revoked, too.
const STRANGE: [usize; 3] = [23, 24, 25];

pub const ORDINARY: [Id; 40] = [
    "en.testesen",
    "to.testesen",
    "tre.testesen",
    "fire.testesen",
    "fem.testesen",
    "seks.testesen",
    "ny.nyesen",
    "nye.nyesen",
    "nyest.nyesen",
    "helt.nyesen",
    "arne.mengdesen",
    "berit.mengdesen",
    "cato.mengdesen",
    "dagny.mengdesen",
    "egil.mengdesen",
    "frida.mengdesen",
    "geir.mengdesen",
    "hilde.mengdesen",
    "ivar.mengdesen",
    "jorunn.mengdesen",
    "knut.mengdesen",
    "liv.mengdesen",
    "magne.mengdesen",
    "nina.mengdesen",
    "oskar.mengdesen",
    "petra.mengdesen",
    "ragnar.mengdesen",
    "siri.mengdesen",
    "tor.mengdesen",
    "unni.mengdesen",
    "vidar.mengdesen",
    "wenche.mengdesen",
    "yngve.mengdesen",
    "aase.mengdesen",
    "oddny.mengdesen",
    "per.mengdesen",
    "randi.mengdesen",
    "steinar.mengdesen",
    "tone.mengdesen",
    "ulf.mengdesen",
];

pub fn days(today: Day, count: i64) -> Day {
    today.checked_add(count.days()).unwrap()
}

/// The day of a contact, counted from today. It lies before every approval: a contact after it is an error of the file.
const CONTACTED: i64 = -200;

fn keys_of(person: Id) -> Vec<usize> {
    let first = HOLDERS.iter().position(|holder| *holder == person);
    first.into_iter().chain(SECONDS.iter().filter(|key| key.1 == person).map(|key| key.0)).collect()
}

/// The state that edits work on: the tree as it becomes, what the forge knows, and the history.
pub struct Desk<'a> {
    pub tree: Tree,
    pub reviews: Reviews,
    pub history: &'a [Tree],
    /// Settings that a change may bring: few for each base, since reading them takes longest.
    pub variants: &'a [Settings],
    /// Tells whether the change is a large one, mostly of new people.
    pub crowded: bool,
    pub today: Day,
}

impl Desk<'_> {
    fn evidence(&self) -> Mode {
        self.history.last().unwrap_or(&self.tree).settings.register.evidence
    }

    /// One of the first ten, so that edits meet, or one of the crowd.
    fn ordinary(&self, chance: &mut Chance) -> Id {
        if chance.percent(if self.crowded { 15 } else { 90 }) {
            chance.pick(&ORDINARY[..10])
        } else {
            chance.pick(&ORDINARY)
        }
    }

    fn place(&self, chance: &mut Chance) -> Option<(Id, Id)> {
        let places: Vec<(Id, Id)> = self.tree.files.keys().copied().collect();
        (!places.is_empty()).then(|| chance.pick(&places))
    }

    /// Chooses an approver, mostly one whom the rules allow.
    fn approver(&self, chance: &mut Chance, trust: Id, role: Id, about: &About, person: Id) -> Id {
        if chance.percent(25) {
            let mut all = HOLDERS.to_vec();
            all.extend(["ingen.eksempelvik", person, person]);
            return chance.pick(&all);
        }
        match (about.staff, trust, role) {
            ("ict", "utvikling", _) => chance.pick(&[ICT, MANAGER]),
            ("ict", ..) => chance.pick(&[MANAGER, SECOND, LEADER]),
            (_, _, "LU") if chance.percent(50) => match trust {
                "ahus" => chance.pick(&["lc.ahusen", "lc.ahusen", "lc.skisen"]),
                "helse-fonna" => chance.pick(&["lc.fonnasen", "lc.fonnasen", "lc.senere"]),
                _ => LEADER,
            },
            _ => chance.pick(&[LEADER, COORDINATOR]),
        }
    }

    /// Makes one random edit.
    pub fn edit(&mut self, chance: &mut Chance) {
        let kinds = if self.crowded {
            [90, 22, 3, 2, 3, 3, 1, 1, 1, 1, 0, 2]
        } else {
            [30, 22, 8, 6, 8, 6, 2, 14, 4, 5, 3, 6]
        };
        match chance.weighed(&kinds) {
            0 => self.add(chance),
            1 => self.change(chance),
            2 => self.take_out(chance),
            3 => self.revoke(chance),
            4 => self.replay(chance),
            5 => self.says_otherwise(chance),
            6 => {
                if let Some(place) = self.place(chance) {
                    self.tree.files.get_mut(&place).unwrap().broken = true;
                }
            }
            7 => self.settings(chance),
            8 => self.circle(chance),
            9 => self.handover(chance),
            11 => self.reject(chance),
            _ => {
                for _ in 0..2 + chance.below(5) {
                    if let Some(place) = self.place(chance) {
                        self.tree.files.remove(&place);
                    }
                }
            }
        }
    }
}
