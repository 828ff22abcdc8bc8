//! Mistakes that cover files until somebody corrects them, and the acts of people who try to gain access.

use std::collections::BTreeMap;

use jiff::ToSpan;

use super::super::chance::Chance;
use super::super::desk::*;
use super::super::oracle::{Oracle, State};
use super::versions::{later, older};
use super::{GREEDY, Step, request};

pub fn slip(kind: &str, step: &Step, today: Day, desk: &mut Desk, oracle: &mut Oracle) {
    if desk.slips.iter().any(Slip::is_of_folder) {
        return;
    }
    let (who, n) = (step.who.as_str(), step.n);
    let mut slip = Slip {
        kind: kind.to_owned(),
        who: who.to_owned(),
        since: step.at,
        over: BTreeMap::new(),
        covers: BTreeMap::new(),
        folder: None,
        undo: Vec::new(),
    };
    match kind {
        "plainfile" | "litter" | "swapfile" | "half" => {
            if desk.slips.iter().any(|other| other.folder.as_deref() == Some(who)) {
                return;
            }
            folder_slip(kind, who, n, desk, &mut slip);
        }
        "later" | "latermany" => later(step, today, desk, oracle, &mut slip),
        "older" => older(step, desk, oracle, &mut slip),
        _ if GREEDY.contains(&kind) => greedy(kind, step, today, desk, oracle, &mut slip),
        _ => {
            let Some(place) = desk.only(who).filter(|place| desk.over(place).is_none()) else { return };
            // An entry that has not been accepted yet is a new one, however it was changed.
            if ["longer", "lift"].contains(&kind) && oracle.of(who).any(|grant| grant.accepted.is_none()) {
                return;
            }
            file_slip(kind, &place, step, desk, &mut slip);
        }
    }
    if !slip.over.is_empty() {
        desk.slips.push(slip);
    }
}

/// Something stands in the way of a whole folder, or half of a checkout has arrived.
fn folder_slip(kind: &str, trust: &str, n: i64, desk: &Desk, slip: &mut Slip) {
    match kind {
        "plainfile" => {
            slip.folder = Some(trust.to_owned());
            slip.over.insert(format!("desired-state/{trust}"), Some(b"x\n".to_vec()));
        }
        "litter" | "swapfile" => {
            let name = if kind == "litter" { "Thumbs.db" } else { ".kari.yaml.swp" };
            slip.folder = Some(trust.to_owned());
            slip.over.insert(format!("desired-state/{trust}/{name}"), Some(b"\0\x01".to_vec()));
        }
        _ => {
            let mut chance = Chance::new(n.unsigned_abs());
            for (place, file) in desk.files.iter().filter(|(place, _)| place.0 == trust) {
                let (pillar, covered) = (PILLARS.contains(&&*place.1), desk.over(place).is_some());
                let how = chance.below(4);
                if pillar || covered || how > 1 {
                    continue;
                }
                let path = path(trust, &place.1);
                if how == 0 {
                    slip.over.insert(path, None);
                    slip.covers.insert(place.clone(), Takes::Absence);
                } else {
                    slip.over.insert(path, Some(cut(&file.text(), chance.next())));
                    slip.covers.insert(place.clone(), Takes::Nothing);
                }
            }
        }
    }
}

/// Cuts off the end of a text. The rest must not be a valid file, because an entry would then be removed.
fn cut(text: &str, n: u64) -> Vec<u8> {
    let mut end = (n % text.len() as u64) as usize;
    // The cut is often in the middle of a request, where the rest can still be a valid one.
    if let Some(last) = text.rfind("request: ").filter(|_| n.is_multiple_of(3)) {
        end = last + "request: R-".len() + (n / 3 % 2) as usize;
    }
    while text[..end].trim_end().ends_with("known") || text[..end].trim_end().ends_with('}') {
        end -= 1;
    }
    text.as_bytes()[..end].to_vec()
}

