//! An older memory is put back beside a service that says whose each account is.

use portvakt_core::diag::Code;

use super::crash::people;
use super::loopback::Loopback;
use super::world::{World, held, pass};

#[test]
fn whoever_came_after_the_backup_keeps_the_account_and_gets_no_other() {
    let service = Loopback::start(&[]);
    let world = World::accepted(&service.place());
    pass(&mut world.engine()).unwrap();
    let backup = world.root().join("var/memory.backup");
    std::fs::copy(world.memory(), &backup).unwrap();
    people(&world, 1);
    pass(&mut world.engine()).unwrap();
    let (users, rights) = (service.users(), held(&service));
    assert!(rights.iter().any(|(person, _)| person == "mange.nr0"), "{rights:?}");

    for end in ["-wal", "-shm"] {
        let _gone = std::fs::remove_file(format!("{}{end}", world.memory().display()));
    }
    std::fs::copy(&backup, world.memory()).unwrap();
    for _ in 0..2 {
        let passed = pass(&mut world.engine()).unwrap();
        let unknown = passed.decided.findings.iter().filter(|finding| finding.code == Code::UnknownAccount);
        assert_eq!(unknown.count(), 1, "{:#?}", passed.decided.findings);
        assert!(passed.decided.plan.steps.is_empty(), "{:?}", passed.decided.plan.steps);
        assert_eq!(service.users(), users);
    }
}
