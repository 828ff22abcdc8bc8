//! A forge that does not answer, answers by half, or does not accept the token. Nothing new is let in, and nothing is taken
//! away for it.

use std::time::Duration;

use portvakt_core::model::ForgeKind;

use super::{NEW, newcomer};
use crate::evidence_story::platform::{AUTHOR, BOTH, LC};
use crate::evidence_story::tree::{LC_AHUS, of_ahus, person, smerte};
use crate::evidence_story::world::How;

#[test]
fn a_forge_that_is_away_lets_nothing_in_and_takes_nothing_away() {
    for kind in BOTH {
        let (story, number) = newcomer(kind, AUTHOR);
        for who in ["to.testesen", "tre.testesen"] {
            let entry = smerte(&format!("REQ-{who}"), LC_AHUS);
            story.scene.write(&of_ahus(who), &person(who, "ahus", &[entry]));
        }
        story.scene.delete(&of_ahus("bo.testesen"));
        story.push(number);
        story.approve(number, LC);
        story.ill(503, vec![("retry-after", "3600".to_owned())], "{}");
        let judged = story.judge(number, How::Rebase);
        let gone = "bo.testesen LU smerteregisteret 100089";
        judged.says(&["not-reviewed"; 3]).advises("forge-unreachable").moves(&[], &[gone]);
        // It is asked once by CI and once in each of three passes. A forge that does not answer is not asked about
        // every file.
        assert_eq!(story.asked(), 4);
        story.well();
        let others = ["tre", "to"].map(|who| format!("{who}.testesen LU smerteregisteret 100089"));
        story.scene.acted(Vec::new()).in_order().gives(&[NEW, &others[1], &others[0]]);
    }
}

#[test]
fn half_an_answer_is_none_and_a_slow_one_is_waited_for() {
    let (story, number) = newcomer(ForgeKind::GitHub, AUTHOR);
    story.approve(number, LC);
    story.ill(200, Vec::new(), "[{\"number\": 1, \"base\": {\"ref\": \"ma");
    story.judge(number, How::Squash).says(&["not-reviewed"]).advises("forge-unreachable").moves_nothing();
    story.well();
    story.slow(Duration::from_millis(300));
    story.scene.acted(Vec::new()).in_order().gives(&[NEW]);
}

fn set_mode(path: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_token_that_is_not_there_or_not_accepted_is_told_by_both() {
    let (mut story, number) = newcomer(ForgeKind::GitLab, AUTHOR);
    story.approve(number, LC);
    story.ill(401, Vec::new(), "{}");
    let refused = story.check(number);
    story.merge(number, How::Merge);
    story.scene.acted(refused).says(&["not-reviewed"]).advises("forge-unreachable").moves_nothing();
    story.well();
    let token = story.scene.token.replace(story.scene.dir.path().join("nothing")).unwrap();
    story.scene.acted(Vec::new()).says_apart(&[], &["not-reviewed"]).moves_nothing();
    // A file that everybody on the machine can read or write is not used either.
    for mode in [0o644, 0o602] {
        set_mode(&token, mode);
        story.scene.token = Some(token.clone());
        story.scene.acted(Vec::new()).says_apart(&[], &["not-reviewed"]).moves_nothing();
    }
    set_mode(&token, 0o600);
    story.scene.token = Some(token);
    story.scene.acted(Vec::new()).in_order().gives(&[NEW]);
}
