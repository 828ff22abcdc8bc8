//! Broken and hostile input. Each one gives one clear finding at its place, and nobody loses access because of it.

use std::os::unix::fs::symlink;

use super::desk::{Desk, Told, person};

/// Checks the output of `check`, `plan` and `apply` for a tree that was accepted and then changed. After that the
/// register must be as it was.
#[track_caller]
fn harmless(change: impl FnOnce(&Desk), code: i32, words: &str) -> Told {
    let desk = Desk::accepted();
    change(&desk);
    let before = desk.accounts();
    desk.run(&["plan"]).ends(code).says(words).says("0 steps");
    desk.run(&["apply"]).ends(code).says(words);
    assert_eq!(before, desk.accounts());
    desk.run(&["list", "--trust", "unn"]).ends(0).says("sara.fiktivsen").says("henrik.liksomdal");
    desk.run(&["check"]).ends(code).says(words)
}

fn sara(desk: &Desk, from: &str, to: &str) {
    desk.change("unn", "sara.fiktivsen", from, to);
}

fn add(desk: &Desk, text: &[u8]) {
    let mut bytes = desk.read("unn", "sara.fiktivsen").into_bytes();
    bytes.extend_from_slice(text);
    desk.write("unn", "sara.fiktivsen", bytes);
}

#[test]
fn a_half_written_file() {
    let told = harmless(
        |desk| {
            let text = desk.read("unn", "sara.fiktivsen");
            desk.write("unn", "sara.fiktivsen", &text[..208]);
        },
        1,
        "desired-state/unn/sara.fiktivsen.yaml:10:5",
    );
    insta::assert_snapshot!("half-written", told.out);
}

#[test]
fn a_path_with_what_cannot_be_seen_is_shown_by_numbers_in_every_format() {
    for c in ['\u{202e}', '\u{200b}', '\u{3164}', '\u{2800}'] {
        let names = [
            format!("desired-state/unn/ny.testesen{c}.yaml"),
            format!("desired-state/unn/ny.testesen{c}.txt"),
            format!("desired-state/{c}unn"),
            format!("policies/more{c}.cedar"),
        ];
        for name in names {
            let desk = Desk::tree();
            std::fs::write(desk.root().join(&name), "person: ny.testesen\n").unwrap();
            for format in ["human", "json", "github", "sarif", "junit", "markdown"] {
                let told = desk.run(&["--format", format, "check"]).ends(1);
                told.says(&format!("{:x}", u32::from(c))).never_says(&c.to_string());
            }
        }
    }
}

#[test]
fn a_comment_that_turns_the_text_around_it() {
    harmless(|desk| add(desk, "# \u{202e}x\n".as_bytes()), 1, "U+202E");
    let change =
        |desk: &Desk| desk.change_file("desired-state/register.yaml", "roles:\n", "# \u{2067}x\nroles:\n");
    harmless(change, 1, "U+2067");
}

#[test]
fn an_empty_file() {
    harmless(|desk| desk.write("unn", "sara.fiktivsen", ""), 1, "desired-state/unn/sara.fiktivsen.yaml");
}

#[test]
fn a_file_that_is_no_text() {
    harmless(|desk| add(desk, b"\xff\xfe\n"), 1, "UTF-8");
}

#[test]
fn a_huge_file() {
    let told = harmless(|desk| add(desk, &[b'#'; 70_000]), 1, "65536");
    told.never_says("this file was changed");
}

#[test]
fn deep_nesting() {
    harmless(|desk| add(desk, format!("x: {}\n", "[".repeat(5000)).as_bytes()), 1, "sara.fiktivsen.yaml:16");
}

#[test]
fn a_key_that_stands_twice() {
    harmless(|desk| add(desk, b"name: Another\n"), 1, "`name` stands twice");
}

#[test]
fn a_key_that_means_nothing() {
    harmless(|desk| sara(desk, "staff:", "stuff:"), 1, "`stuff`").says("`staff`");
}

#[test]
fn a_role_that_is_not_there() {
    harmless(|desk| sara(desk, "role: LU", "role: LX"), 1, "Did you mean");
}

#[test]
fn a_unit_that_is_not_there() {
    harmless(|desk| sara(desk, "101719", "101718"), 1, "Did you mean UNN (101719)?");
}

#[test]
fn a_unit_of_another_trust() {
    harmless(|desk| sara(desk, "101719", "100084"), 1, "Fonna");
}

#[test]
fn a_day_that_does_not_exist() {
    let told = harmless(|desk| sara(desk, "request:", "until: 2027-02-30\n    request:"), 1, "2027-02-30");
    told.says("no such day");
}

