//! A repository and its merge requests as plain values. Both servers describe this data, each in its own form.

use std::collections::{BTreeMap, BTreeSet};

use portvakt_core::model::Digest;

pub type Files = BTreeMap<String, String>;

/// An object's id: forty hexadecimal digits.
pub fn id(text: &str) -> String {
    Digest::of(text.as_bytes()).to_string().chars().take(40).collect()
}

/// Returns a blob's id. For a real repository, the content is replaced by `blob:` and the id.
pub fn blob(content: &str) -> String {
    content.strip_prefix("blob:").map_or_else(|| id(&format!("blob {content}")), str::to_owned)
}

#[derive(Clone)]
pub struct Commit {
    pub parents: Vec<String>,
    pub files: Files,
    /// The account that GitHub knows for the author's address.
    pub author: Option<u64>,
}

/// Something that an account did in a request.
#[derive(Clone)]
pub struct Act {
    pub account: u64,
    /// The state of the review, in GitHub's word.
    pub state: &'static str,
    pub head: String,
    pub second: u32,
}

pub struct Request {
    pub number: u64,
    pub author: u64,
    pub branch: String,
    pub state: &'static str,
    pub base: String,
    pub head: String,
    pub commits: Vec<String>,
    pub acts: Vec<Act>,
    /// The heads it has had, and when.
    pub versions: Vec<(String, u32)>,
    /// The changes of its target branch that GitHub tells, with their time.
    pub moved: Vec<(&'static str, u32)>,
    /// The commits of the target branch that brought it.
    pub landed: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    Merge,
    Squash,
    Rebase,
    /// It was pushed to the branch by hand.
    Push,
}

pub struct World {
    pub commits: BTreeMap<String, Commit>,
    pub tip: String,
    pub requests: Vec<Request>,
    pub bots: BTreeSet<u64>,
    /// What GitLab says of accounts that it does not call active. `None` is an account of which it says nothing.
    pub states: BTreeMap<u64, Option<&'static str>>,
    pub second: u32,
    /// The largest number of items in a page.
    pub page: usize,
    /// GitLab's settings about approvals.
    pub resets: bool,
    pub committers_barred: bool,
    /// Tells whether GitLab says when an approval was given.
    pub says_when: bool,
    /// Tells whether a person pushes just when GitLab is asked for the approvals.
    pub pushes_meanwhile: bool,
    /// The folder that GitHub cuts short, by its tree's id.
    pub truncated: Option<String>,
    /// The largest number of commits of a request that GitHub lists.
    pub most_commits: usize,
}

impl World {
    pub fn new() -> Self {
        let files = [
            ("README.md", "a register"),
            ("desired-state/register.yaml", "name: demo"),
            ("desired-state/helse-vest/kari.testesen.yaml", "kari"),
            ("desired-state/helse-vest/ola.fiktivsen.yaml", "ola"),
            ("desired-state/helse-nord/per.oppdiktet.yaml", "per"),
            ("policies/roles.cedar", "permit"),
        ];
        let mut world = Self {
            commits: BTreeMap::new(),
            tip: String::new(),
            requests: Vec::new(),
            bots: BTreeSet::new(),
            states: BTreeMap::new(),
            second: 0,
            page: 100,
            resets: true,
            committers_barred: true,
            says_when: true,
            pushes_meanwhile: false,
            truncated: None,
            most_commits: 250,
        };
        let files = files.map(|(path, content)| (path.to_owned(), content.to_owned()));
        world.tip = world.add(&[], Files::from(files), None);
        world
    }

    /// Returns the state of an account in GitLab's word.
    pub fn state(&self, account: u64) -> Option<&'static str> {
        self.states.get(&account).copied().unwrap_or(Some("active"))
    }

    pub fn tick(&mut self) -> u32 {
        self.second += 1;
        self.second
    }