fn file_slip(kind: &str, place: &Place, step: &Step, desk: &Desk, slip: &mut Slip) {
    let (trust, person) = (place.0.as_str(), place.1.as_str());
    let file = desk.files[place].clone();
    let (text, n) = (file.text(), step.n.unsigned_abs());
    let lines: Vec<&str> = text.lines().collect();
    let joined = |lines: &[&str]| Some((lines.join("\n") + "\n").into_bytes());
    let here = path(trust, person);
    let other = TRUSTS.iter().map(|known| known.0).find(|known| *known != trust).unwrap();
    let mut takes = Takes::Nothing;
    let mut put = |path: String, bytes: Option<Vec<u8>>| {
        slip.over.insert(path, bytes);
    };
    match kind {
        "cut" => put(here, Some(cut(&text, n))),
        "drop" => {
            let at = (n % lines.len() as u64) as usize;
            let left: Vec<&str> =
                lines.iter().enumerate().filter(|(line, _)| *line != at).map(|(_, line)| *line).collect();
            put(here, joined(&left));
        }
        "swap" => {
            let at = (n % (lines.len() as u64 - 1)) as usize;
            let mut lines = lines.clone();
            // A `revoked` that slips into its neighbour is one that is read.
            if lines[at].contains("revoked") || lines[at + 1].contains("revoked") {
                return;
            }
            lines.swap(at, at + 1);
            put(here, joined(&lines));
        }
        // One wrong word, and two entries are equal: the one that was there before is not there any more.
        "twice" if file.access.len() > 1 => {
            let mut same = file.clone();
            same.access[0] = same.access[1].clone();
            put(here, Some(same.text().into_bytes()));
        }
        "twice" => {
            let first = lines.iter().position(|line| line.starts_with("  - ")).unwrap();
            put(here, Some((text.clone() + &lines[first..].join("\n") + "\n").into_bytes()));
        }
        "newbad" | "refused" => {
            let mut broken = file.clone();
            let entry = &mut broken.access[n as usize % file.access.len()];
            if entry.revoked.is_some() {
                return;
            }
            entry.request.push_str("-x");
            let asked = entry.request.clone();
            let text = broken.text();
            let (before, after) = text.split_once(&asked).unwrap();
            let after = if kind == "newbad" {
                after.replacen("on: 2", "on: 2x", 1)
            } else {
                after.replacen("identity: known", "identity: uncertain", 1)
            };
            put(here, Some(format!("{before}{asked}{after}").into_bytes()));
        }
        "baddate" => put(here, Some(text.replacen("from: 2", "from: x2", 1).into_bytes())),
        "markers" => {
            let at = (n % lines.len() as u64) as usize;
            let mut lines = lines.clone();
            lines.insert(at, "<<<<<<< HEAD");
            lines.push("=======");
            lines.push(">>>>>>> theirs");
            put(here, joined(&lines));
        }
        "crlf" => put(here, Some(text.replace('\n', "\r\n").into_bytes())),
        // The end is later under the old approval. It is refused, and what was accepted stays.
        "longer" => {
            let mut longer = file.clone();
            for entry in &mut longer.access {
                entry.until = entry.until.map(|until| until.checked_add(90.days()).unwrap());
            }
            put(here, Some(longer.text().into_bytes()));
        }
        "lift" => put(here, Some(text.replacen("role: LU", "role: LC", 1).into_bytes())),
        "away" => {
            takes = Takes::Absence;
            put(here, None);
        }
        "capital" => {
            takes = Takes::Moved;
            put(here, None);
            let name = person[..1].to_uppercase() + &person[1..];
            put(path(trust, &name), Some(text.into_bytes()));
        }
        // Nothing lies below a file that somebody has put in the place of the folder.
        "deeper" if desk.slips.iter().any(|one| one.over.contains_key(&format!("desired-state/{other}"))) => {
            return;
        }
        "trust" | "nofolder" | "two" | "movebad" | "top" | "deeper" | "inner" | "beside" => {
            takes = Takes::Moved;
            put(here, None);
            let (to, bytes) = match kind {
                "trust" => (path(other, person), text),
                "nofolder" => (path("ukjent-mappe", person), text),
                "deeper" => (path(&format!("{other}/{trust}"), person), text),
                "inner" => (path(&format!("{trust}/{trust}"), person), text),
                "beside" => (format!("reviews/{trust}/{person}.yaml"), text),
                "two" => (path(trust, &format!("{person}2")), text),
                "top" => (format!("desired-state/{person}.yaml"), text),
                _ => {
                    let mut moved = file.clone();
                    for entry in &mut moved.access {
                        entry.unit = unit_of(other);
                        entry.request.push_str("-m");
                        entry.by = approver(other, &entry.role).to_owned();
                    }
                    (path(other, person), moved.text().replace("on: 2", "on: 2x"))
                }
            };
            put(to, Some(bytes.into_bytes()));
        }
        "copy" => put(path(other, person), Some(text.into_bytes())),
        "copybeside" => put(path(trust, &format!("kopi-av-{person}")), Some(text.into_bytes())),
        "backup-copy" => put(format!("{here}~"), Some(text.into_bytes())),
        other => panic!("no such step: {other}"),
    }
    if takes == Takes::Absence && PILLARS.contains(&person) {
        slip.over.clear();
        return;
    }
    // What is new in a folder with a directory in it waits, like in every odd folder.
    slip.folder = match kind {
        "deeper" => Some(other.to_owned()),
        "inner" => Some(trust.to_owned()),
        _ => None,
    };
    slip.covers.insert(place.clone(), takes);
}

