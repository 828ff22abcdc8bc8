//! A service on a fresh register, and a client that shows the service's answers.

use std::path::PathBuf;

use jiff::civil::Date;
use portvakt_core::clock::Clock;
use portvakt_serve::{BASE, RegisterDesk, ServiceSettings, Tokens, run};
use portvakt_stores::tables::{Create, Tables};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const TOKEN: &str = "a-token-for-tests-0123456789";
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const OWN: &str = "urn:ietf:params:scim:schemas:extension:portvakt:2.0:User";

pub struct Service {
    pub folder: TempDir,
    pub base: String,
    pub client: Client,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<std::io::Result<()>>,
}

/// An answer of the service, with its headers.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Answer {
    /// Fails the test where the status is another.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// Fails the test where this is not an error of that kind, written as the RFC writes errors.
    #[track_caller]
    pub fn fails(self, status: u16, kind: &str) -> Self {
        let told = self.is(status);
        assert_eq!(told.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]));
        assert_eq!(told.body["status"], json!(status.to_string()));
        assert!(told.body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
        let expected = if kind.is_empty() { Value::Null } else { json!(kind) };
        assert_eq!(told.body["scimType"], expected, "{}", told.body);
        told
    }

    pub fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("no id in {}", self.body)).to_owned()
    }

    pub fn version(&self) -> String {
        self.headers["etag"].to_str().unwrap().to_owned()
    }

    /// The values of the roles.
    pub fn roles(&self) -> Vec<&str> {
        let roles = self.body["roles"].as_array().into_iter().flatten();
        roles.map(|role| role["value"].as_str().unwrap()).collect()
    }

    /// The login names of a list.
    pub fn names(&self) -> Vec<&str> {
        let listed = self.body["Resources"].as_array().into_iter().flatten();
        listed.map(|user| user["userName"].as_str().unwrap()).collect()
    }
}

impl Service {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::at(folder).await
    }

    /// Starts the service in a folder that may have a register already.
    pub async fn at(folder: TempDir) -> Self {
        let tokens = folder.path().join("tokens");
        if !tokens.exists() {
            write_tokens(&tokens, TOKEN);
        }
        let desk =
            RegisterDesk::open(&folder.path().join("register.db"), Clock::new(jiff::Timestamp::now)).unwrap();
        let settings = ServiceSettings { tokens: Tokens::open(&tokens).unwrap(), public: None };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap_or_default() };
        let task = tokio::spawn(run(listener, desk, settings, shutdown));
        let base = format!("http://{address}{BASE}");
        // The client is built with TLS, although loopback needs none. Another test may have chosen its provider first.
        let _chosen = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        Self { folder, base, client, stop: Some(stop), task }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("register.db")
    }

    /// The register's file, opened beside the service as another program would.
    pub fn register(&self) -> Tables {
        Tables::open(&self.path(), Create::MustExist).unwrap()
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base)).bearer_auth(TOKEN)
    }

    pub async fn get(&self, path: &str) -> Answer {
        answer(self.request(Method::GET, path)).await
    }

    /// Lists users with these parameters, which are escaped.
    pub async fn list(&self, parameters: &[(&str, &str)]) -> Answer {
        let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
        self.get(&format!("/Users?{query}")).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        answer(self.request(Method::POST, path).json(&body)).await
    }

    pub async fn put(&self, id: &str, body: Value) -> Answer {
        answer(self.request(Method::PUT, &format!("/Users/{id}")).json(&body)).await
    }

    /// Sends a PATCH with these operations.
    pub async fn patch(&self, id: &str, operations: Value) -> Answer {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        answer(self.request(Method::PATCH, &format!("/Users/{id}")).json(&body)).await
    }

    pub async fn delete(&self, id: &str) -> Answer {
        answer(self.request(Method::DELETE, &format!("/Users/{id}"))).await
    }

    /// Opens a user with a login and these further attributes.
    pub async fn user(&self, login: &str, more: Value) -> Answer {
        self.post("/Users", user(login, more)).await
    }

    pub async fn end(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

pub fn write_tokens(path: &std::path::Path, text: &str) {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
    writeln!(file, "{text}").unwrap();
}

pub fn user(login: &str, more: Value) -> Value {
    let mut user = json!({ "schemas": [USER], "userName": login });
    user.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    user
}

pub fn roles(roles: &[&str]) -> Value {
    roles.iter().map(|role| json!({ "value": role })).collect()
}

pub async fn answer(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        assert_eq!(headers["content-type"], "application/scim+json");
        serde_json::from_slice(&bytes).unwrap()
    };
    Answer { status, headers, body }
}

pub fn today() -> Date {
    jiff::Timestamp::now().in_tz("Europe/Oslo").unwrap().date()
}
