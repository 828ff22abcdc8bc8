//! What is asked for before a key signs: an answer at the terminal, a passphrase by OpenSSH, or a key of an agent.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use super::{NEW, Office};
use crate::cli::desk::{COORDINATOR, LEADER, Told, person};
use crate::everyday::terminal;

/// The id that the leader has where the settings still name the earlier one.
const BJORN: &str = "bjorn.nyland";

/// An office whose national coordinator has a key with a passphrase.
fn with_a_locked_key() -> (Office, PathBuf) {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    office.allow(&[(COORDINATOR, &public)]);
    let locked =
        Command::new("ssh-keygen").args(["-q", "-p", "-N", "a secret of its own", "-f"]).arg(&key).status();
    assert!(locked.unwrap().success());
    (office, key)
}

#[test]
fn a_passphrase_is_asked_for_by_openssh_itself() {
    use std::os::unix::fs::PermissionsExt as _;
    let (office, key) = with_a_locked_key();
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

/// OpenSSH asks at the terminal of the process itself, so it is told not to. An agent is the way.
#[test]
fn where_nobody_can_be_asked_openssh_asks_nobody_either() {
    let (office, key) = with_a_locked_key();
    let arguments = ["--format", "json", "approve", NEW, "--yes", "--key"];
    let without_a_terminal = || {
        let mut program = office.desk.program();
        program.env_remove("SSH_ASKPASS").env_remove("SSH_ASKPASS_REQUIRE").args(arguments).arg(&key);
        Told::of(&program.stdin(Stdio::null()).output().unwrap())
    };
    let at_a_terminal = || {
        let program = env!("CARGO_BIN_EXE_portvakt-by-a-set-clock");
        let line = format!("{program} --now 2026-11-23T12:00:00Z {} {}", arguments.join(" "), key.display());
        let mut script = Command::new("script");
        script.args(["-q", "-e", "-c", &line, "/dev/null"]).current_dir(office.desk.root());
        script.env_remove("SSH_ASKPASS").env_remove("SSH_ASKPASS_REQUIRE");
        Told::of(&script.stdin(Stdio::null()).output().unwrap())
    };
    for told in [without_a_terminal(), at_a_terminal()] {
        told.ends(1).says("ssh-add").never_says("Enter passphrase").never_says("did not sign with");
    }
    // The public half is asked for in the same way, where no file has it.
    std::fs::remove_file(key.with_extension("pub")).unwrap();
    for told in [without_a_terminal(), at_a_terminal()] {
        told.ends(1).says("ssh-add").never_says("Enter passphrase");
    }
    assert_eq!(office.read(&format!("{NEW}.sig")), "");
}

#[test]
fn at_a_terminal_it_asks_first() {
    use std::io::{Read as _, Write as _};
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
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

/// A program reads such a format, so nobody is asked, whatever the program was started at.
#[test]
fn with_a_format_for_programs_it_asks_nothing_at_a_terminal() {
    let office = Office::new();
    let (key, public) = office.desk.key("ingrid");
    office.allow(&[(COORDINATOR, &public)]);
    let mut program = office.desk.program();
    program.args(["--format", "json", "approve", NEW, "--key"]).arg(&key);
    let screen = terminal::run(program, &[]);
    assert_eq!(screen.code, 2, "{}", screen.text);
    assert!(screen.text.contains("without a terminal to ask at, say `--yes`"), "{}", screen.text);
    assert!(!screen.text.contains("[y/N]"), "{}", screen.text);
    assert_eq!(office.read(&format!("{NEW}.sig")), "");
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
    let ((one, first), (two, second)) = (office.desk.key("ingrid"), office.desk.key("bjorn"));
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
fn a_key_in_an_agent_signs_under_the_current_id_of_its_person() {
    let office = Office::new();
    office.desk.writes_another_id_of_the_leader();
    office.desk.write("helse-bergen", "ny.testesen", person("ny.testesen", "helse-bergen", 100_082, BJORN));
    let agent = Agent::start(&office);
    let (key, public) = office.desk.key("bjorn");
    office.allow(&[(LEADER, &public)]);
    agent.add(&key);
    // The person may be named by either id, or is the one whose key it is.
    for by in [&["--by", LEADER][..], &["--by", BJORN], &[]] {
        let mut program = office.desk.program();
        program.env("SSH_AUTH_SOCK", &agent.socket).args(["approve", NEW, "--yes", "--agent"]).args(by);
        Told::of(&program.output().unwrap()).ends(0).says("1 signature written").says("`bjorn.nyland`");
        std::fs::remove_file(office.desk.root().join(format!("{NEW}.sig"))).unwrap();
    }
}
