//! Tests that a proof is remembered, and which remembered proofs are not believed.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::part::few;
use super::{codes, content, run, script, solver, with};
use crate::cli::desk::{Desk, Told};

#[test]
fn the_shipped_policies_keep_their_promises_and_that_is_remembered() {
    let Some(solver) = solver() else { return };
    let desk = Desk::tree();
    // This is the limit of `.ci/run`.
    let within = ["--format", "json", "prove", "--solver-steps", "40000"];
    let told = run(&desk, &solver, &within).ends(0).says("no findings").json();
    assert_eq!((codes(&told), &told["remembered"]), (vec![], &Value::Bool(false)));
    assert!(told["questions"].as_u64().unwrap() > 150, "{told}");
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
    assert_eq!(told["remembered"], true);
    run(&desk, &solver, &["prove"]).ends(0).says("remembered from before");
}

#[test]
fn what_is_remembered_in_a_damaged_file_is_proved_again() {
    let Some(solver) = solver() else { return };
    let desk = few();
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
    assert_eq!((codes(&told), &told["remembered"]), (vec![], &Value::Bool(false)));
    let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
    assert_eq!(told["remembered"], true);
    let kept: Vec<PathBuf> = std::fs::read_dir(desk.beside("cache/portvakt/proofs"))
        .unwrap()
        .map(|one| one.unwrap().path())
        .collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let whole = std::fs::read_to_string(&kept[0]).unwrap();
    assert!(whole.contains("never-by-others"), "{whole}");
    for broken in
        [whole[..whole.len() / 2].to_owned(), whole.replacen("never-by-others", "never-by-nobody", 1)]
    {
        std::fs::write(&kept[0], broken).unwrap();
        let told = run(&desk, &solver, &["--format", "json", "prove"]).ends(0).json();
        assert_eq!(told["remembered"], false);
    }
}

#[test]
fn what_was_proved_is_not_remembered_in_the_tree_or_in_the_repository_around_it() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    let prover = content(&desk);
    let twice = |cache: &Path| {
        let once = || {
            let mut command = desk.program();
            command.args(["prove", "--solver"]).arg(&solver).arg("--prover").arg(&prover);
            Told::of(&command.env("XDG_CACHE_HOME", cache).output().unwrap()).ends(0)
        };
        once();
        once()
    };
    let inside = desk.root().join("cache");
    std::fs::create_dir(&inside).unwrap();
    std::fs::create_dir(desk.beside("aside")).unwrap();
    std::os::unix::fs::symlink(&inside, desk.beside("link")).unwrap();
    for cache in
        [inside.clone(), desk.beside("aside").join("..").join("root").join("cache"), desk.beside("link")]
    {
        twice(&cache).never_says("remembered");
        assert!(std::fs::read_dir(&inside).unwrap().next().is_none(), "{}", cache.display());
    }
    // It is remembered beside the tree, but not if both are in one repository.
    twice(&desk.beside("aside")).says("remembered from before");
    let init = std::process::Command::new("git").args(["init", "-q"]).arg(desk.beside("")).status();
    assert!(init.unwrap().success());
    twice(&desk.beside("aside")).never_says("remembered");
}

#[test]
fn what_was_proved_by_a_solver_of_other_bytes_is_not_remembered() {
    let desk = Desk::tree();
    let prover = content(&desk);
    std::fs::create_dir(desk.beside("tools")).unwrap();
    let usual = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(desk.beside("tools")).chain(std::env::split_paths(&usual));
    let path = std::env::join_paths(folders).unwrap();
    // A name is looked for on `PATH`, and a path is taken as it is.
    let named = |solver: &Path| {
        let mut command = desk.program();
        command.env("PATH", &path).args(["prove", "--solver"]).arg(solver).arg("--prover").arg(&prover);
        Told::of(&command.env("XDG_CACHE_HOME", desk.beside("cache")).output().unwrap()).ends(0)
    };
    let file = script(&desk, "tools/solves", "echo fake 1");
    for solver in [Path::new("solves"), file.as_path()] {
        script(&desk, "tools/solves", &format!("echo fake 1 # {}", solver.display()));
        named(solver).never_says("remembered");
        named(solver).says("remembered from before");
        // It says the same of itself, and answers otherwise.
        script(&desk, "tools/solves", &format!("echo fake 1 # other, {}", solver.display()));
        named(solver).never_says("remembered");
    }
}

#[test]
fn what_another_user_could_have_put_there_is_not_remembered() {
    let desk = Desk::tree();
    let solver = script(&desk, "solver", "echo fake 1");
    let prover = content(&desk);
    let prove = || with(&desk, &solver, &prover, &["prove"]).ends(0);
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    prove();
    prove().says("remembered from before");
    let folder = desk.beside("cache/portvakt/proofs");
    let kept = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    assert_eq!(std::fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o666, 0o660, 0o602] {
        set(&kept, mode);
        prove().never_says("remembered from");
        // It was proved and kept anew, for this user alone.
        prove().says("remembered from before");
    }
    for mode in [0o777, 0o770, 0o1777] {
        set(&folder, mode);
        prove().never_says("remembered from");
        prove().never_says("remembered from");
    }
    set(&folder, 0o700);
    prove().says("remembered from before");
    let elsewhere = desk.beside("planted.json");
    std::fs::rename(&kept, &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, &kept).unwrap();
    prove().never_says("remembered from");
    prove().says("remembered from before");
    // Only root can give a file away.
    for path in [&kept, &folder] {
        if std::os::unix::fs::chown(path, Some(65534), None).is_ok() {
            prove().never_says("remembered from");
        }
    }
}
