//! From a key to a signature. `approve` signs exactly the text that `statement` prints, and OpenSSH accepts the
//! signature.

use std::process::Command;

use super::desk::{COORDINATOR, Desk, LEADER, Told, person};
use super::git::git;

mod asked;
mod lists;

const NAMESPACE: &str = "portvakt@smerteregisteret";
const NEW: &str = "desired-state/helse-bergen/ny.testesen.yaml";

/// A tree with a new person whom the coordinator of Bergen has approved, and keys.
struct Office {
    desk: Desk,
}

impl Office {
    fn new() -> Self {
        let desk = Desk::tree();
        desk.write(
            "helse-bergen",
            "ny.testesen",
            person("ny.testesen", "helse-bergen", 100_082, COORDINATOR),
        );
        Self { desk }
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.desk.root().join(path), text).unwrap();
    }

    fn allow(&self, lines: &[(&str, &str)]) {
        let text: String = lines.iter().map(|(start, key)| format!("{start} {key}\n")).collect();
        self.write("desired-state/allowed_signers", &text);
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.desk.root().join(path)).unwrap_or_default()
    }

    fn approve(&self, args: &[&str]) -> Told {
        self.desk.run(&[&["approve"], args].concat())
    }

    /// Returns whether `ssh-keygen -Y verify` accepts a signature file with one block.
    fn openssh_verifies(&self, path: &str, by: &str, text: &str) -> bool {
        let message = self.desk.beside("message");
        std::fs::write(&message, text).unwrap();
        let block = self.desk.beside("block");
        let blocks = self.read(path);
        std::fs::write(&block, &blocks[blocks.find("-----BEGIN").unwrap()..]).unwrap();
        let done = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", NAMESPACE, "-I", by, "-f"])
            .arg(self.desk.root().join("desired-state/allowed_signers"))
            .arg("-s")
            .arg(block)
            .stdin(std::fs::File::open(message).unwrap())
            .output()
            .unwrap();
        done.status.success()
    }
}

fn count(text: &str) -> usize {
    text.matches("-----BEGIN SSH SIGNATURE-----").count()
}

#[test]
fn what_statement_prints_is_what_approve_signs() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    let key = key.to_str().unwrap();
    office.allow(&[(&format!("{COORDINATOR} namespaces=\"{NAMESPACE}\""), &public)]);
    let statement = office.desk.run(&["statement", NEW, "1"]).ends(0).out;
    assert!(
        statement.starts_with("portvakt access statement 1\nregister: smerteregisteret\n"),
        "{statement}"
    );
    assert!(statement.contains("\nperson: ny.testesen\n") && statement.ends_with("on: 2026-11-19\n"));
    assert_eq!(office.desk.run(&["statement", NEW]).ends(0).out, statement);

    // Without a terminal nothing is signed without `--yes`.
    let told = office.approve(&[NEW, "--key", key]).ends(2).says("--yes");
    assert!(told.out.contains(&statement), "{}", told.out);
    assert_eq!(office.read(&format!("{NEW}.sig")), "");

    let told = office.approve(&[NEW, "--key", key, "--yes"]).ends(0).says("1 signature written");
    assert!(told.out.contains(&statement), "{}", told.out);
    let sig = format!("{NEW}.sig");
    assert!(office.openssh_verifies(&sig, COORDINATOR, &statement));
    assert!(!office.openssh_verifies(&sig, COORDINATOR, &statement.replace("LU", "LC")));
    // Signed once is signed.
    let once = office.read(&sig);
    office.approve(&[NEW, "--key", key, "--yes"]).ends(0).says("nothing for `ingrid.koordinatorsen` to sign");
    assert_eq!(office.read(&sig), once);
    let folder = office.desk.root().join("desired-state/helse-bergen");
    let rests = std::fs::read_dir(folder).unwrap().filter_map(Result::ok);
    assert!(rests.into_iter().all(|entry| !entry.file_name().to_string_lossy().starts_with('.')));
}

#[test]
fn a_statement_of_somebody_with_another_id_has_the_current_one() {
    let office = Office::new();
    office.desk.writes_another_id_of_the_leader();
    let (key, public) = office.desk.key("leader");
    office.allow(&[(LEADER, &public)]);
    let statement = office.desk.run(&["statement", "--settings", "--by", LEADER]).ends(0).out;
    assert!(statement.contains("bjorn.nyland") && !statement.contains(LEADER), "{statement}");
    let args = ["--settings", "--key", key.to_str().unwrap(), "--yes"];
    let told = office.approve(&args).ends(0).says("1 signature written").says("`bjorn.nyland`");
    assert!(told.out.contains(&statement), "{}", told.out);
}

