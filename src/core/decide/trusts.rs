//! Handles a trust that gets another id, or a unit that moves to another trust, before the new settings are in force.
//! The files of a trust with another id have moved already, and a check reads them as the same files. They are judged by
//! the accepted rules, and the trust keeps its accepted id. The files of a unit move after the unit.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Head, HeadFile};
use crate::model::{FilePath, Register, RenamedTrusts, TrustId, UnitId};
use crate::tree::Snapshot;

use super::head::{FileToRead, head, on_threads, whose};

/// Returns the units that the proposed settings put at another trust. The trust has its accepted id.
pub fn moved_units(
    accepted: &Register,
    proposed: &Register,
    renamed: &RenamedTrusts,
) -> BTreeMap<UnitId, TrustId> {
    let before = |trust: &TrustId| {
        let known = renamed.iter().find(|(_, new)| *new == trust).map(|(old, _)| old.clone());
        known.unwrap_or_else(|| trust.clone())
    };
    let moves = proposed.units.iter().filter_map(|(id, unit)| {
        let (was, is) = (accepted.trust_of(*id)?, before(&unit.trust));
        (*was != is && accepted.trusts.contains_key(&is)).then_some((*id, is))
    });
    moves.collect()
}

/// Parses the files to look at, which are of this tree. A trust that gets another id keeps its accepted id.
pub fn head_of(
    looks: Vec<FileToRead>,
    tree: &Snapshot,
    register: &Register,
    renamed: &RenamedTrusts,
) -> Head {
    if renamed.is_empty() {
        return head(&looks, tree, register);
    }
    let back: RenamedTrusts = renamed.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    let before = |look: &FileToRead| {
        let (person, trust) = whose(&look.path)?;
        Some(FilePath::of_person(back.get(&trust)?, &person))
    };
    let (moved, mut rest): (Vec<FileToRead>, Vec<FileToRead>) =
        looks.into_iter().partition(|look| look.bytes.is_some() && before(look).is_some());
    let there: BTreeSet<FilePath> = moved.iter().filter_map(before).collect();
    rest.retain(|look| look.bytes.is_some() || !there.contains(&look.path));
    // In other files, the new id may be written as an employer.
    let mut known = register.clone();
    for (old, new) in renamed {
        if let Some(trust) = register.trusts.get(old) {
            known.trusts.insert(new.clone(), trust.clone());
        }
    }
    let mut all = head(&rest, tree, &known);
    // The odd paths of the tree were reported with the other files.
    let moved = on_threads(&moved, &[], &register.with_trusts_named(renamed), tree.threads());
    all.findings.extend(moved.findings);
    all.astray.extend(moved.astray);
    for (person, files) in moved.files {
        all.files.entry(person).or_default().extend(files);
    }
    for files in all.files.values_mut() {
        let read: BTreeMap<TrustId, HeadFile> = std::mem::take(files);
        *files = read.into_iter().map(|(trust, file)| under_the_old_id(trust, file, &back)).collect();
    }
    all
}

fn under_the_old_id(trust: TrustId, mut file: HeadFile, back: &RenamedTrusts) -> (TrustId, HeadFile) {
    if let HeadFile::Says { facts, entries, .. } = &mut file {
        facts.vouched.follow(back);
        entries.iter_mut().for_each(|entry| entry.grant.follow(back));
    }
    (back.get(&trust).cloned().unwrap_or(trust), file)
}
