//! An answer of a review that keeps an access beyond its own last day.

use super::bench::{AHUS, World};

#[test]
fn whoever_keeps_an_access_beyond_its_last_day_is_told_that_it_ends_all_the_same() {
    let world = World::new();
    let lars = world.person(AHUS);
    lars.runs(&["review", "start"]).ends(0);
    let ends = "tilgangen slutter 2027-01-17 likevel";
    // Another Geir has access elsewhere, and no row in this list.
    let kept = lars.runs(&["review", "answer", "geir", "--keep", "--until", "1.8.27"]).ends(0);
    let kept = kept.says("forstått som Geir Eksempelvik (geir.eksempelvik)").says(ends);
    kept.says("`portvakt extend geir.eksempelvik`");
    let typed = [("for å slutte: ", "b 1.7.27\n")];
    lars.types("portvakt review answer geir", &typed).ends(0).says(ends);
    let shown = lars.runs(&["review", "show", "--trust", "ahus"]).ends(0);
    shown.says("slutter av seg selv 2027-01-17").never_says("gjennomført");
    lars.runs(&["review", "answer", "geir", "--keep"]).ends(0).never_says(ends);
}