#[test]
fn whoever_signs_may_be_named_by_a_part_of_the_name() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    let key = key.to_str().unwrap();
    office.allow(&[(COORDINATOR, &public)]);
    let by = |by: &str| office.approve(&[NEW, "--key", key, "--by", by, "--yes"]);
    by("liksomdal").ends(1).says("fits several people").says("Henrik Liksomdal (henrik.liksomdal)");
    assert_eq!(office.read(&format!("{NEW}.sig")), "");
    by("Ingrid")
        .ends(0)
        .says("taken as Ingrid Koordinatorsen (ingrid.koordinatorsen)")
        .says("1 signature written");
}

#[test]
fn signatures_of_what_is_no_more_go_and_the_others_stay() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    let key = key.to_str().unwrap();
    office.allow(&[(COORDINATOR, &public)]);
    let sig = format!("{NEW}.sig");
    let second = "  - application: rapporteket-smerte\n    unit: 100082\n    role: LU\n    from: 2026-11-20\n    request: REQ-2026-0900\n    approved:\n      by: ingrid.koordinatorsen\n      on: 2026-11-19\n      identity: known\n  - application: smerteregisteret\n    unit: 100082\n    role: LU\n    from: 2026-12-24\n    request: REQ-2026-0901\n    approved:\n      by: bjorn.lederesen\n      on: 2026-11-19\n      identity: known\n";
    office.write(NEW, &format!("{}{second}", office.read(NEW)));
    // The third entry is another's to sign.
    office.approve(&[NEW, "--key", key, "--yes"]).ends(0).says("2 signatures written").never_says("bjorn");
    let both = office.read(&sig);
    assert_eq!(count(&both), 2);
    office.desk.change_file(NEW, "from: 2026-11-20\n    request: REQ-2026-0900\n    approved:\n      by: ingrid.koordinatorsen\n      on: 2026-11-19\n      identity: known\n  - application: rapporteket", "from: 2026-11-21\n    request: REQ-2026-0900\n    approved:\n      by: ingrid.koordinatorsen\n      on: 2026-11-19\n      identity: known\n  - application: rapporteket");
    office.approve(&[NEW, "--entry", "2", "--key", key, "--yes"]).ends(0).says("nothing for");
    assert_eq!(office.read(&sig), both);
    office.approve(&[NEW, "--entry", "1", "--key", key, "--yes"]).ends(0).says("1 signature written");
    let after = office.read(&sig);
    assert_eq!(count(&after), 2);
    let kept = &both[both.rfind("-----BEGIN").unwrap()..];
    assert!(after.starts_with(kept), "{after}");
    // The leader signs too, and the earlier signature stays.
    let (leader, leaders) = office.desk.key("bjorn");
    office.allow(&[(COORDINATOR, &public), (LEADER, &leaders)]);
    office
        .approve(&[NEW, "--key", leader.to_str().unwrap(), "--yes"])
        .ends(0)
        .says("as `bjorn")
        .says("1 signature");
    let all = office.read(&sig);
    assert!(count(&all) == 3 && all.starts_with(&after));
}

