//! Comparisons that are remembered. A kept one is told again only for the same policies and the same prover, and never for
//! a release. A stand-in for the prover counts how often it is asked.

use std::path::{Path, PathBuf};

use portvakt_core::proof::{DifferenceWay, PROTOCOL, PolicyDifference, ProofVerdict, Reply, Unsure};

use super::{ADMINISTRATION, AGAINST, SAME, comment, keys, loosen, with_base, without_cases};
use crate::cli::desk::{COORDINATOR, Desk, LEADER, Told};
use crate::cli::git::{commit, git, repository};
use crate::prove::script;

/// A prover that gives this verdict about everything, and counts how often it is asked.
fn counting(desk: &Desk, name: &str, verdict: ProofVerdict) -> PathBuf {
    let change = PolicyDifference {
        way: DifferenceWay::More,
        advice: None,
        action: "grant".to_owned(),
        role: None,
        verdict,
    };
    let reply = Reply { protocol: PROTOCOL, changes: vec![change], ..Reply::default() };
    let file = desk.beside(&format!("{name}.json"));
    std::fs::write(&file, serde_json::to_vec(&reply).unwrap()).unwrap();
    let (count, file) = (desk.beside("count"), file.display().to_string());
    let words =
        format!("while read -r line; do :; done\necho once >> '{}'\n/bin/cat '{file}'", count.display());
    script(desk, name, &words)
}

/// Returns how often a prover was asked.
fn asked(desk: &Desk) -> usize {
    std::fs::read_to_string(desk.beside("count")).unwrap_or_default().lines().count()
}

/// Runs a command of a user who has this folder as a cache.
fn remembering(desk: &Desk, prover: &Path, cache: &Path, args: &[&str]) -> Told {
    let mut command = desk.program();
    let solver = script(desk, "solver", "echo fake 1");
    command.args(args).env("PORTVAKT_SOLVER", solver).env("PORTVAKT_PROVER", prover);
    Told::of(&command.env("XDG_CACHE_HOME", cache).output().unwrap())
}

/// The comparisons that are kept.
fn kept(cache: &Path) -> Vec<PathBuf> {
    let folder = std::fs::read_dir(cache.join("portvakt/proofs")).into_iter().flatten();
    let mut kept: Vec<PathBuf> = folder.map(|file| file.unwrap().path()).collect();
    kept.sort();
    kept
}

#[test]
fn what_was_compared_before_is_told_again_and_nobody_is_asked() {
    let desk = with_base();
    loosen(&desk);
    let (prover, cache) = (counting(&desk, "same", ProofVerdict::Holds), desk.beside("cache"));
    let diff = [&["policy", "diff"][..], &AGAINST].concat();
    for command in ["plan", "check"] {
        remembering(&desk, &prover, &cache, &comment(command, "en")).ends(4).says(SAME);
    }
    remembering(&desk, &prover, &cache, &diff).ends(0).says(SAME);
    assert_eq!((asked(&desk), kept(&cache).len()), (1, 1));
    remembering(&desk, &prover, &cache, &[&diff[..], &["--afresh"]].concat()).ends(0);
    assert_eq!(asked(&desk), 2);
    // Other policies, and another prover, are another comparison.
    desk.change_file(
        ADMINISTRATION,
        "context.holdersAfterChange > context.mostHolders",
        "context.mostHolders < 0",
    );
    remembering(&desk, &prover, &cache, &diff).ends(0);
    let other = counting(&desk, "other", ProofVerdict::Fails(None));
    remembering(&desk, &other, &cache, &diff).ends(3).never_says(SAME);
    assert_eq!((asked(&desk), kept(&cache).len()), (4, 3));
}

#[test]
fn a_comparison_that_is_damaged_or_was_kept_for_other_policies_is_made_again() {
    let desk = with_base();
    loosen(&desk);
    let (cache, diff) = (desk.beside("cache"), [&["policy", "diff"][..], &AGAINST].concat());
    // The policies are others, and nothing differs.
    let same = counting(&desk, "same", ProofVerdict::Holds);
    remembering(&desk, &same, &cache, &diff).ends(0).says(SAME);
    let foreign = std::fs::read_to_string(&kept(&cache)[0]).unwrap();
    std::fs::remove_dir_all(&cache).unwrap();
    let moved = counting(&desk, "moved", ProofVerdict::Fails(None));
    remembering(&desk, &moved, &cache, &diff).ends(3);
    let whole = std::fs::read_to_string(&kept(&cache)[0]).unwrap();
    let same_words = whole.replacen("{\"fails\":null}", "\"holds\"", 1);
    assert_ne!(same_words, whole);
    let mut times = asked(&desk);
    for broken in [whole[..whole.len() / 2].to_owned(), String::new(), same_words, foreign] {
        std::fs::write(&kept(&cache)[0], broken).unwrap();
        remembering(&desk, &moved, &cache, &diff).ends(3).never_says(SAME);
        times += 1;
        assert_eq!(asked(&desk), times);
        assert_eq!(std::fs::read_to_string(&kept(&cache)[0]).unwrap(), whole);
    }
    // An unknown result is not kept.
    let cache = desk.beside("another");
    let unsure = counting(&desk, "unsure", ProofVerdict::Unsure(Unsure::Unknown));
    for _ in 0..2 {
        remembering(&desk, &unsure, &cache, &diff).ends(5).never_says(SAME);
    }
    assert_eq!((asked(&desk), kept(&cache).len()), (times + 2, 0));
}

#[test]
fn what_was_compared_is_not_remembered_in_the_tree_and_not_for_a_release() {
    let desk = with_base();
    loosen(&desk);
    let prover = counting(&desk, "same", ProofVerdict::Holds);
    let cache = desk.root().join("cache");
    for times in 1..=2 {
        remembering(&desk, &prover, &cache, &comment("plan", "en")).ends(4).says(SAME);
        assert_eq!((asked(&desk), kept(&cache).len()), (times, 0));
    }
    let desk = without_cases(Desk::accepted());
    loosen(&desk);
    let (prover, cache) = (counting(&desk, "same", ProofVerdict::Holds), desk.beside("cache"));
    let digest = desk.run(&["plan"]).ends(4).after("portvakt release ");
    remembering(&desk, &prover, &cache, &["release", &digest, "--by", LEADER, "--by", COORDINATOR]).ends(0);
    assert_eq!((asked(&desk), kept(&cache).len()), (1, 0));
}

#[test]
fn whoever_signs_as_the_second_waits_for_no_comparison() {
    let desk = without_cases(repository());
    let keys = keys(&desk, &[LEADER, COORDINATOR]);
    commit(&desk.root());
    git(&desk.root(), &["update-ref", "refs/remotes/origin/main", "HEAD"]);
    loosen(&desk);
    let (prover, cache) = (counting(&desk, "same", ProofVerdict::Holds), desk.beside("cache"));
    for key in &keys {
        let signs = ["approve", "--settings", "--key", key.to_str().unwrap()];
        remembering(&desk, &prover, &cache, &signs).ends(2).says(SAME);
    }
    assert_eq!(asked(&desk), 1);
}
