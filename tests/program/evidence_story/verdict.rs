//! Judges one change twice: by `check` against the target branch, and after the merge by the pass of the daemon.
//! `apply` makes the same pass, and in some stories the daemon itself runs too. Both must report the same findings at
//! the same places, and the register must hold what they say.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::bench::{Scene, copy, rights};
use crate::running;

/// Only one side reports these, and none is a verdict on the change. Reviewers learn what ends soon and what changed
/// rules would deny or permit. Operators learn of a clock that a story has set ahead. Advice of the policies is for people who
/// are accepted now, and CI counts the content of the target branch as accepted.
const OF_ONE_SIDE: [&str; 5] =
    ["ends-soon", "would-be-denied", "would-be-permitted", "clock-suspect", "advice"];

/// A finding, as far as both must agree on it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub code: String,
    severity: String,
    place: String,
    rules: String,
    message: String,
}

fn found(value: &Value) -> Option<Found> {
    let text = |name: &str| value[name].as_str().unwrap().to_owned();
    let code = text("code");
    if OF_ONE_SIDE.contains(&&*code) {
        return None;
    }
    // Some words differ between the two. What would be held is told differently from what is held. An earlier refusal
    // has its day. The forge's missing answers depend on what was asked.
    let message = text("message");
    let told_apart = ["removals-held", "forge-unreachable"].contains(&&*code);
    let message = message.split("; judged as on").next().filter(|_| !told_apart);
    let message = message.unwrap_or_default().to_owned();
    let rules = format!("{} {}", value["rules"], value["policies"]);
    Some(Found { severity: text("severity"), place: value["place"].to_string(), rules, message, code })
}

/// All findings of a command that answered in JSON.
pub fn findings(answer: &Value) -> Vec<Found> {
    let mut all: Vec<Found> = answer["findings"].as_array().unwrap().iter().filter_map(found).collect();
    all.sort();
    all
}

/// Returns the codes of the findings that are not advice.
fn codes(found: &[Found]) -> Vec<&str> {
    found.iter().filter(|one| one.severity != "advice").map(|one| &*one.code).collect()
}

/// The result of one change.
#[derive(Debug)]
pub struct Judged {
    pub ci: Vec<Found>,
    pub daemon: Vec<Found>,
    gained: BTreeSet<String>,
    lost: BTreeSet<String>,
}

impl Judged {
    /// Checks that both report exactly this, and in the same words. Advice does not count.
    #[track_caller]
    pub fn says(self, expected: &[&str]) -> Self {
        assert_eq!(self.ci, self.daemon, "CI and the daemon differ");
        assert_eq!(codes(&self.ci), expected, "{self:#?}");
        self
    }

    /// Checks that both refuse and hold nothing.
    #[track_caller]
    pub fn in_order(self) -> Self {
        self.says(&[])
    }

    /// Checks that the two differ in this way. They may, if the target branch has what the daemon has refused.
    #[track_caller]
    pub fn says_apart(self, ci: &[&str], daemon: &[&str]) -> Self {
        assert_eq!((codes(&self.ci), codes(&self.daemon)), (ci.to_vec(), daemon.to_vec()), "{self:#?}");
        self
    }

    /// Checks that both give this advice.
    #[track_caller]
    pub fn advises(self, code: &str) -> Self {
        assert!(self.ci.iter().any(|one| one.code == code), "{self:#?}");
        self
    }

    /// Checks which rights the register has more and less now, as lines of person, role, application and unit.
    #[track_caller]
    pub fn moves(self, gained: &[&str], lost: &[&str]) -> Self {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>();
        assert_eq!(list(&self.gained), gained, "gained\n{self:#?}");
        assert_eq!(list(&self.lost), lost, "lost\n{self:#?}");
        self
    }

    #[track_caller]
    pub fn gives(self, gained: &[&str]) -> Self {
        self.moves(gained, &[])
    }

    #[track_caller]
    pub fn moves_nothing(self) -> Self {
        self.moves(&[], &[])
    }
}

impl Scene {
    /// Proposes the files in the folder, has CI check them, merges them, and lets the daemon's pass act on them.
    #[track_caller]
    pub fn judge(&self) -> Judged {
        let ci = self.check_and_merge();
        self.acted(ci)
    }

    /// Does the same, and runs the daemon itself beside it on a copy. It must do and say what the pass does.
    #[track_caller]
    pub fn judge_with_daemon(&self) -> Judged {
        let ci = self.check_and_merge();
        self.acted_with_daemon(ci)
    }

