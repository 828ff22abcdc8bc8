//! Decides about the changes of a head: they are judged, accepted, and weighed against the budgets.
//!
//! A pass and a check ask this one function. They differ in the fields of their [`Case`], and in how they use the
//! answer: a pass writes it down (`close`), and a check shows it (`check`). It has four steps, and each is a file of
//! its own: `gather` compares, `verdicts` judges, `reckon` weighs, and `tell` says what was found. A tree by itself
//! takes the same steps with another question, but nothing of it is weighed.

use std::collections::BTreeMap;

use crate::judge::Occupancy;
use crate::review::Attested;

use super::case::{Case, EntryQuestion};
use super::gather::gather;
use super::known::Known;
use super::outcome::{Deliberated, JudgedChanges, RestOfCase};
use super::reckon::{Reckoned, reckon};
use super::tell;
use super::verdicts::judge;
use super::waiting::waiting;

/// Deliberates on a case.
pub fn deliberate(mut case: Case<'_>) -> Deliberated<'_> {
    let mut findings = tell::before_the_changes(&mut case);
    let mut base = std::mem::take(&mut case.known.base);
    let mut gathered = gather(&mut case, &mut base, &mut findings);
    let mut verdicts = judge(&mut case, &base, &mut gathered, &mut findings);
    let occupied = case.is_whole().then(|| Occupancy::of(&case.rules, &base, case.today.day));
    let mut reckoned = if let EntryQuestion::Ever { names } = &mut case.question {
        // A tree by itself is taken as it is, and nothing follows from it.
        base = std::mem::take(&mut **names);
        Reckoned::default()
    } else {
        reckon(&mut case, &mut base, &gathered, &mut verdicts, &mut findings)
    };
    let made = (&gathered, &verdicts, &reckoned);
    findings.extend(tell::of_the_changes(&case, (&base, occupied.as_ref()), made));
    let waiting = waiting(&case, &mut gathered, &mut verdicts, &mut reckoned);

    let Case { rules, change, today, seen, scope, head, known, .. } = case;
    let Known { distrust, used, put_back, spent, last, unfinished, .. } = known;
    let counted = verdicts.rejected.accepted.into_iter().filter(|(statement, _)| !used.contains(statement));
    let rejections: BTreeMap<_, _> = counted.collect();
    // What was put back and is remembered again is so from this return on.
    let reviewed = reckoned.reviews.attested.iter().flat_map(Attested::remembered);
    let closed = reckoned.reviews.closed.iter().map(|closed| closed.answers);
    let again = rejections.keys().copied().chain(reviewed).chain(closed);
    reckoned.accepted.used.extend(again.filter_map(|statement| put_back.get(&statement).copied()));
    Deliberated {
        circumstances: RestOfCase {
            rules,
            change,
            today,
            last,
            seen,
            scope,
            untrusted: distrust.untrusted,
            unfinished,
            reports: reckoned.reports,
            together: spent.together,
        },
        judged: JudgedChanges {
            head,
            held_files: gathered.disagreement.held,
            renamed: gathered.renamed,
            changes: gathered.changes,
            extensions: gathered.extensions,
            judgement: verdicts.judgement,
            accepted: reckoned.accepted,
            before: reckoned.before,
            base,
            strays: verdicts.strays,
            kept: verdicts.kept,
            reviewed: verdicts.reviewed,
            reviews: reckoned.reviews,
            rejections,
        },
        weighed: reckoned.weighed,
        waiting,
        patience: verdicts.patience,
        findings,
    }
}
