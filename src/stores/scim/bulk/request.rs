//! The requests that ask for many accounts, and what their answers say about each account.

use std::collections::HashMap;

use portvakt_core::diag::{Text, text};
use portvakt_core::model::AccountId;
use portvakt_core::plan::Effect;
use reqwest::Method;
use serde_json::{Value, json};

use super::super::fault::{RequestFault, names_no_account};
use super::super::offers::{Bulk, Offers};
use super::super::open::id_at;
use super::super::resource::{field, id_of, read_count};
use super::super::service::Service;
use super::super::wire::Ask;
use super::AccountToOpen;

/// The largest number of accounts in one request. If a request is lost, at most this number must be looked for.
const MOST: usize = 100;

/// The text around the operations of a request (RFC 7644 section 3.7.3).
const BEFORE: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":["#;
const AFTER: &str = "]}";

/// Returns the message about an answer that leaves an account out, or has no status for it.
fn silent() -> Text {
    text!(en: "it does not say what became of the account", nb: "det sier ikke hva det ble av kontoen")
}

/// The number of bytes that stay free in a request beside its operations.
const AROUND: usize = 256;

/// The result for one account.
pub enum Fate {
    /// The answer says that the account exists under this id.
    Made(AccountId),
    /// It was not done, or it was refused. It is handled as a single account.
    Left,
    /// The answer reports a failure. The account may exist.
    Failed(Text),
    /// The service did not answer. The account may exist, or may appear later.
    Lost(Text),
}

/// Returns the most accounts in one request to a service with this limit.
pub fn most(limit: Bulk) -> usize {
    limit.operations.min(MOST)
}

impl Service {
    /// Returns the requests, within the limits. Each is written when its turn comes, so the first goes out at once.
    /// An account that cannot be written here is left to be opened alone.
    pub(super) fn requests<'t>(
        &self,
        asked: &[AccountToOpen<'t>],
        offers: &Offers,
        limit: Bulk,
    ) -> impl Iterator<Item = (Vec<AccountToOpen<'t>>, String)> {
        let most = most(limit);
        let path = format!("/{}", offers.users.join("/"));
        let operation = move |one: &AccountToOpen<'t>| {
            let Effect::Raise { grant } = one.effect else { return None };
            let form = self.form(offers, &Value::Null);
            let body = self.new_user(one.new, grant, one.opening, form).ok()?;
            let operation = json!({
                "method": "POST", "path": path, "bulkId": one.opening.id.as_str(), "data": body,
            });
            let operation = operation.to_string();
            (operation.len() + AROUND <= limit.bytes).then_some(operation)
        };
        let mut written = asked.iter().filter_map(move |one| Some((*one, operation(one)?))).peekable();
        std::iter::from_fn(move || {
            let (mut some, mut body) = (Vec::new(), String::from(BEFORE));
            while let Some((one, operation)) = written.next_if(|(_, operation)| {
                some.len() < most && body.len() + operation.len() + AROUND <= limit.bytes || some.is_empty()
            }) {
                if !some.is_empty() {
                    body.push(',');
                }
                body.push_str(&operation);
                some.push(one);
            }
            body.push_str(AFTER);
            (!some.is_empty()).then_some((some, body))
        })
    }

    /// Sends one request, and returns the result for each account in it.
    pub(super) async fn request<'t>(
        &self,
        some: Vec<AccountToOpen<'t>>,
        body: &str,
    ) -> Vec<(AccountToOpen<'t>, Fate)> {
        let url = self.address().below(&["Bulk"]);
        let ask = Ask::write(Method::POST, url, body);
        let mut tried = 0;
        let answer = loop {
            match self.sent(&ask, &self.writes).await {
                Err(fault)
                    if fault.passes() && !fault.may_have_written() && tried + 1 < self.writes.tries() =>
                {
                    self.wait(&self.writes, tried, fault.wait()).await;
                    tried += 1;
                }
                answer => break answer,
            }
        };
        let all =
            |fate: fn(Text) -> Fate, why: Text| some.iter().map(|one| (*one, fate(why.clone()))).collect();
        match answer {
            Ok(answer) => {
                let told = answer.body.as_ref().and_then(|body| field(body, "Operations")?.as_array());
                let Some(told) = told else {
                    let why = text!(
                        en: "it says yes and not what it has done",
                        nb: "det sier ja, og ikke hva det har gjort"
                    );
                    return all(Fate::Failed, why);
                };
                let mut by_name: HashMap<&str, &Value> = HashMap::new();
                for one in told {
                    if let Some(name) = field(one, "bulkId").and_then(Value::as_str) {
                        by_name.insert(name, one);
                    }
                }
                let fate = |one: &AccountToOpen<'_>| match by_name.get(one.opening.id.as_str()) {
                    Some(told) => fate(told),
                    None => Fate::Failed(silent()),
                };
                some.iter().map(|one| (*one, fate(one))).collect()
            }
            Err(fault) if fault.may_have_written() && matches!(fault, RequestFault::No { .. }) => {
                all(Fate::Failed, fault.words())
            }
            Err(fault) if fault.may_have_written() => all(Fate::Lost, fault.words()),
            Err(fault) => {
                if matches!(fault.status(), Some(400 | 403 | 404 | 405 | 413 | 415 | 422)) {
                    tracing::info!(%fault, "the register takes no bulk requests; accounts are opened one by one");
                    self.learn(|learnt| learnt.one_by_one = true);
                }
                all(|_| Fate::Left, Text::default())
            }
        }
    }
}

/// Reads what an answer says about one operation.
fn fate(told: &Value) -> Fate {
    // The status is a text, a number, or an object with a code (as in an early draft).
    let status = field(told, "status").and_then(|status| {
        let code = if status.is_object() { field(status, "code")? } else { status };
        read_count(code)
    });
    match status {
        Some(200..=299) => {
            let response = field(told, "response").and_then(id_of);
            let id = response.or_else(|| id_at(field(told, "location")?.as_str()?));
            id.map_or_else(|| Fate::Failed(names_no_account()), |id| Fate::Made(AccountId::new(&id)))
        }
        Some(status @ (408 | 429 | 500..)) => {
            Fate::Failed(text!(en: "answered with {status}", nb: "svarte med {status}"))
        }
        Some(_) => Fate::Left,
        None => Fate::Failed(silent()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_operation_says_is_believed_as_far_as_it_goes() {
        let made = |told: Value| match fate(&told) {
            Fate::Made(id) => id.to_string(),
            Fate::Left => "left".to_owned(),
            Fate::Failed(_) | Fate::Lost(_) => "open".to_owned(),
        };
        assert_eq!(made(json!({"status": "201", "location": "https://r.example.no/Users/7"})), "7");
        assert_eq!(made(json!({"status": {"code": 201}, "response": {"id": 7}})), "7");
        assert_eq!(made(json!({"status": 409, "location": "https://r.example.no/Users/7"})), "left");
        for open in [json!({}), json!({"status": "201"}), json!({"status": 500}), json!({"status": "yes"})] {
            assert_eq!(made(open.clone()), "open", "{open}");
        }
    }
}
