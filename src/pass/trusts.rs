//! A trust that gets another id, before its settings are in force: a check reads the files that have moved along already as
//! what they are, files of the same trust. They are judged by the rules that are accepted, under the id that is.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Head, HeadFile};
use crate::model::{FilePath, Register, RenamedTrusts, TrustId};
use crate::source::Odd;

use super::head::{Look, head, whose};

/// Parses what has to be looked at, with trusts that get another id under the one they have.
pub(super) fn head_of(looks: Vec<Look>, odd: &[Odd], register: &Register, renamed: &RenamedTrusts) -> Head {
    if renamed.is_empty() {
        return head(&looks, odd, register);
    }
    let back: RenamedTrusts = renamed.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
    let before = |look: &Look| {
        let (person, trust) = whose(&look.path)?;
        Some(FilePath::of_person(back.get(&trust)?, &person))
    };
    let (moved, mut rest): (Vec<Look>, Vec<Look>) =
        looks.into_iter().partition(|look| look.bytes.is_some() && before(look).is_some());
    let there: BTreeSet<FilePath> = moved.iter().filter_map(before).collect();
    rest.retain(|look| look.bytes.is_some() || !there.contains(&look.path));
    // Elsewhere the new id can stand as an employer.
    let mut known = register.clone();
    for (old, new) in renamed {
        if let Some(trust) = register.trusts.get(old) {
            known.trusts.insert(new.clone(), trust.clone());
        }
    }
    let mut all = head(&rest, odd, &known);
    let moved = head(&moved, &[], &register.with_trusts_named(renamed));
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