/// A person tries to gain access. No part of the change is meant.
fn greedy(kind: &str, step: &Step, today: Day, desk: &Desk, oracle: &mut Oracle, slip: &mut Slip) {
    let trust = if step.what.is_empty() { "ahus" } else { &step.what };
    let person = format!("snik{}", request(step.at, 0).to_lowercase().replace("r-", "."));
    let mut entry = Entry {
        application: "smerteregisteret".to_owned(),
        unit: unit_of(trust),
        role: "LU".to_owned(),
        from: today,
        until: None,
        request: request(step.at, 7),
        by: approver(trust, "LU").to_owned(),
        on: today,
        revoked: None,
    };
    match kind {
        "self" => entry.by.clone_from(&person),
        "wrong" => entry.by = if trust == "ahus" { "lc.fonnasen" } else { "lc.ahusen" }.to_owned(),
        "future" => entry.on = today.checked_add(30.days()).unwrap(),
        "unit" => {
            let other = if trust == "ahus" { "helse-fonna" } else { "ahus" };
            entry.unit = unit_of(other);
            entry.by = approver(other, "LU").to_owned();
        }
        // Everything about it is in order, but the application was rejected before.
        "rejected" => {
            if desk.rejected.iter().all(|rejection| rejection.request != entry.request) {
                return;
            }
        }
        "borrow" => {
            let of = oracle.grants.iter().find(|grant| grant.person == step.who && grant.accepted.is_some());
            let Some(grant) = of else { return };
            entry.request.clone_from(&grant.request);
        }
        // The old file comes back.
        _ => {
            let found = desk.deleted.iter().find(|((_, person), _)| *person == step.who);
            let Some((place, file)) = found else { return };
            if !desk.places(&place.1).is_empty() {
                return;
            }
            let has = oracle.store.get(&place.1).cloned().unwrap_or_default();
            for grant in oracle.grants.iter_mut().filter(|grant| grant.person == place.1) {
                // A deletion that has not acted is undone by this, and an older database knows nothing of it.
                let acted = !has.iter().any(|right| grant.may_give(right));
                if !acted || grant.forgotten || grant.given.is_empty() {
                    grant.state = State::Doubt;
                }
            }
            slip.over.insert(path(&place.0, &place.1), Some(file.text().into_bytes()));
            return;
        }
    }
    let file = File { person: person.clone(), employer: trust.to_owned(), access: vec![entry] };
    slip.over.insert(path(trust, &person), Some(file.text().into_bytes()));
}