    pub fn add(&mut self, parents: &[&str], files: Files, author: Option<u64>) -> String {
        let second = self.tick();
        let sha = id(&format!("{second} {parents:?} {files:?}"));
        let parents = parents.iter().map(|&parent| parent.to_owned()).collect();
        self.commits.insert(sha.clone(), Commit { parents, files, author });
        sha
    }

    pub fn files(&self, commit: &str) -> &Files {
        &self.commits[commit].files
    }

    pub fn ancestors(&self, commit: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut left = vec![commit.to_owned()];
        while let Some(one) = left.pop() {
            if found.insert(one.clone()) {
                left.extend(self.commits[&one].parents.iter().cloned());
            }
        }
        found
    }

    pub fn merge_base(&self, one: &str, other: &str) -> String {
        let (one, other) = (self.ancestors(one), self.ancestors(other));
        let common: Vec<&String> = one.intersection(&other).collect();
        let best = common.iter().max_by_key(|commit| self.ancestors(commit).len());
        best.unwrap().to_string()
    }

    /// Opens a request from the tip of the target branch. `None` deletes a file.
    pub fn open(&mut self, author: u64, changes: &[(&str, Option<&str>)]) -> u64 {
        let (number, tip) = (self.requests.len() as u64 + 1, self.tip.clone());
        self.requests.push(Request {
            number,
            author,
            branch: "main".to_owned(),
            state: "open",
            base: tip.clone(),
            head: tip,
            commits: Vec::new(),
            acts: Vec::new(),
            versions: Vec::new(),
            moved: Vec::new(),
            landed: BTreeSet::new(),
        });
        self.push(number, Some(author), changes);
        number
    }

    pub fn request(&mut self, number: u64) -> &mut Request {
        self.requests.iter_mut().find(|request| request.number == number).unwrap()
    }

    pub fn push(&mut self, number: u64, author: Option<u64>, changes: &[(&str, Option<&str>)]) {
        let head = self.request(number).head.clone();
        let files = changed(self.files(&head), changes);
        let commit = self.add(&[&head], files, author);
        let second = self.tick();
        let request = self.request(number);
        request.commits.push(commit.clone());
        request.versions.push((commit.clone(), second));
        request.head = commit;
    }

    /// Gives a request another target branch. The head stays, and GitLab makes a new version of the diff.
    pub fn retarget(&mut self, number: u64, branch: &str, event: &'static str) {
        let second = self.tick();
        let request = self.request(number);
        branch.clone_into(&mut request.branch);
        request.moved.push((event, second));
        request.versions.push((request.head.clone(), second));
    }

    /// Does what GitLab's button does: it puts the same changes on the tip of the target branch and keeps approvals.
    pub fn rebase_by_button(&mut self, number: u64) {
        let (tip, request) = (self.tip.clone(), self.request(number));
        let (base, head) = (request.base.clone(), request.head.clone());
        let files = merged(self.files(&base), self.files(&head), self.files(&tip));
        let commit = self.add(&[&tip], files, None);
        let second = self.tick();
        let request = self.request(number);
        (request.base, request.head, request.commits) = (tip, commit.clone(), vec![commit.clone()]);
        request.versions.push((commit, second));
    }

    pub fn act(&mut self, number: u64, account: u64, state: &'static str) {
        let second = self.tick();
        let request = self.request(number);
        let head = request.head.clone();
        request.acts.push(Act { account, state, head, second });
    }

    pub fn approve(&mut self, number: u64, account: u64) {
        self.act(number, account, "APPROVED");
    }

    /// Dismisses the last review of this account.
    pub fn dismiss(&mut self, number: u64, account: u64) {
        let acts = &mut self.request(number).acts;
        acts.iter_mut().rev().find(|act| act.account == account).unwrap().state = "DISMISSED";
    }