#[test]
fn what_would_not_count_is_said_before_anything_is_signed() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    let key = key.to_str().unwrap();
    let approve = |more: &[&str]| office.approve(&[&[NEW, "--key", key, "--yes"], more].concat());
    let unsigned = || assert_eq!(office.read(&format!("{NEW}.sig")), "");

    approve(&[]).ends(1).says("nobody's in `desired-state/allowed_signers`").says("--by PERSON");
    unsigned();
    office.allow(&[("per.fiktivsen", &public)]);
    approve(&["--by", COORDINATOR]).ends(1).says("of `per.fiktivsen`");
    approve(&[]).ends(0).says("nothing for `per.fiktivsen` to sign");
    office.allow(&[("ingrid.koordinatorsen namespaces=\"git\"", &public)]);
    approve(&[]).ends(1).says("counts for `git` only");
    office.allow(&[("ingrid.koordinatorsen valid-before=\"20261120\"", &public)]);
    approve(&[]).ends(1).says("until 2026-11-19, and not on 2026-11-23");
    office.allow(&[("ingrid.koordinatorsen valid-after=\"20261121\"", &public)]);
    approve(&[]).ends(1).says("entry 1").says("from 2026-11-21 on, and not on 2026-11-19");
    office.allow(&[(COORDINATOR, &public)]);
    office.write("desired-state/revoked_keys", &format!("{public}\n"));
    approve(&[]).ends(1).says("is revoked");
    office.write("desired-state/revoked_keys", "x\n");
    approve(&[]).ends(1).says("signers-invalid").says("revoked_keys:1");
    office.write("desired-state/revoked_keys", "");
    office.desk.change_file(NEW, "on: 2026-11-19", "on: 2026-10-20");
    approve(&[]).ends(1).says("31 days");
    office.desk.change_file(NEW, "on: 2026-10-20", "on: 2026-11-24");
    approve(&[]).ends(1).says("has not come yet");
    unsigned();
    office.desk.change_file(NEW, "on: 2026-11-24", "on: 2026-10-23");
    // A key that is not known yet may sign. The output shows the line that enrols it.
    office.allow(&[]);
    approve(&["--by", COORDINATOR])
        .ends(0)
        .says("advice")
        .says(&format!("{COORDINATOR} namespaces=\"{NAMESPACE}\" ssh-ed25519 "))
        .says("1 signature written");
    assert_eq!(count(&office.read(&format!("{NEW}.sig"))), 1);
    approve(&["--by", COORDINATOR]).ends(0).says("nothing for");

    // These are refused: a file that is not a key, a missing file, and a file without entries.
    let none = office.desk.beside("none");
    office
        .approve(&[NEW, "--key", none.to_str().unwrap(), "--yes"])
        .ends(1)
        .says("nothing can be signed without it");
    office
        .approve(&["desired-state/register.yaml", "--key", key, "--by", LEADER, "--yes"])
        .ends(1)
        .says("no person's file");
    office
        .approve(&["desired-state/helse-bergen/x.yaml", "--key", key, "--by", LEADER, "--yes"])
        .ends(5)
        .says("x.yaml");
    office.desk.run(&["statement", NEW, "2"]).ends(1).says("1 entry");
    office.desk.run(&["statement", NEW, "--revocation"]).ends(1).says("no such statement");
    office.desk.run(&["statement"]).ends(2);
    office.approve(&[NEW, "--yes"]).ends(2);
}

#[test]
fn whoever_approves_reads_bokmål_if_they_like() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    let key = key.to_str().unwrap();
    let run = |args: &[&str]| office.desk.run(&[args, &["--lang", "nb"]].concat());
    run(&["approve", NEW, "--key", key])
        .ends(1)
        .says("nøkkelen SHA256:")
        .says("tilhører ingen i `desired-state/allowed_signers`")
        .says("Si hvem du er med `--by PERSON`")
        .never_says("nobody");
    office.allow(&[("per.fiktivsen,kari.testesen", &public)]);
    run(&["approve", NEW, "--key", key])
        .ends(1)
        .says("`per.fiktivsen,kari.testesen` er mer enn én person, og en nøkkel tilhører én.");
    office.allow(&[(COORDINATOR, &public)]);
    run(&["approve", NEW, "--key", key])
        .ends(2)
        .says("oppføring 1: tilgang\n")
        .says("Signere 1 erklæring som `ingrid.koordinatorsen`")
        .says("Ingenting ble signert");
    run(&["approve", NEW, "--key", key, "--yes"]).ends(0).says("1 signatur skrevet til ");
    run(&["approve", NEW, "--key", key, "--yes"]).ends(0).says("Det er ingenting `ingrid.koordinatorsen`");
    run(&["approve", "desired-state/register.yaml", "--key", key]).ends(1).says("er ingen persons fil her");
    run(&["statement", NEW, "2"]).ends(1).says("har ingen slik erklæring").says("Filen har 1 oppføring");
    run(&["check", "--ref", "main"]).ends(2).says("feil: `--ref` og `--inside` hører sammen");
    run(&["apply", "--fetch", "origin"]).ends(2).says("`--fetch` hører sammen med");
}

#[test]
fn an_access_that_is_taken_back_has_a_statement_of_its_own() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    office.allow(&[(COORDINATOR, &public)]);
    let revoked = "    revoked: {on: 2026-11-23, by: ingrid.koordinatorsen, reason: has left}\n";
    office.write(NEW, &format!("{}{revoked}", office.read(NEW)));
    let statement = office.desk.run(&["statement", NEW, "1", "--revocation"]).ends(0).out;
    assert!(statement.starts_with("portvakt revocation statement 1\n"), "{statement}");
    assert!(
        statement
            .contains("\nuntil: at once\ntaken back by: ingrid.koordinatorsen\ntaken back on: 2026-11-23\n")
    );
    let told =
        office.approve(&[NEW, "--key", key.to_str().unwrap(), "--yes"]).ends(0).says("1 signature written");
    assert!(told.out.contains(&statement));
    assert!(office.openssh_verifies(&format!("{NEW}.sig"), COORDINATOR, &statement));
}

