//! A person at their own machine: the home, the clone, the keys, and the commands that are typed there.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{ADDRESS, Session, World};
use crate::everyday::terminal::{self, Step};

/// The address of the repository when nobody can reach it.
const NOWHERE: &str = "no such place";

/// A person at their own machine.
pub struct Person<'a> {
    pub(super) world: &'a World,
    pub(super) home: PathBuf,
}

impl Person<'_> {
    pub(super) fn clone_dir(&self) -> PathBuf {
        self.home.join("tilganger")
    }

    fn dir(&self) -> PathBuf {
        Some(self.clone_dir()).filter(|dir| dir.exists()).unwrap_or_else(|| self.home.clone())
    }

    /// Lets git find the repository under the address that people type.
    pub(super) fn reaches(&self, place: &str) {
        let text = format!("[url \"{place}\"]\n\tinsteadOf = {ADDRESS}\n");
        std::fs::write(self.home.join(".gitconfig"), text).unwrap();
    }

    /// Git knows this person on the whole machine.
    pub fn is_known_to_git(&self) {
        let path = self.home.join(".gitconfig");
        let known = std::fs::read_to_string(&path).unwrap();
        std::fs::write(path, format!("{known}[user]\n\tname = K. S.\n\temail = ks@example.com\n")).unwrap();
    }

    /// The clone was made with `git clone`, and nothing is noted in it.
    pub fn clones_with_git(&self) {
        let from = self.world.path("tilganger.git");
        self.world.git(&self.home, &["clone", "-q", from.to_str().unwrap(), "tilganger"]);
    }

    /// Notes a setting in the clone.
    pub fn notes(&self, name: &str, value: &str) {
        self.world.git(&self.clone_dir(), &["config", "--local", name, value]);
    }

    /// Returns a setting of the clone itself. It is empty if there is none.
    pub fn setting(&self, name: &str) -> String {
        self.world.git(&self.clone_dir(), &["config", "--local", "--default", "", "--get", name])
    }

    /// The key of this person is where `portvakt key new` would have put it.
    pub fn has_a_key_of(&self, id: &str) {
        self.has_a_key_named(id, "portvakt_smerteregisteret");
    }

    /// The key of this person is among the keys of the machine, under a name of its own.
    pub fn has_a_key_named(&self, id: &str, name: &str) {
        let folder = self.home.join(".ssh");
        std::fs::create_dir_all(&folder).unwrap();
        let key = self.world.key(id);
        std::fs::copy(&key, folder.join(name)).unwrap();
        let public = format!("{}.pub", key.display());
        std::fs::copy(public, folder.join(format!("{name}.pub"))).unwrap();
    }

    /// The private half of a key is gone from the machine.
    pub fn loses_the_key(&self, name: &str) {
        std::fs::remove_file(self.home.join(".ssh").join(name)).unwrap();
    }

    /// A file of this person outside of the clone. Its path is given.
    pub fn keeps(&self, name: &str, text: &str) -> String {
        let path = self.home.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// Plants programs in the settings of the clone, under this name. The returned file exists as soon as one of them
    /// has run.
    pub fn has_planted_settings(&self, name: &str) -> PathBuf {
        let (dir, ran) = (self.clone_dir(), self.world.path("ran"));
        let runs = format!("touch {}; cat", ran.display());
        let filter = |key: &str| format!("filter.{name}.{key}");
        for name in ["core.fsmonitor", &filter("clean"), &filter("smudge")] {
            self.world.git(&dir, &["config", name, &runs]);
        }
        self.world.git(&dir, &["config", &filter("required"), "true"]);
        // Newer versions of git know hooks that are settings.
        self.world.git(&dir, &["config", &format!("hook.{name}.command"), &runs]);
        for event in ["pre-commit", "pre-push", "post-checkout", "reference-transaction"] {
            self.world.git(&dir, &["config", "--add", &format!("hook.{name}.event"), event]);
        }
        std::fs::create_dir_all(dir.join(".git/info")).unwrap();
        std::fs::write(dir.join(".git/info/attributes"), format!("* filter={name}\n")).unwrap();
        ran
    }

    /// The same with a filter that git knows of in work trees beside the clone alone.
    pub fn has_planted_settings_of_work_trees(&self) -> PathBuf {
        let (dir, ran) = (self.clone_dir(), self.world.path("ran"));
        let runs = format!("touch {}; cat", ran.display());
        let text = format!("[filter \"beside\"]\n\tclean = \"{runs}\"\n\tsmudge = \"{runs}\"\n");
        let included = self.keeps("of-work-trees", &text);
        self.world.git(&dir, &["config", "includeIf.gitdir:**/worktrees/**.path", &included]);
        std::fs::create_dir_all(dir.join(".git/info")).unwrap();
        std::fs::write(dir.join(".git/info/attributes"), "* filter=beside\n").unwrap();
        ran
    }

    /// The settings of the clone hold a filter whose name is not UTF-8.
    pub fn has_a_setting_that_is_no_text(&self) {
        let path = self.clone_dir().join(".git/config");
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.extend(b"[filter \"\xff\"]\n\tclean = cat\n");
        std::fs::write(path, bytes).unwrap();
    }

    /// The main branch of the repository is called otherwise, and this clone has not heard which it is.
    pub fn knows_no_main_branch(&self) {
        self.world.git(&self.world.path("tilganger.git"), &["branch", "-m", "main", "trunk"]);
        self.world.git(&self.clone_dir(), &["remote", "set-head", "origin", "--delete"]);
        // Git 2.48 and later would ask again at the next fetch.
        self.world.git(&self.clone_dir(), &["config", "remote.origin.followRemoteHEAD", "never"]);
    }

    /// The clone calls its remote otherwise than `join` does.
    pub fn calls_the_remote(&self, name: &str) {
        self.world.git(&self.clone_dir(), &["remote", "rename", "origin", name]);
    }

    /// The clone has another remote too, and its checked-out commit follows none.
    pub fn has_another_remote(&self, name: &str) {
        self.world.git(&self.clone_dir(), &["remote", "add", name, "/nowhere"]);
        self.world.git(&self.clone_dir(), &["checkout", "-q", "--detach"]);
    }

    /// The clone does not know any more that this branch was sent.
    pub fn forgets_what_was_sent(&self, branch: &str) {
        self.world.git(&self.clone_dir(), &["branch", "--unset-upstream", branch]);
    }

    /// The branches in the clone that the program made.
    pub fn branches(&self) -> String {
        let names = ["for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads/access"];
        self.world.git(&self.clone_dir(), &names)
    }

    /// Looks at a branch in the clone.
    pub fn checks_out(&self, branch: &str) {
        self.world.git(&self.clone_dir(), &["checkout", "-q", branch]);
    }

    /// A command was killed, and its work tree stayed.
    pub fn leaves_a_work_tree(&self) -> PathBuf {
        let path = self.world.path("portvakt-0a5c1a7e-0000-4000-8000-000000000000");
        let words = ["worktree", "add", "-q", "--detach", path.to_str().unwrap(), "HEAD"];
        self.world.git(&self.clone_dir(), &words);
        path
    }

    /// The network is gone.
    pub fn loses_the_network(&self) {
        self.reaches(NOWHERE);
    }

    pub fn finds_the_network(&self) {
        self.reaches(self.world.path("tilganger.git").to_str().unwrap());
    }

    /// Types a command line, and each answer when its question is seen.
    pub fn types(&self, line: &str, script: &[Step<'_>]) -> Session {
        let program = self.world.program(&self.dir(), &self.home);
        self.session(program, line, script)
    }

    /// The same at a terminal of the program's own. OpenSSH asks there by itself for a passphrase, and Ctrl-C is a signal.
    pub fn types_to_openssh(&self, line: &str, script: &[Step<'_>]) -> Session {
        let mut leader = Command::new("setsid");
        leader.env_clear().envs(self.world.environment(&self.home)).current_dir(self.dir());
        // The shell lives longer than the program, so that none of the output is lost with the terminal.
        leader.args(["--ctty", "sh", "-c", "trap : INT; \"$@\"; code=$?; sleep 1; exit $code", "sh"]);
        leader.arg(env!("CARGO_BIN_EXE_portvakt-by-a-set-clock"));
        // OpenSSH asks before it reads. A signal that comes between the two is lost on it, and no user is that quick.
        self.session_while(leader, line, script, &mut |step| {
            if script[step].1 == "\x03" {
                std::thread::sleep(Duration::from_millis(300));
            }
        })
    }

    fn session(&self, program: Command, line: &str, script: &[Step<'_>]) -> Session {
        self.session_while(program, line, script, &mut |_| ())
    }

    fn session_while(
        &self,
        mut program: Command,
        line: &str,
        script: &[Step<'_>],
        meanwhile: &mut dyn FnMut(usize),
    ) -> Session {
        program.args(line.split_whitespace().skip(1));
        let screen = terminal::run_while(program, script, meanwhile);
        let typed: usize = script.iter().map(|(_, typed)| typed.chars().count()).sum();
        Session {
            transcript: self.world.settled(&format!("$ {line}\n{}", screen.text)),
            code: screen.code,
            keys: line.chars().count() + 1 + typed,
        }
    }

    /// Types a command line. `meanwhile` is called with the number of each step before its answer is typed.
    pub fn types_while(&self, line: &str, script: &[Step<'_>], meanwhile: &mut dyn FnMut(usize)) -> Session {
        let program = self.world.program(&self.dir(), &self.home);
        self.session_while(program, line, script, meanwhile)
    }

    /// Types a command line where a variable of the environment is set.
    pub fn types_with(&self, (name, value): (&str, &str), line: &str, script: &[Step<'_>]) -> Session {
        let mut program = self.world.program(&self.dir(), &self.home);
        program.env(name, value);
        self.session(program, line, script)
    }

    /// Runs a command without a terminal, and returns the text of both outputs.
    pub fn runs(&self, args: &[&str]) -> Session {
        Self::said(self.world.program(&self.dir(), &self.home).args(args))
    }

    /// The same on a machine with this solver and this prover.
    pub fn runs_with(&self, (solver, prover): (&Path, &str), args: &[&str]) -> Session {
        let mut program = self.world.program(&self.dir(), &self.home);
        Self::said(program.args(args).env("PORTVAKT_SOLVER", solver).env("PORTVAKT_PROVER", prover))
    }

    fn said(program: &mut Command) -> Session {
        let output = program.stdin(Stdio::null()).output().unwrap();
        let all = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(all).unwrap();
        assert!(!text.contains("panicked"), "{text}");
        Session { transcript: text, code: output.status.code().unwrap(), keys: 0 }
    }

    /// Runs a command in another folder below the home.
    pub fn runs_in(&self, folder: &str, args: &[&str]) -> Session {
        let mut program = self.world.program(&self.home.join(folder), &self.home);
        let output = program.args(args).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        Session { transcript: text, code: output.status.code().unwrap(), keys: 0 }
    }

    /// The files here are those of the newest main branch.
    pub fn pulls(&self) {
        let from = self.world.path("tilganger.git");
        self.world.git(&self.clone_dir(), &["pull", "-q", "--ff-only", from.to_str().unwrap(), "main"]);
    }

    /// The clone is one of the newest commit of the main branch alone.
    pub fn has_a_shallow_clone(&self, id: &str) {
        let (dir, from) = (self.clone_dir(), self.world.path("tilganger.git"));
        std::fs::remove_dir_all(&dir).unwrap();
        let from = format!("file://{}", from.display());
        self.world.git(&self.home, &["clone", "-q", "--depth", "1", &from, "tilganger"]);
        self.world.git(&dir, &["config", "portvakt.person", id]);
        self.world.git(&dir, &["config", "portvakt.key", self.world.key(id).to_str().unwrap()]);
    }

    /// The clone shows one of its folders alone.
    pub fn has_a_sparse_clone(&self) {
        self.world.git(&self.clone_dir(), &["sparse-checkout", "set", "policies"]);
    }

    /// Siv comes to Stavanger, was telephoned before, and is taken in.
    pub fn gives_access_to_somebody_contacted(&self) {
        let grant = ["grant", "Siv", "Nyansatt", "--unit", "Stavanger", "--role", "LU", "--until", "+3m"];
        let contacted = ["--request", "REQ-2026-0402", "--contacted", "telefon 20.11.", "--yes"];
        self.runs(&[&grant[..], &contacted[..]].concat()).ends(0);
        self.world.takes_in("access/grant-siv.nyansatt");
    }

    /// Ylva comes to Stavanger as a registrar, and is taken in.
    pub fn gives_ylva_access(&self) {
        let args = ["grant", "Ylva", "Nyansatt", "--unit", "Stavanger", "--role", "LU"];
        let more = [
            "--request",
            "REQ-2026-0301",
            "--position",
            "lis",
            "--until",
            "+3m",
            "--identity",
            "known",
            "--yes",
        ];
        self.runs(&[&args[..], &more[..]].concat()).ends(0);
        self.world.takes_in("access/grant-ylva.nyansatt");
    }
}
