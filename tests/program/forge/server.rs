//! A forge on loopback. It answers as the published API documentation of GitHub and GitLab says. Paths, field names,
//! paging and states come from that documentation.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Response, Uri};
use portvakt_core::model::{ForgeKind, ForgeSettings, PersonId};
use portvakt_sources::forge::{Forge, ForgeError, ForgePatience, ForgeReview};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::world::World;

/// Given instead of the answer to whatever asks for a path that holds `at`, so many times.
pub struct Fault {
    pub at: &'static str,
    pub times: u32,
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

pub struct Shared {
    pub world: World,
    pub faults: Vec<Fault>,
    pub asked: Vec<String>,
    address: String,
    kind: ForgeKind,
    token: String,
}

pub struct Server {
    pub shared: Arc<Mutex<Shared>>,
    pub settings: ForgeSettings,
    _runtime: tokio::runtime::Runtime,
}

pub const TOKEN: &str = "fictional-token-1234";

/// Kari has two accounts.
pub const KARI: u64 = 11;
pub const KARI_TOO: u64 = 12;
pub const OLA: u64 = 21;
pub const PER: u64 = 31;
pub const ROBOT: u64 = 41;
pub const STRANGER: u64 = 99;

impl Server {
    pub fn start(kind: ForgeKind, world: World) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared::new(kind, &address, TOKEN, world);
        let shared = Arc::new(Mutex::new(shared));
        let inner = Arc::clone(&shared);
        let router = axum::Router::new().fallback(move |uri: Uri, headers: HeaderMap| {
            let answer = inner.lock().unwrap().answer(&uri, &headers);
            async move { answer }
        });
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        let api = match kind {
            ForgeKind::GitHub => address,
            ForgeKind::GitLab => format!("{address}/api/v4"),
        };
        let accounts = [
            (KARI, "kari.testesen"),
            (KARI_TOO, "kari.testesen"),
            (OLA, "ola.fiktivsen"),
            (ROBOT, "robot"),
            (PER, "per.oppdiktet"),
        ];
        let settings = ForgeSettings {
            kind,
            api,
            project: "clinic/access".to_owned(),
            branch: "main".to_owned(),
            accounts: accounts.iter().map(|(id, name)| (*id, PersonId::new(name).unwrap())).collect(),
        };
        Self { shared, settings, _runtime: runtime }
    }

    pub fn forge(&self) -> Forge {
        Forge::open_with(&self.settings, Some(SecretString::from(TOKEN)), quick()).unwrap()
    }

    pub fn reviews(&self, commit: &str) -> Result<Vec<ForgeReview>, ForgeError> {
        self.forge().reviews(commit, "")
    }

    pub fn fault(&self, at: &'static str, times: u32, status: u16) {
        self.fault_with(at, times, status, Vec::new(), String::new());
    }

    pub fn fault_with(
        &self,
        at: &'static str,
        times: u32,
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: String,
    ) {
        self.shared.lock().unwrap().faults.push(Fault { at, times, status, headers, body });
    }
}

pub fn quick() -> ForgePatience {
    ForgePatience {
        connect: Duration::from_secs(5),
        answer: Duration::from_secs(5),
        whole: Duration::from_secs(20),
        tries: 3,
        pause: Duration::from_millis(10),
        longest_pause: Duration::from_secs(2),
    }
}