#[test]
fn a_signature_that_stands_in_a_clone_alone_is_told_as_unsent() {
    let office = Office::new();
    let ((one, first), (two, second)) = (office.desk.key("ingrid"), office.desk.key("bjorn"));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    office.allow(&[(COORDINATOR, &first), (LEADER, &second)]);
    let settings = |key: &str| office.approve(&["--settings", "--key", key, "--yes"]).ends(0);
    settings(one).says("1 signature written").never_says("push that branch");

    let (root, origin) = (office.desk.root(), office.desk.beside("origin.git"));
    std::fs::create_dir(&origin).unwrap();
    git(&origin, &["init", "--quiet", "--bare", "--initial-branch=main"]);
    git(&root, &["init", "--quiet", "--initial-branch=main"]);
    git(&root, &["add", "--all"]);
    git(&root, &["commit", "--quiet", "--message", "Begin"]);
    git(&root, &["remote", "add", "origin", origin.to_str().unwrap()]);
    git(&root, &["push", "--quiet", "--set-upstream", "origin", "main"]);
    settings(two)
        .says("1 signature written")
        .says("commit it on the branch of the change, and push that branch");
    let told = office.approve(&["--lang", "nb", NEW, "--key", one, "--yes"]).ends(0);
    told.says("legg det inn på grenen til endringen").says("`portvakt approve --waiting`");
    // Nothing was signed, so there is nothing to send.
    office.approve(&[NEW, "--key", one, "--yes"]).ends(0).never_says("push that branch");
}

#[test]
fn two_sign_the_settings_and_a_release() {
    let office = Office::new();
    let ((one, first), (two, second)) = (office.desk.key("ingrid"), office.desk.key("bjorn"));
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    office.allow(&[(COORDINATOR, &first), (LEADER, &second)]);
    let statement = office.desk.run(&["statement", "--settings", "--by", COORDINATOR]).ends(0).out;
    assert!(
        statement.starts_with("portvakt settings statement 1\n") && statement.contains("\nallowed_signers: ")
    );
    office.approve(&["--settings", "--key", one, "--yes"]).ends(0).says(&statement);
    let sig = "desired-state/settings.sig";
    let begin = format!("by: {COORDINATOR}\non: 2026-11-23\n-----BEGIN");
    assert!(office.read(sig).starts_with(&begin));
    assert!(office.openssh_verifies(sig, COORDINATOR, &statement));
    office.approve(&["--settings", "--key", one, "--yes"]).ends(0).says("nothing for");
    office.approve(&["--settings", "--key", two, "--yes"]).ends(0);
    let both = office.read(sig);
    assert!(count(&both) == 2 && both.contains(&format!("by: {LEADER}\n")));
    // Other settings are another statement, and the earlier signature is not for it.
    office.write("desired-state/revoked_keys", "# none\n");
    office.approve(&["--settings", "--key", two, "--yes"]).ends(0);
    let again = office.read(sig);
    assert!(count(&again) == 1 && again.starts_with(&format!("by: {LEADER}\n")));
    // Settings that are not valid have no statement.
    office.desk.change_file("desired-state/register.yaml", "time_zone:", "time_zon:");
    office.desk.run(&["statement", "--settings", "--by", LEADER]).ends(1);
    office.desk.change_file("desired-state/register.yaml", "time_zon:", "time_zone:");

    let digest = "ab".repeat(32);
    let out = office.desk.beside("release.sig");
    let out = out.to_str().unwrap();
    let statement = office.desk.run(&["statement", "--release", &digest, "--by", LEADER]).ends(0).out;
    assert!(
        statement.contains(&format!("\ndigest: {digest}\nreleased by: {LEADER}\nreleased on: 2026-11-23\n"))
    );
    office.approve(&["--release", &digest, "--out", out, "--key", two, "--yes"]).ends(0).says(&statement);
    office.approve(&["--release", &digest, "--out", out, "--key", one, "--yes"]).ends(0);
    assert_eq!(count(&std::fs::read_to_string(out).unwrap()), 2);
    office.approve(&["--release", &digest, "--key", one, "--yes"]).ends(2);
}

#[test]
fn a_program_reads_what_was_signed() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    office.allow(&[(COORDINATOR, &public)]);
    let statement = office.desk.run(&["statement", NEW, "1"]).ends(0).out;
    let json = office.desk.run(&["--format", "json", "statement", NEW]).ends(0).json();
    assert_eq!(json["statements"][0]["statement"], statement);
    let told =
        office.desk.run(&["--format", "json", "approve", NEW, "--yes", "--key", key.to_str().unwrap()]);
    let json = told.ends(0).json();
    assert_eq!(json["signed"][0]["statement"], statement);
    assert_eq!((json["by"].as_str(), json["signed"][0]["entry"].as_u64()), (Some(COORDINATOR), Some(1)));
}
