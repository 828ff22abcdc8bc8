//! A folder that is linked into the tree. The program does not follow it, so anybody's file may have been moved there.

use std::os::unix::fs::symlink;

use super::Desk;

#[test]
fn a_file_may_have_been_moved_into_a_folder_that_is_linked_into_another_trust() {
    for place in ["desired-state/ahus/arkiv", "desired-state/arkiv"] {
        let desk = Desk::accepted();
        let elsewhere = desk.beside("arkiv");
        std::fs::create_dir(&elsewhere).unwrap();
        symlink(&elsewhere, desk.root().join(place)).unwrap();
        desk.delete("unn", "sara.fiktivsen");
        desk.run(&["apply"]).says("loss-withheld").says(&format!("`{place}`, where it may have been moved"));
        desk.run(&["list"]).says("sara.fiktivsen");
        // Without the link the file is gone.
        std::fs::remove_file(desk.root().join(place)).unwrap();
        desk.run(&["apply"]).says("1 of 1 step done");
        desk.run(&["list"]).ends(0).never_says("sara.fiktivsen");
    }
}

/// One with the name of a person's file is that file, and nobody else's.
#[test]
fn a_link_with_the_name_of_a_persons_file_is_nobody_elses_in_another_trust() {
    let desk = Desk::accepted();
    let elsewhere = desk.beside("ny.testesen.yaml");
    std::fs::write(&elsewhere, "x").unwrap();
    symlink(&elsewhere, desk.root().join("desired-state/ahus/ny.testesen.yaml")).unwrap();
    desk.delete("unn", "sara.fiktivsen");
    desk.run(&["apply"]).says("odd-path").says("1 of 1 step done").never_says("loss-withheld");
}