type Plain = (u16, Vec<(&'static str, String)>, String);

impl Shared {
    pub fn new(kind: ForgeKind, address: &str, token: &str, world: World) -> Self {
        let (address, token) = (address.to_owned(), token.to_owned());
        Self { world, faults: Vec::new(), asked: Vec::new(), address, kind, token }
    }

    pub fn answer(&mut self, uri: &Uri, headers: &HeaderMap) -> Response<Body> {
        self.asked.push(uri.to_string());
        let (status, headers, body) = self.plain(uri, headers);
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        response.body(Body::from(body)).unwrap()
    }

    fn plain(&mut self, uri: &Uri, headers: &HeaderMap) -> Plain {
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        assert!(text("user-agent").unwrap().starts_with("portvakt/"));
        let known = match self.kind {
            ForgeKind::GitHub => {
                assert_eq!(text("x-github-api-version").unwrap(), "2022-11-28");
                text("authorization") == Some(format!("Bearer {}", self.token))
            }
            ForgeKind::GitLab => text("private-token").as_deref() == Some(&*self.token),
        };
        if !known {
            return (401, Vec::new(), json!({"message": "401 Unauthorized"}).to_string());
        }
        let path = uri.path();
        if let Some(fault) = self.faults.iter_mut().find(|fault| fault.times > 0 && path.contains(fault.at)) {
            fault.times -= 1;
            return (fault.status, fault.headers.clone(), fault.body.clone());
        }
        if self.world.pushes_meanwhile && path.ends_with("merge_requests/1/approvals") {
            self.world.push(1, None, &[("policies/roles.cedar", Some("pushed meanwhile"))]);
        }
        let query = query(uri);
        let value = match self.kind {
            ForgeKind::GitHub => self.github(path),
            ForgeKind::GitLab => self.gitlab(path, &query),
        };
        match value {
            None => (404, Vec::new(), json!({"message": "Not Found"}).to_string()),
            Some(Value::Array(items)) => self.paged(uri, &query, items),
            Some(value) => (200, Vec::new(), value.to_string()),
        }
    }

    /// Returns a page of the items. GitHub uses `Link`. GitLab uses `Link` with a token for the keyset of a tree, and
    /// `x-next-page` for the rest.
    fn paged(&self, uri: &Uri, query: &BTreeMap<String, String>, items: Vec<Value>) -> Plain {
        let asked: usize = query.get("per_page").map_or(20, |size| size.parse().unwrap());
        let size = asked.min(self.world.page);
        let keyset = query.get("pagination").is_some_and(|kind| kind == "keyset");
        let start: usize = match (keyset, query.get("page_token"), query.get("page")) {
            (true, Some(token), _) => token.strip_prefix("after-").unwrap().parse().unwrap(),
            (_, _, Some(page)) => (page.parse::<usize>().unwrap() - 1) * size,
            _ => 0,
        };
        let start = start.min(items.len());
        let end = (start + size).min(items.len());
        let mut headers = Vec::new();
        let more = end < items.len();
        let kept: Vec<String> = query
            .iter()
            .filter(|(name, _)| !name.starts_with("page") || *name == "pagination")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let link = |last: &str| {
            let url = format!("{}{}?{}&{last}", self.address, uri.path(), kept.join("&"));
            format!("<{url}>; rel=\"next\", <{}/?page=9,9>; rel=\"last\"", self.address)
        };
        let page = start / size + 2;
        match self.kind {
            ForgeKind::GitHub if more => {
                let link = link(&format!("page={page}&per_page={asked}"));
                headers.push(("link", link.replace("/repos/clinic/access", "/repositories/7")));
            }
            ForgeKind::GitLab if keyset && more => {
                headers.push(("link", link(&format!("page_token=after-{end}"))))
            }
            ForgeKind::GitLab => {
                headers.push(("x-next-page", if more { page.to_string() } else { String::new() }))
            }
            ForgeKind::GitHub => {}
        }
        (200, headers, Value::Array(items[start..end].to_vec()).to_string())
    }

    fn account(&self, id: u64) -> Value {
        let kind = if self.world.bots.contains(&id) { "Bot" } else { "User" };
        json!({"login": format!("account-{id}"), "id": id, "type": kind, "site_admin": false})
    }

    fn github(&self, path: &str) -> Option<Value> {
        let world = &self.world;
        let parts: Vec<&str> = path.strip_prefix("/repos/clinic/access/")?.split('/').collect();
        let request =
            |number: &str| world.requests.iter().find(|request| request.number.to_string() == number);
        match parts[..] {
            ["commits", sha, "pulls"] => {
                world.commits.get(sha)?;
                let brought = world.requests.iter().filter(|request| {
                    request.landed.contains(sha) || request.commits.iter().any(|one| one == sha)
                });
                Some(brought.map(|request| json!({"number": request.number, "state": if request.state == "open" { "open" } else { "closed" }, "base": {"ref": request.branch, "sha": request.base}})).collect())
            }
            ["pulls", number] => {
                let request = request(number)?;
                Some(json!({
                    "number": request.number,
                    "html_url": format!("https://github.example.no/clinic/access/pull/{number}"),
                    "state": if request.state == "open" { "open" } else { "closed" },
                    "merged": request.state == "merged",
                    "user": self.account(request.author),
                    "base": {"ref": request.branch, "sha": request.base},
                    "head": {"ref": "change", "sha": request.head},
                    "commits": request.commits.len(),
                }))
            }
            ["pulls", number, "commits"] => {
                let commits = request(number)?.commits.iter().take(world.most_commits);
                // GitHub's own account is the committer of changes from its pages. An unknown address is an empty
                // object.
                Some(commits.map(|sha| json!({"sha": sha, "author": world.commits[sha].author.map_or(json!({}), |id| self.account(id)), "committer": self.account(19_864_447)})).collect())
            }
            ["pulls", number, "reviews"] => {
                let acts = request(number)?.acts.iter();
                Some(
                    acts.map(|act| {
                        json!({
                            "id": act.second,
                            "user": self.account(act.account),
                            "state": act.state,
                            "commit_id": act.head,
                            "submitted_at": format!("2026-11-20T10:00:{:02}Z", act.second),
                        })
                    })
                    .collect(),
                )
            }
            ["issues", number, "events"] => {
                let request = request(number)?;
                let of = |(event, second): &(&str, u32)| json!({"id": second, "event": event, "created_at": format!("2026-11-20T10:00:{second:02}Z")});
                let others = [json!({"id": 1, "event": "labeled", "created_at": "2026-11-21T10:00:00Z"})];
                Some(request.moved.iter().map(of).chain(others).collect())
            }
            ["compare", both] => {
                let (one, other) = both.split_once("...")?;
                let one = if one == "main" { &world.tip } else { one };
                let base = world.merge_base(one, other);
                Some(json!({"merge_base_commit": {"sha": base}, "commits": [], "files": []}))
            }
            ["git", "commits", sha] => {
                let commit = world.commits.get(sha)?;
                let parents: Value = commit.parents.iter().map(|sha| json!({"sha": sha})).collect();
                Some(json!({"sha": sha, "tree": {"sha": world.tree_of(sha, "")}, "parents": parents}))
            }
            ["git", "trees", sha] => {
                let items = world.tree(sha)?;
                let cut = world.truncated.as_deref() == Some(sha);
                let entries: Value = items.iter().take(if cut { 1 } else { 1000 }).map(|(name, (mode, kind, id))| json!({"path": name, "mode": mode, "type": kind, "sha": id})).collect();
                Some(json!({"sha": sha, "tree": entries, "truncated": cut}))
            }
            _ => None,
        }
    }

    fn gitlab(&self, path: &str, query: &BTreeMap<String, String>) -> Option<Value> {
        let world = &self.world;
        let path = path.strip_prefix("/api/v4/")?;
        if let Some(user) = path.strip_prefix("users/") {
            let id: u64 = user.parse().unwrap();
            return Some(
                json!({"id": id, "username": format!("account-{id}"), "state": world.state(id), "bot": world.bots.contains(&id)}),
            );
        }
        let parts: Vec<&str> = path.strip_prefix("projects/clinic%2Faccess/")?.split('/').collect();
        let request =
            |number: &str| world.requests.iter().find(|request| request.number.to_string() == number);
        let state = |state: &str| if state == "open" { "opened".to_owned() } else { state.to_owned() };
        match parts[..] {
            ["repository", "commits", sha, "merge_requests"] => {
                world.commits.get(sha)?;
                let brought = world.requests.iter().filter(|request| {
                    request.landed.contains(sha) || request.commits.iter().any(|one| one == sha)
                });
                Some(brought.map(|request| json!({"id": 1000 + request.number, "iid": request.number, "state": state(request.state), "target_branch": request.branch})).collect())
            }
            ["merge_requests", number] => {
                let request = request(number)?;
                Some(json!({
                    "id": 1000 + request.number,
                    "iid": request.number,
                    "web_url": format!("https://gitlab.example.no/clinic/access/-/merge_requests/{number}"),
                    "state": state(request.state),
                    "target_branch": request.branch,
                    "author": {"id": request.author, "username": "somebody"},
                    "sha": request.head,
                    "diff_refs": {"base_sha": request.base, "head_sha": request.head, "start_sha": request.base},
                }))
            }
            ["merge_requests", number, "versions"] => {
                let versions = request(number)?.versions.iter().enumerate().rev();
                Some(versions.map(|(id, (head, second))| json!({"id": id, "head_commit_sha": head, "created_at": format!("2026-11-20T10:00:{second:02}.000Z"), "state": "collected"})).collect())
            }
            ["merge_requests", number, "approvals"] => {
                let request = request(number)?;
                let mut approved: Vec<Value> = Vec::new();
                for act in &request.acts {
                    let later = request.acts.iter().any(|other| {
                        other.account == act.account
                            && other.second > act.second
                            && other.state != "COMMENTED"
                    });
                    // A push takes approvals back. A rebase with the button does not (its first parent is not in the
                    // request).
                    let pushed = request.versions.iter().any(|(head, second)| {
                        *second > act.second && request.commits.len() > 1 && request.commits.contains(head)
                    });
                    if act.state == "APPROVED" && !later && !(pushed && world.resets) {
                        let state = world.state(act.account);
                        let mut one =
                            json!({"user": {"id": act.account, "username": "somebody", "state": state}});
                        if world.says_when {
                            one["approved_at"] =
                                json!(format!("2026-11-20T11:00:{:02}.000+01:00", act.second));
                        }
                        approved.push(one);
                    }
                }
                Some(
                    json!({"id": 1000 + request.number, "iid": request.number, "approvals_required": 1, "approved_by": approved}),
                )
            }
            ["approvals"] => Some(json!({
                "approvals_before_merge": 1,
                "reset_approvals_on_push": world.resets,
                "merge_requests_author_approval": false,
                "merge_requests_disable_committers_approval": world.committers_barred,
            })),
            ["repository", "tree"] => {
                let path = query.get("path").map_or("", String::as_str);
                let items = world.folder(&query["ref"], path)?;
                let whole =
                    |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                Some(items.iter().map(|(name, (mode, kind, id))| json!({"id": id, "name": name, "type": kind, "path": whole(name), "mode": mode})).collect())
            }
            _ => None,
        }
    }
}

fn query(uri: &Uri) -> BTreeMap<String, String> {
    let pairs = uri.query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.replace("%2F", "/"))).collect()
}
