//! From a key to a signature. `approve` signs exactly the text that `statement` prints, and OpenSSH accepts the
//! signature.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::desk::{COORDINATOR, Desk, LEADER, Told, person};

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

    fn key(&self, name: &str) -> (PathBuf, String) {
        let file = self.desk.beside(name);
        let done = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
            .arg(&file)
            .status()
            .unwrap();
        assert!(done.success());
        let public = std::fs::read_to_string(file.with_extension("pub")).unwrap().trim().to_owned();
        (file, public)
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
    let (key, public) = office.key("ingrid");
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
fn whoever_signs_may_be_named_by_a_part_of_the_name() {
    let office = Office::new();
    let (key, public) = office.key("ingrid");
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
    let (key, public) = office.key("ingrid");
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
    let (leader, leaders) = office.key("bjorn");
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
    let (key, public) = office.key("ingrid");
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
    let (key, public) = office.key("ingrid");
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
    let (key, public) = office.key("ingrid");
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
fn two_sign_the_settings_and_a_release() {
    let office = Office::new();
    let ((one, first), (two, second)) = (office.key("ingrid"), office.key("bjorn"));
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
fn a_passphrase_is_asked_for_by_openssh_itself() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = Office::new();
    let (key, public) = office.key("ingrid");
    office.allow(&[(COORDINATOR, &public)]);
    let locked =
        Command::new("ssh-keygen").args(["-q", "-p", "-N", "a secret of its own", "-f"]).arg(&key).status();
    assert!(locked.unwrap().success());
    let asks = office.desk.beside("asks");
    std::fs::write(&asks, "#!/bin/sh\necho a secret of its own\n").unwrap();
    std::fs::set_permissions(&asks, std::fs::Permissions::from_mode(0o755)).unwrap();
    let approve = |answer: &PathBuf| {
        let mut program = office.desk.program();
        program.env("SSH_ASKPASS", answer).env("SSH_ASKPASS_REQUIRE", "force");
        Told::of(&program.args(["approve", NEW, "--yes", "--key"]).arg(&key).output().unwrap())
    };
    let none = office.desk.beside("none");
    approve(&none).ends(1).says("nothing was signed: the passphrase of the key SHA256:");
    assert_eq!(office.read(&format!("{NEW}.sig")), "");
    // Without the `.pub` file beside it, OpenSSH tells the public half.
    std::fs::remove_file(key.with_extension("pub")).unwrap();
    approve(&asks).ends(0).says("1 signature written");
}

#[test]
fn at_a_terminal_it_asks_first() {
    use std::io::{Read as _, Write as _};
    let office = Office::new();
    let (key, public) = office.key("ingrid");
    office.allow(&[(COORDINATOR, &public)]);
    let answer = |answer: &str| {
        let line = format!(
            "{} --now 2026-11-23T12:00:00Z approve {NEW} --key {}",
            env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"),
            key.display()
        );
        let mut child = Command::new("script")
            .args(["-q", "-e", "-c", &line, "/dev/null"])
            .current_dir(office.desk.root())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        // What is typed before the question is no answer to it.
        let (mut screen, mut asked) = (child.stdout.take().unwrap(), Vec::new());
        while !asked.ends_with(b"[y/N] ") {
            let mut byte = [0];
            screen.read_exact(&mut byte).unwrap();
            asked.extend(byte);
        }
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        screen.read_to_end(&mut asked).unwrap();
        let mut output = child.wait_with_output().unwrap();
        output.stdout = asked;
        Told::of(&output)
    };
    answer("n\n").ends(1).says("[y/N]").says("Nothing was signed.");
    answer("\n").ends(1).says("Nothing was signed.");
    assert_eq!(office.read(&format!("{NEW}.sig")), "");
    answer("ja\n").ends(0).says("1 signature written");
}

#[test]
fn a_program_reads_what_was_signed() {
    let office = Office::new();
    let (key, public) = office.key("ingrid");
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

/// A real agent, ended with the test.
struct Agent {
    child: Child,
    socket: PathBuf,
}

impl Agent {
    fn start(office: &Office) -> Self {
        let socket = office.desk.beside("agent.sock");
        let child = Command::new("ssh-agent")
            .arg("-D")
            .arg("-a")
            .arg(&socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        for _ in 0..200 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Self { child, socket }
    }

    fn add(&self, key: &PathBuf) {
        let done = Command::new("ssh-add").env("SSH_AUTH_SOCK", &self.socket).arg("-q").arg(key).status();
        assert!(done.unwrap().success());
        std::fs::remove_file(key).unwrap();
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn a_key_in_an_agent_signs() {
    let office = Office::new();
    let agent = Agent::start(&office);
    let ((one, first), (two, second)) = (office.key("ingrid"), office.key("bjorn"));
    office.allow(&[(COORDINATOR, &first), (LEADER, &second)]);
    let approve = |args: &[&str]| {
        let mut program = office.desk.program();
        program.env("SSH_AUTH_SOCK", &agent.socket).args(["approve", NEW, "--yes", "--agent"]).args(args);
        Told::of(&program.output().unwrap())
    };
    office.approve(&[NEW, "--yes", "--agent"]).ends(1).says("no `ssh-agent` answers");
    approve(&[]).ends(1).says("the agent holds 0 keys");
    agent.add(&two);
    approve(&["--by", COORDINATOR]).ends(1).says("holds 1 key").says("`ingrid.koordinatorsen`");
    agent.add(&one);
    approve(&[]).ends(1).says("2 of the agent's keys would do");
    approve(&["--by", COORDINATOR]).ends(0).says("1 signature written");
    let statement = office.desk.run(&["statement", NEW, "1"]).ends(0).out;
    assert!(office.openssh_verifies(&format!("{NEW}.sig"), COORDINATOR, &statement));
    std::fs::remove_file(office.desk.root().join(format!("{NEW}.sig"))).unwrap();
    let public = one.with_extension("pub");
    approve(&["--key", public.to_str().unwrap()]).ends(0).says("1 signature written");
    // The file with the private key is gone: the agent signed.
    office.approve(&[NEW, "--yes", "--key", one.to_str().unwrap()]).ends(0).says("nothing for");
}

#[test]
fn a_reviewer_signs_their_own_answers_and_the_list_counts() {
    const LIST: &str = "reviews/unn/2026-Q4.yaml";
    const HENRIK: &str = "henrik.liksomdal";
    let office = Office::new();
    let (desk, register) = (&office.desk, "desired-state/register.yaml");
    desk.change_file(register, "evidence: declared", "evidence: signature");
    desk.change_file(register, "review_months: 3\n", "review_months: 3\nreviews_from: 2026-09-01\n");
    let ((henrik, henriks), (leader, leaders)) = (office.key("henrik"), office.key("leader"));
    office.allow(&[(HENRIK, &henriks), (LEADER, &leaders)]);
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    let answer = |by: &str, person: &str, how: &str| {
        desk.run(&["review", "answer", "--trust", "unn", "--by", by, person, how]).ends(0);
    };
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        answer(HENRIK, person, "--keep");
    }
    answer(LEADER, HENRIK, "--keep");
    desk.run(&["check"]).ends(1).says("review-unsigned").says("`henrik.liksomdal` has reviewed this list");

    let sign = |key: &std::path::Path| office.approve(&[LIST, "--key", key.to_str().unwrap(), "--yes"]);
    let told = sign(&henrik).ends(0).says("1 signature written");
    let evidence = desk.run(&["review", "evidence", "unn", "2026-Q4"]).ends(0).json();
    let statement = evidence["reviewers"][0]["statement"].as_str().unwrap();
    assert!(told.out.contains(statement), "{}", told.out);
    // The answers that the statement has a digest of are shown, and those of the other reviewer are counted.
    let shown = |told: &str, words: &str| assert!(told.contains(words), "`{words}` is not in\n{told}");
    shown(&told.out, &format!("\nAnswers in your name in `{LIST}`:\n- "));
    for name in [
        "Sara Fiktivsen (sara.fiktivsen)",
        "Frida Skinnvik (frida.skinnvik)",
        "Olav Testesen (olav.testesen)",
    ] {
        let line = told.out.lines().find(|line| line.starts_with(&format!("- {name}: ")));
        assert!(line.is_some_and(|line| line.ends_with(": keep")), "{name}: {}", told.out);
    }
    assert!(!told.out.contains("- Henrik Liksomdal"), "{}", told.out);
    shown(&told.out, "\nRows that others have answered, and that you do not sign: 2.\n");
    assert!(desk.run(&["statement", LIST]).ends(0).out.starts_with(statement));
    let sig = format!("{LIST}.sig");
    assert!(office.openssh_verifies(&sig, HENRIK, statement));
    desk.run(&["check"]).ends(1).says("`bjorn.lederesen` has reviewed this list");
    sign(&leader).ends(0);
    assert_eq!(count(&office.read(&sig)), 2);
    desk.run(&["check"]).never_says("review-unsigned");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it counts from 2026-11-23");
    sign(&leader).ends(0).says("nothing for `bjorn.lederesen` to sign");

    // Another answer is another statement: the old signature goes, and the other reviewer's stays.
    answer(HENRIK, "olav.testesen", "--end");
    desk.run(&["check"]).ends(1).says("`henrik.liksomdal` has reviewed this list");
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it does not count yet");
    let told = sign(&henrik).ends(0);
    let line = told.out.lines().find(|line| line.starts_with("- Olav Testesen (olav.testesen): "));
    assert!(line.is_some_and(|line| line.ends_with(": end")), "{}", told.out);
    assert_eq!(count(&office.read(&sig)), 2);
    desk.run(&["review", "show", "--trust", "unn"]).ends(0).says("it counts from 2026-11-23");
}

#[test]
fn a_list_that_ends_most_of_a_trust_is_not_signed_by_a_yes_alone() {
    const LIST: &str = "reviews/unn/2026-Q4.yaml";
    const HENRIK: &str = "henrik.liksomdal";
    let office = Office::new();
    let desk = &office.desk;
    desk.change_file("desired-state/register.yaml", "evidence: declared", "evidence: signature");
    let ((henrik, henriks), (_, leaders)) = (office.key("henrik"), office.key("leader"));
    office.allow(&[(HENRIK, &henriks), (LEADER, &leaders)]);
    desk.run(&["review", "start", "--trust", "unn"]).ends(0);
    for person in ["sara.fiktivsen", "frida.skinnvik", "olav.testesen"] {
        let told = desk.run(&["review", "answer", "--trust", "unn", "--by", HENRIK, person, "--end"]).ends(0);
        if person == "olav.testesen" {
            told.says("That is over the budget of UNN HF, 2 in one pass");
        } else {
            told.never_says("the budget of");
        }
    }
    let key = henrik.to_str().unwrap();
    let told = office.approve(&[LIST, "--key", key, "--yes"]).ends(2);
    told.says("3 of 5 accesses would end")
        .says("--ends-most")
        .says("over the budget of UNN HF, 2 in one pass");
    assert!(!desk.root().join(format!("{LIST}.sig")).exists());
    office.approve(&[LIST, "--key", key, "--yes", "--ends-most"]).ends(0).says("1 signature written");
}