#[test]
fn one_login_for_two_people() {
    harmless(
        |desk| sara(desk, "staff: health", "staff: health\nlogin: leif.utkastli"),
        1,
        "the login `leif.utkastli` of `sara.fiktivsen` belongs to `leif.utkastli`",
    );
}

#[test]
fn two_files_of_one_person_that_disagree() {
    let change = |desk: &Desk| {
        desk.change("helse-fonna", "gunnar.testesen", "Gunnar Testesen", "Gunnar Annensen");
    };
    let told = harmless(change, 1, "person-disagrees");
    insta::assert_snapshot!("two-files-disagree", told.out);
}

#[test]
fn an_id_that_looks_like_another() {
    let change = |desk: &Desk| {
        let text = person("akse1.demostad", "helse-stavanger", 100083, "halvor.liksomdal");
        desk.write("helse-stavanger", "akse1.demostad", text);
    };
    harmless(change, 1, "cannot be told apart by eye");
}

#[test]
fn a_personal_number_is_not_repeated() {
    let told = harmless(|desk| add(desk, b"phone: 01019012345\n"), 1, "sara.fiktivsen.yaml:16");
    told.never_says("01019012345");
}

#[test]
fn a_link_out_of_the_tree_is_not_followed() {
    let change = |desk: &Desk| {
        std::fs::write(desk.beside("secret"), "secret: words\n").unwrap();
        desk.delete("unn", "sara.fiktivsen");
        symlink("../../../secret", desk.path("unn", "sara.fiktivsen")).unwrap();
    };
    harmless(change, 1, "is a symbolic link").never_says("words");
}

#[test]
fn a_fifo_stops_nothing() {
    let change = |desk: &Desk| {
        desk.delete("unn", "sara.fiktivsen");
        let made = std::process::Command::new("mkfifo").arg(desk.path("unn", "sara.fiktivsen")).status();
        assert!(made.unwrap().success());
    };
    harmless(change, 1, "is a FIFO");
}

#[test]
fn a_folder_that_is_a_link() {
    let change = |desk: &Desk| {
        let folder = desk.root().join("desired-state/unn");
        std::fs::rename(&folder, desk.beside("unn")).unwrap();
        symlink(desk.beside("unn"), folder).unwrap();
    };
    harmless(change, 1, "`desired-state/unn` is a symbolic link");
}

#[test]
fn a_missing_or_empty_tree_is_never_everybody_has_left() {
    let gone = |name: &'static str| {
        move |desk: &Desk| std::fs::rename(desk.root().join(name), desk.beside("away")).unwrap()
    };
    for name in ["desired-state", "policies", "desired-state/register.yaml"] {
        let desk = Desk::accepted();
        gone(name)(&desk);
        let before = desk.accounts();
        for command in ["check", "apply"] {
            let told = desk.run(&[command]).ends(5).says("stopped[tree-missing]").says(name);
            told.says("--root").says(desk.root().file_name().unwrap().to_str().unwrap());
        }
        assert_eq!(before, desk.accounts());
    }
}

#[test]
fn an_empty_register_file() {
    let desk = Desk::accepted();
    std::fs::write(desk.root().join("desired-state/register.yaml"), "").unwrap();
    desk.run(&["apply"]).ends(5).says("`desired-state/register.yaml` is empty");
}

#[test]
fn a_root_that_is_no_folder() {
    let desk = Desk::tree();
    desk.run(&["--root", "policies/README.md", "check"]).ends(5).says("policies/README.md");
    desk.run(&["--root", "nowhere", "check"]).ends(5).says("`nowhere` does not exist");
}

#[test]
fn a_broken_register_file_leaves_the_accepted_one_in_force() {
    let change = |desk: &Desk| {
        desk.change_file("desired-state/register.yaml", "most_coordinators: 2", "most_coordinators: x");
    };
    harmless(change, 1, "desired-state/register.yaml:30:20");
}

#[test]
fn a_broken_policy_leaves_the_accepted_ones_in_force() {
    let change = |desk: &Desk| {
        let path = desk.root().join("policies/advice.cedar");
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{text}permit (\n")).unwrap();
    };
    harmless(change, 1, "policies/advice.cedar");
}

#[test]
fn everything_wrong_is_told_in_one_run() {
    let desk = Desk::tree();
    sara(&desk, "role: LU", "role: LX");
    desk.change("unn", "frida.skinnvik", "staff:", "stuff:");
    desk.write("unn", "olav.testesen", "x: [");
    let told = desk.run(&["check"]).ends(1);
    for file in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        assert!(told.out.contains(&format!("desired-state/unn/{file}.yaml")), "{}", told.out);
    }
}