    /// Merges the request into the target branch, which may have new commits. Returns the commit that brought the
    /// change.
    pub fn merge(&mut self, number: u64, how: How) -> String {
        let (tip, request) = (self.tip.clone(), self.request(number));
        let (head, commits) = (request.head.clone(), request.commits.clone());
        let base = self.merge_base(&tip, &head);
        let files = merged(self.files(&base), self.files(&head), self.files(&tip));
        let mut landed = BTreeSet::new();
        self.tip = match how {
            How::Merge => self.add(&[&tip, &head], files, None),
            How::Squash => self.add(&[&tip], files, None),
            How::Push => {
                landed.extend(commits);
                head
            }
            How::Rebase => {
                let mut last = tip;
                for commit in commits {
                    let parent = self.commits[&commit].parents[0].clone();
                    let files = merged(self.files(&parent), self.files(&commit), self.files(&last));
                    last = self.add(&[&last], files, None);
                    landed.insert(last.clone());
                }
                last
            }
        };
        landed.insert(self.tip.clone());
        let request = self.requests.iter_mut().find(|request| request.number == number).unwrap();
        (request.state, request.landed) = ("merged", landed);
        self.tip.clone()
    }

    /// Adds another person's commit to the target branch.
    pub fn elsewhere(&mut self, changes: &[(&str, Option<&str>)]) -> String {
        let tip = self.tip.clone();
        let files = changed(self.files(&tip), changes);
        self.tip = self.add(&[&tip], files, None);
        self.tip.clone()
    }

    /// Returns the names in a folder of a commit, with mode, kind and id. `""` is the top.
    pub fn folder(
        &self,
        commit: &str,
        path: &str,
    ) -> Option<BTreeMap<String, (&'static str, &'static str, String)>> {
        folder(self.files(commit), path)
    }

    /// Returns the folder with that tree id.
    pub fn tree(&self, tree: &str) -> Option<BTreeMap<String, (&'static str, &'static str, String)>> {
        for commit in self.commits.values() {
            let mut paths = BTreeSet::from([String::new()]);
            for path in commit.files.keys() {
                paths.extend(path.match_indices('/').map(|(at, _)| path[..at].to_owned()));
            }
            if let Some(path) = paths.iter().find(|path| tree_id(&commit.files, path) == tree) {
                return folder(&commit.files, path);
            }
        }
        None
    }

    pub fn tree_of(&self, commit: &str, path: &str) -> String {
        tree_id(self.files(commit), path)
    }
}

fn changed(files: &Files, changes: &[(&str, Option<&str>)]) -> Files {
    let mut files = files.clone();
    for (path, content) in changes {
        match content {
            Some(content) => files.insert((*path).to_owned(), (*content).to_owned()),
            None => files.remove(*path),
        };
    }
    files
}

/// Applies the difference between two trees to a third one.
fn merged(base: &Files, head: &Files, onto: &Files) -> Files {
    let mut files = onto.clone();
    for path in base.keys().chain(head.keys()) {
        if base.get(path) != head.get(path) {
            match head.get(path) {
                Some(content) => files.insert(path.clone(), content.clone()),
                None => files.remove(path),
            };
        }
    }
    files
}

fn tree_id(files: &Files, path: &str) -> String {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let below: Vec<_> =
        files.iter().filter_map(|(file, content)| Some((file.strip_prefix(&prefix)?, content))).collect();
    id(&format!("tree {below:?}"))
}

fn folder(files: &Files, path: &str) -> Option<BTreeMap<String, (&'static str, &'static str, String)>> {
    let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
    let mut items = BTreeMap::new();
    for (file, content) in files {
        let Some(rest) = file.strip_prefix(&prefix) else { continue };
        match rest.split_once('/') {
            Some((name, _)) => {
                let id = tree_id(files, &format!("{prefix}{name}"));
                items.insert(name.to_owned(), ("040000", "tree", id));
            }
            // A content that begins so is a link.
            None if content.starts_with("-> ") => {
                items.insert(rest.to_owned(), ("120000", "blob", blob(content)));
            }
            None => {
                items.insert(rest.to_owned(), ("100644", "blob", blob(content)));
            }
        }
    }
    (!items.is_empty()).then_some(items)
}