    /// Makes the pass over what is merged, and runs the daemon beside it.
    #[track_caller]
    pub fn acted_with_daemon(&self, ci: Vec<Found>) -> Judged {
        let twin = self.dir.path().join(format!("twin-{}", self.turn.get()));
        copy(&self.root(), &twin);
        let told = self.daemon_on(&twin);
        let judged = self.acted(ci);
        // The daemon makes another pass if the first one accepted entries on which others depend.
        self.portvakt(&["apply"]);
        assert_eq!(rights(&twin), self.rights(), "the daemon and `apply` differ");
        let remembered = "SELECT group_concat(code, ' ') FROM (SELECT value AS code FROM mark WHERE key IN \
            ('policies', 'settings', 'source.commit') UNION ALL SELECT digest FROM removal_hold ORDER BY 1)";
        let of = |root: &std::path::Path| -> String {
            let conn = rusqlite::Connection::open(root.join("var/register.db")).unwrap();
            conn.query_row(remembered, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(of(&twin), of(&self.root()));
        let weighty: BTreeSet<String> = codes(&judged.daemon).into_iter().map(str::to_owned).collect();
        assert_eq!(told, weighty, "the daemon's log and `apply` differ");
        judged
    }

    /// Commits, checks as a workflow does, and merges: with or without a merge commit, and with something else merged
    /// meanwhile or not.
    #[track_caller]
    pub fn check_and_merge(&self) -> Vec<Found> {
        let turn = self.turn.get() + 1;
        self.turn.set(turn);
        let branch = format!("change-{turn}");
        self.commit(&branch);
        self.git(&["switch", "-q", "main"]);
        if turn.is_multiple_of(3) {
            self.write("README", &format!("meanwhile {turn}\n"));
            self.commit("something else");
        }
        let ci = self.check(&["--base", "main", "--head", &branch]);
        let way = if turn.is_multiple_of(2) { "--no-ff" } else { "--ff" };
        self.git(&["merge", "-q", "--no-edit", way, &branch]);
        self.git(&["switch", "-q", "-c", &format!("change-{}", turn + 1)]);
        ci
    }

    /// Returns CI's result with these options.
    #[track_caller]
    pub fn check(&self, args: &[&str]) -> Vec<Found> {
        let told = self.portvakt(&[&["--format", "json", "check"], args].concat());
        let found = findings(&told.json());
        assert_eq!(told.code == 0, codes(&found).is_empty(), "{told:?}");
        found
    }

    /// Makes the daemon's pass over what is merged, and keeps CI's result beside it.
    #[track_caller]
    pub fn acted(&self, ci: Vec<Found>) -> Judged {
        let before = self.rights();
        let told = self.portvakt(&["--ref", "main", "--format", "json", "apply"]);
        let daemon = findings(&told.json());
        assert_eq!(told.code == 0, codes(&daemon).is_empty(), "{told:?}");
        let after = self.rights();
        let minus = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect();
        Judged { ci, daemon, gained: minus(&after, &before), lost: minus(&before, &after) }
    }

    /// Runs the daemon on a copy until it rests at the tip of main, ends it with SIGTERM, and gives the codes it has
    /// told and not taken back, advice aside.
    fn daemon_on(&self, root: &std::path::Path) -> BTreeSet<String> {
        let tip = super::bench::git(root, &["rev-parse", "main"]);
        let mut program = self.program();
        program.current_dir(root).args(["--ref", "main", "daemon", "--listen", "127.0.0.1:0"]);
        program.args(["--log", "debug", "--log-format", "json"]).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = program.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let reader = std::thread::spawn(move || {
            stderr.lines().map_while(Result::ok).for_each(|line| {
                let _gone = sender.send(line);
            });
        });
        let end = Instant::now() + Duration::from_secs(60);
        let (mut log, mut there): (Vec<Value>, bool) = (Vec::new(), false);
        loop {
            match lines.recv_timeout(Duration::from_millis(700)) {
                Ok(line) => {
                    let line: Value = serde_json::from_str(&line).unwrap();
                    there |= line["message"] == "pass complete" && line["commit"] == *tip;
                    log.push(line);
                }
                Err(_) if there => break,
                Err(_) => assert!(Instant::now() < end, "the daemon never came to {tip}: {log:#?}"),
            }
        }
        running::signal(&child, rustix::process::Signal::TERM).unwrap();
        assert!(child.wait().unwrap().success(), "{log:#?}");
        reader.join().unwrap();
        // A finding in new words replaces the earlier one.
        let mut open: BTreeMap<String, i32> = BTreeMap::new();
        for line in &log {
            let code = line["code"].as_str().unwrap_or_default().to_owned();
            match (line["message"].as_str(), line["level"].as_str()) {
                (Some("finding"), Some("ERROR" | "WARN")) => *open.entry(code).or_default() += 1,
                (Some("no longer found"), _) => *open.entry(code).or_default() -= 1,
                _ => {}
            }
        }
        open.into_iter().filter(|(_, count)| *count > 0).map(|(code, _)| code).collect()
    }
}
